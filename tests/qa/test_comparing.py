"""Names, years, places and kinds of things, asked and found."""

from dataclasses import replace

import pytest

from index import Encoder, Snapshot, build_index, read_text
from qa.comparing import _holds_name, lacking, missing_names, not_of_year, place_elsewhere
from qa.types import Kind, Query

TEXT = (
    "在青河县工作会议上的讲话\n（2024年2月1日）\n"
    "二〇二三年，全县粮食总产十二万吨。去年新修村道四十公里。\n"
    "一、石桥镇\n石桥镇要办好敬老院。\n"
    + "各村要把春耕备耕、农田水利、防汛抗旱的各项工作抓细抓实，一件一件落到人头。" * 8
    + "\n二、沙湾乡\n沙湾乡要建好文化站。县长李大山负责。\n"
)


@pytest.fixture(scope="module")
def snapshot(encoder: Encoder) -> Snapshot:
    return build_index([read_text(TEXT)], encoder=encoder)


def span(words: str) -> list[tuple[int, int, int]]:
    return [(0, TEXT.index(words), TEXT.index(words) + len(words))]


def test_a_year_in_characters_is_there(snapshot: Snapshot) -> None:
    asked = Query("", "", Kind.FACT, "")
    assert missing_names("2023年粮食总产多少", asked, snapshot) == []
    assert missing_names("2019年粮食总产多少", asked, snapshot) == ["2019"]


def test_the_year_of_a_span_counts_from_the_documents_date(snapshot: Snapshot) -> None:
    assert not not_of_year("2023", snapshot, span("二〇二三年，全县粮食总产十二万吨"))
    assert not not_of_year("2023", snapshot, span("去年新修村道四十公里"))
    assert not_of_year("2022", snapshot, span("去年新修村道四十公里"))


def test_another_place(snapshot: Snapshot) -> None:
    assert (
        place_elsewhere("青河县怎么办敬老院", snapshot, span("沙湾乡要建好文化站")) is False
    )  # of the title
    assert place_elsewhere("什么要办好", snapshot, span("石桥镇要办好敬老院")) is False
    assert place_elsewhere("什么要办好", snapshot, []) is False


@pytest.mark.parametrize(
    ("answer", "words", "missing"),
    [
        ("figure", "去年新修村道四十公里", None),
        ("figure", "石桥镇要办好敬老院", "no figure"),
        ("date", "去年新修村道四十公里", None),
        ("date", "石桥镇要办好敬老院", "no date"),
        ("person", "县长李大山负责", None),
        ("person", "石桥镇要办好敬老院", "no person"),
        ("measure", "石桥镇要办好敬老院", None),
    ],
)
def test_what_must_stand_in_the_answer(
    answer: str, words: str, missing: str | None, snapshot: Snapshot
) -> None:
    asked = replace(Query("", "", Kind.FACT, ""), answer=answer)
    found = lacking(asked, snapshot, span(words))
    assert {name for name, value in found.items() if value} == ({missing} if missing else set())


def test_a_name_that_stands_by_itself_is_a_person() -> None:
    assert _holds_name("联系人：张砚　电话：0951-4455667")
    assert _holds_name("马犁　　县气象局局长")
    assert not _holds_name("责任单位：县住建局")
    assert not _holds_name("全县农民收入继续提高，比上年增长百分之八点二。")
