"""Terms in quotation marks, and persons with their office."""

import pytest

from tests.index.structure.finding import known, said


def test_terms_with_all_places() -> None:
    text = "坚持“两个确立”，做到“两个维护”。“两个确立”是根本。他说：“一定要办好。”"
    assert [(t.text, [text[slice(*p)] for p in t.places]) for t in known(text).terms] == [
        ("两个确立", ["两个确立", "两个确立"]),
        ("两个维护", ["两个维护"]),
    ]


def test_terms_inside_others() -> None:
    text = "开展“学习‘浦江经验’”活动。"
    assert [t.text for t in known(text).terms] == ["学习‘浦江经验’", "浦江经验"]


@pytest.mark.parametrize(
    ("text", "persons"),
    [
        ("国务院总理李强指出，要稳就业。", [("李强", "国务院总理")]),
        ("省委书记张建国出席会议。", [("张建国", "省委书记")]),
        ("毛泽东同志曾说过这句话。", [("毛泽东", "同志")]),
        ("习近平总书记强调", [("习近平", "总书记")]),
        ("县长 闫向阳\n各位代表：", [("闫向阳", "县长")]),
        (
            "市长王芳、李大伟、赵云，陪同调研。",
            [("王芳", "市长"), ("李大伟", "市长"), ("赵云", "市长")],
        ),
        ("联合国秘书长古特雷斯表示", [("古特雷斯", "联合国秘书长")]),
        ("县委书记、县长欧阳明宣布开工。", [("欧阳明", "县委书记、县长")]),
    ],
)
def test_persons(text: str, persons: list[tuple[str, str]]) -> None:
    assert [(said(text, p.name), said(text, p.office)) for p in known(text).persons] == persons


@pytest.mark.parametrize(
    "text",
    [
        "主席台前排就座。",
        "各位代表、同志们：",
        "银行发行长期债券。",
        "书记高度重视此事。",
        "国务院总理基金。",
        "全国人民代表大会。",
    ],
)
def test_no_person(text: str) -> None:
    assert known(text).persons == ()
