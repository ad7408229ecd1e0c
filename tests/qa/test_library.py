"""Asking several documents: what a question names, versions, years, choices, comparison."""

import pytest

from index import Encoder, build_index, read_text
from qa import Engine, Settings
from qa.errors import BadRequest, DocumentNeeded
from qa.reranking import load_reranker
from qa.types import Answer, Status
from tests.yearly import FILES, yearly

NAMES = list(FILES)


@pytest.fixture(scope="module")
def library(encoder: Encoder) -> Engine:
    return Engine(build_index(yearly(), encoder=encoder), encoder, Settings(), load_reranker("", encoder))


def files(engine: Engine, ids: tuple[str, ...]) -> list[str]:
    sources = {d.document.id: d.document.source for d in engine.snapshot.documents}
    return [sources[identity] for identity in ids]


def said(answer: Answer) -> str:
    return "".join(point.text for point in answer.points)


@pytest.mark.parametrize(
    ("question", "scope", "words"),
    [
        ("白山县的新增就业目标是多少", ["白山2024.txt"], "3500人"),
        ("2023年的报告里新增就业目标是多少", ["青河2023.txt"], "3000人"),
        ("青河县去年的报告里新增就业目标是多少", ["青河2023.txt"], "3000人"),
        ("旧的采砂管理办法罚款多少", ["旧办法.txt"], "五千元"),
        ("《青河县政府工作报告》（2023年）：粮食总产达到多少", ["青河2023.txt"], "18万吨"),
    ],
)
def test_the_documents_that_a_question_names_are_asked(
    library: Engine, question: str, scope: list[str], words: str
) -> None:
    answer = library.ask(question)
    assert files(library, answer.scope) == scope
    assert words in said(answer)
    assert {p.document.id for p in (*answer.points, *answer.passages)} == set(answer.scope)
    assert "（只问：《" in answer.standalone
    assert answer.question == question


def test_what_no_document_goes_by_narrows_nothing(library: Engine) -> None:
    for question in ("采砂许可证有效期多久", "2023年新增就业多少", "全面推广良种良法了吗"):
        assert library.ask(question).scope == ()


def test_the_same_question_of_another_document(library: Engine) -> None:
    first = library.ask("青河县2024年的报告里粮食总产达到多少")
    assert "19万吨" in said(first)
    then = library.ask("白山县呢", history=[first.question])
    assert files(library, then.scope) == ["白山2024.txt"]
    assert "25万吨" in said(then)
    again = library.ask("2023年的呢", history=[first.question, then.question])
    assert files(library, again.scope) == ["青河2023.txt"]
    assert "18万吨" in said(again)


def test_the_newest_version_answers_and_it_is_said(library: Engine) -> None:
    answer = library.ask("青河县的粮食总产达到多少")
    assert "19万吨" in answer.points[0].text
    assert {p.citation.split("》")[1][:7] for p in answer.points} == {"（2024年）"}
    assert "同名文稿还有 1 篇（2023年）" in (answer.note or "")


def test_what_only_an_older_version_says_is_found(library: Engine) -> None:
    answer = library.ask("加强耕地保护说了吗")
    assert "加强耕地保护" in said(answer)
    assert "较新的" in (answer.note or "")


def test_what_is_no_longer_in_force_is_said(library: Engine) -> None:
    answer = library.ask("青河县河道采砂管理办法的罚款是多少")
    assert "已经废止或失效（见《青河县河道砂石开采管理规定》）" in (answer.note or "")
    assert "三年" in library.ask("许可证有效期多久").points[0].text


def test_a_year_is_when_something_was_in_each_document_by_its_own_date(library: Engine) -> None:
    first = library.ask("2023年城镇新增就业多少").points[0]
    assert "去年" in first.text
    assert {"3100人", "4100人"} & {first.text[-6:-1]}
    assert "3000人" in said(library.ask("2023年的新增就业目标"))


@pytest.mark.parametrize("place", ["上海", "深圳", "北京市"])
def test_a_place_of_which_no_document_speaks_is_not_answered(library: Engine, place: str) -> None:
    answer = library.ask(f"{place}的新增就业目标")
    assert (answer.status, answer.reason) == (Status.NOT_FOUND, "name_not_in_document")
    assert f"“{place}”" in (answer.note or "")


def test_the_name_that_a_document_goes_by_is_not_missing_in_it(encoder: Encoder) -> None:
    text = """政府工作报告
各位代表：
去年，全县水产养殖产值达到4.2亿元，新增渔船35艘。
今年要新建标准化码头两座，培训渔民1200人次。
"""
    corrections = {"issuer": "松原市人民政府"}
    documents = [
        *yearly(),
        read_text(text, title="长春县政府工作报告"),
        read_text(text.replace("渔", "林"), corrections=corrections),
    ]
    engine = Engine(build_index(documents, encoder=encoder), encoder, Settings())
    for number, place in ((5, "长春县"), (5, "长春"), (6, "松原"), (6, "松原市")):
        one = engine.snapshot.documents[number].document
        answer = engine.ask(f"{place}的水产养殖产值是多少")
        assert answer.scope == (one.id,)
        assert "4.2亿元" in said(answer)
        assert "4.2亿元" in said(engine.ask(f"{place}的水产养殖产值是多少", document=one.id))


def test_what_another_document_says_of_a_place_is_found(encoder: Encoder) -> None:
    text = """青河县对口协作工作方案
（2024年3月1日青河县人民政府印发）
一、与白山县的合作项目有跨县冷链物流园、联合职业学校两个。
二、支持白山县的措施是每年选派二十名医生、捐助图书一万册。
"""
    documents = [*yearly(), read_text(text, source="协作.txt")]
    engine = Engine(build_index(documents, encoder=encoder), encoder, Settings(), load_reranker("", encoder))
    for question, words in (
        ("与白山县的合作项目有哪些", "冷链物流园"),
        ("支持白山县的措施是什么", "二十名医生"),
    ):
        answer = engine.ask(question)
        assert words in said(answer)
        assert answer.scope == ()
        assert answer.standalone == question
    answer = engine.ask("白山县粮食总产达到多少")
    assert files(engine, answer.scope) == ["白山2024.txt"]
    assert "25万吨" in said(answer)


def test_the_structure_of_several_documents_offers_them(library: Engine) -> None:
    answer = library.ask("全文分几部分")
    assert (answer.status, answer.reason) == (Status.NOT_FOUND, "which_document")
    assert "请选一篇" in answer.headline
    names = [choice.name for choice in answer.choices]
    assert sorted(names) == sorted(
        {"《青河县政府工作报告》（2024年）", "《白山县政府工作报告》", "《青河县河道砂石开采管理规定》"}
    )
    for choice in answer.choices:
        chosen = library.ask(choice.question)
        assert chosen.scope == (choice.id,)
        assert chosen.points
        assert {p.document.id for p in chosen.points} == {choice.id}
    alone = library.ask("全文分几部分", document=answer.choices[0].id)
    assert [p.text for p in library.ask(answer.choices[0].question).points] == [p.text for p in alone.points]


def test_a_name_after_the_choices_is_one_of_them(library: Engine) -> None:
    answer = library.ask("白山县的", history=["全文分几部分"])
    assert files(library, answer.scope) == ["白山2024.txt"]
    assert "一、2023年工作回顾" in said(answer)


@pytest.mark.parametrize(
    ("question", "sides", "cells"),
    [
        (
            "去年和今年对粮食安全的要求有什么变化",
            ["青河2023.txt", "青河2024.txt"],
            ("加强耕地保护", "全面推广良种良法"),
        ),
        (
            "请问去年和今年对粮食安全的要求有什么变化？谢谢",
            ["青河2023.txt", "青河2024.txt"],
            ("加强耕地保护", "全面推广良种良法"),
        ),
        ("两年的新增就业目标", ["青河2023.txt", "青河2024.txt"], ("3000人", "3500人")),
        ("青河县和白山县粮食总产达到多少", ["青河2024.txt", "白山2024.txt"], ("19万吨", "25万吨")),
    ],
)
def test_a_comparison(library: Engine, question: str, sides: list[str], cells: tuple[str, ...]) -> None:
    answer = library.ask(question)
    assert answer.table is not None
    assert files(library, tuple(column.document.id for column in answer.table.columns)) == sides
    texts = {d.document.id: d.document.text for d in library.snapshot.documents}
    for row in answer.table.rows:
        for column, cell in zip(answer.table.columns, row.cells, strict=True):
            if cell is not None:
                text = texts[column.document.id]
                assert text[cell.point.start : cell.point.end] == cell.point.text
                for start, end in (*cell.new, *cell.gone):
                    assert cell.point.start <= start < end <= cell.point.end
    for place, words in enumerate(cells):
        column_cells = [row.cells[place] for row in answer.table.rows]
        assert any(cell and words in cell.point.text for cell in column_cells)


def test_a_follow_up_on_a_comparison_is_one(library: Engine) -> None:
    first = "青河县2023年和2024年的新增就业目标"
    answer = library.ask("那粮食呢", history=[first])
    assert answer.table is not None
    assert [column.year for column in answer.table.columns] == [2023, 2024]
    for place in (0, 1):
        assert any(
            cell and "粮食" in cell.point.text for cell in (row.cells[place] for row in answer.table.rows)
        )


def test_how_an_answer_comes_about_is_told_of_the_documents_asked(library: Engine) -> None:
    explained = library.explain("白山县的粮食总产达到多少")
    text = library.snapshot.documents[2].document.text
    assert explained["hits"]
    assert all(hit["text"] in text for hit in explained["hits"])
    assert explained["status"] == "answered"
    assert explained["standalone"] == library.ask("白山县的粮食总产达到多少").standalone
    asked, past = "白山县的", ["青河县2024年的报告里粮食总产达到多少"]
    followed = library.explain(asked, history=past)
    answer = library.ask(asked, history=past)
    assert (followed["standalone"], followed["confidence"]) == (answer.standalone, answer.confidence)
    assert followed["hits"] == explained["hits"]
    older = library.explain("加强耕地保护说了吗")  # the newest version has no answer: all were asked
    assert older["hits"][0]["text"] == "加强耕地保护。"
    assert older["confidence"] == library.ask("加强耕地保护说了吗").confidence


def test_new_gone_and_unchanged_are_told_apart(library: Engine) -> None:
    table = library.ask("青河县2023年和2024年对粮食安全的要求有什么变化").table
    assert table is not None
    changes = {next(c.point.text for c in row.cells if c): row.change for row in table.rows}
    assert changes["各乡镇要扛起粮食安全责任，稳定播种面积。"] == "unchanged"
    assert changes["全面推广良种良法，加快建设高标准农田。"] == "new"
    assert changes["加强耕地保护。"] == "gone"


def test_documents_that_are_given_are_compared(library: Engine) -> None:
    ids = [d.document.id for d in library.snapshot.documents]
    answer = library.compare("许可证有效期多久", [ids[4], ids[3], ids[0]], id=7)
    assert answer.id == 7
    assert answer.table is not None
    assert [c.document.id for c in answer.table.columns] == [ids[3], ids[4], ids[0]]
    (row,) = answer.table.rows
    assert row.cells[0] and "一年" in row.cells[0].point.text
    assert row.cells[1] and "三年" in row.cells[1].point.text
    assert row.cells[2] is None
    assert (answer.table.columns[2].note or "").startswith("原文未提及")
    new = row.cells[1]
    assert "三年" in "".join(new.point.text[a - new.point.start : b - new.point.start] for a, b in new.new)


def test_what_cannot_be_compared_is_refused(library: Engine) -> None:
    with pytest.raises(DocumentNeeded, match="两篇以上"):
        library.compare("就业", [library.snapshot.documents[0].document.id])


def test_too_many_to_compare(library: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa.library.MOST", 2)
    with pytest.raises(BadRequest, match="最多对比 2 篇文稿，实际是 5 篇"):
        library.compare("就业的情况")


def test_one_document_is_asked_as_before(engine: Engine) -> None:
    for question in ("2023年的报告里口岸货运量是多少", "全文分几部分"):
        assert engine.ask(question).standalone == question
        assert engine.ask(question).choices == ()


@pytest.mark.parametrize("question", ["粮食和就业有什么不同", "第一部分和第二部分有什么区别"])
def test_two_subjects_are_no_two_years(library: Engine, question: str) -> None:
    assert library.ask(question).table is None
