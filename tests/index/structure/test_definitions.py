"""Definitions: the forms in which a text says what a term means."""

import pytest

from tests.index.structure.finding import known, said


def definitions(text: str) -> list[tuple[str | None, str]]:
    return [(said(text, d.term), text[d.start : d.end]) for d in known(text).definitions]


@pytest.mark.parametrize(
    ("text", "term", "meaning"),
    [
        (
            "第三条 本条例所称医疗废物，是指医疗机构在诊疗中产生的废物。第四条略。",
            "医疗废物",
            "医疗机构在诊疗中产生的废物",
        ),
        ("家庭医生是指为群众提供签约服务的医生。其他另行规定。", "家庭医生", "为群众提供签约服务的医生"),
        ("“三合一”指的是医保、医疗、医药协同。", "“三合一”", "医保、医疗、医药协同"),
        (
            "实行“一站式”的办法，即挂号、缴费、取药在一处办完。各院照办。",
            "“一站式”的办法",
            "挂号、缴费、取药在一处办完",
        ),
        (
            "推广“互联网+护理”（护士通过网络接单并上门提供护理服务）。",
            "“互联网+护理”",
            "护士通过网络接单并上门提供护理服务",
        ),
        (
            "“健康小屋”是设在社区、供居民自助体检的场所。今年再建十个。",
            "“健康小屋”",
            "是设在社区、供居民自助体检的场所",
        ),
        ("《医疗质量管理办法》（以下简称《办法》）已经印发。", "《办法》", "《医疗质量管理办法》"),
        ("凡在河道内从事开采砂石（以下简称采砂）的，应当报批。", "采砂", "凡在河道内从事开采砂石"),
    ],
)
def test_forms(text: str, term: str, meaning: str) -> None:
    assert (term, meaning) in definitions(text)


def test_one_definition_for_one_term() -> None:
    assert definitions("前款所称先到的通知，是指先送达的通知。") == [("先到的通知", "先送达的通知")]


def test_a_glossary_at_the_end() -> None:
    text = (
        "今年推进医联体建设，发展“互联网+医疗”。\n名词解释\n"
        "1.医联体：由不同级别医院组成的联合体。\n2.“互联网+医疗”：用网络提供的诊疗服务。\n"
    )
    assert [d for d in definitions(text) if "：" not in (d[0] or "")] == [
        ("医联体", "由不同级别医院组成的联合体"),
        ("“互联网+医疗”", "用网络提供的诊疗服务"),
    ]


def test_a_definition_is_not_cut_inside_quotation_marks() -> None:
    text = "首诊负责是指“谁首先接诊。谁负责到底。”的制度，各科都要执行。其他照旧。"
    assert definitions(text) == [("首诊负责", "“谁首先接诊。谁负责到底。”的制度，各科都要执行")]


@pytest.mark.parametrize(
    "text",
    [
        "矛头是指向官僚主义的。",
        "发现问题即时解决。",
        "来源：日报社\n时间：2024年1月1日\n正文从这里开始，没有解释什么。",
        "院长强调：要把质量放在首位，不得有任何松懈。\n书记指出：服务是生命线，人人都要重视起来。\n",
    ],
)
def test_no_definition(text: str) -> None:
    assert definitions(text) == []
