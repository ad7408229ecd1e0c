"""A document's digest: verbatim, with places, sized for a screen, what it leaves out counted."""

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from time import process_time

import pytest

from index import FAST, Encoder, Snapshot, build_index, load_encoder, read_document, read_text
from qa.deadline import limited
from qa.digest import Digest, digest_of, lists_parts, overview_of
from qa.errors import BadRequest, OutOfTime
from qa.fitting import SCREEN
from qa.partition import Ground, parts_of
from qa.rendering import digest_json
from qa.types import Point
from tests.texts import HOSTILE, REPORT

GOLDEN = Path(__file__).parents[1] / "golden"
REGULATION = "青河县河道管理条例\n第一章 总则\n" + "".join(
    f"第{numeral}条 河道管理单位应当按照规定巡查河道，发现问题的，应当在{days}日内处理。违反规定的，处以罚款。\n"
    + ("第二章 监督检查\n" if days == 3 else "第三章 法律责任\n" if days == 6 else "")
    for days, numeral in enumerate("一二三四五六七八九", 1)
)
NOTICE = (
    "通知\n各单位：\n明天上午九点在三楼会议室开会，请带上材料准时参加。会议由李四同志主持，预计一个小时。\n"
)
TABLE = "2023年国民经济和社会发展统计公报\n主要指标完成情况见下表。\n指标\t单位\t数值\t增长\n" + "".join(
    f"{name}\t亿元\t{number}\t{number / 10}%\n"
    for number, name in enumerate(
        ("地区生产总值", "工业增加值", "固定资产投资", "财政收入", "进出口总额"), 31
    )
)
ONE_LINE = "天气很好"


@pytest.fixture(scope="module")
def digested(encoder: Encoder) -> Callable[..., Digest]:
    def of(text: str, **options: int | bool) -> Digest:
        return digest_of(build_index([read_text(text)], encoder=encoder), **options)  # type: ignore[arg-type]

    return of


def points(digest: Digest) -> Iterator[Point]:
    for part in digest.parts:
        yield from (p for p in (part.heading,) if p is not None)
        yield from (*part.points, *part.key, *part.figures, *(t.header for t in part.tables))


def lines(digest: Digest) -> int:
    from qa.terminal import digest_text

    return len(digest_text(digest, 80).splitlines())


@pytest.mark.parametrize("text", [REPORT, REGULATION, NOTICE, TABLE, ONE_LINE, HOSTILE])
@pytest.mark.parametrize("full", [False, True])
def test_all_of_it_is_verbatim_and_counted(digested: Callable[..., Digest], text: str, full: bool) -> None:
    digest = digested(text, full=full)
    whole = read_text(text).text
    shown = list(points(digest))
    assert shown
    assert all(whole[p.start : p.end] == p.text and p.citation for p in shown)
    assert full or lines(digest) <= SCREEN
    left = digest.left_out
    assert left.sentences == digest.sentences - sum(len(p.key) for p in digest.parts)
    assert left.points == sum(p.points_total - len(p.points) for p in digest.parts)
    assert min(left.parts, left.points, left.sentences, left.figures) >= 0


@pytest.mark.parametrize("name", ["d1", "d2"])
def test_a_long_document_fits_a_screen(encoder: Encoder, name: str) -> None:
    snapshot = build_index([read_document(GOLDEN / name / "document.txt")], encoder=encoder)
    digest, full = digest_of(snapshot), digest_of(snapshot, full=True)
    assert SCREEN - 8 <= lines(digest) <= SCREEN
    assert all(part.key for part in digest.parts if part.number)
    assert full.left_out.points == 0
    assert full.left_out.sentences < digest.left_out.sentences


def test_the_speech_has_its_five_parts(snapshot: Snapshot) -> None:
    digest = digest_of(snapshot)
    assert digest.headline == "全文分 5 个部分，共 13,921 字，214 句。"
    assert [part.number for part in digest.parts] == [0, 1, 2, 3, 4, 5]
    first = digest.parts[1]
    assert first.heading is not None
    assert first.heading.text.startswith("第一，牢记领袖嘱托")
    assert first.points_total == 3
    assert all(p.text[:2] in ("一要", "二要", "三要") for p in first.points)


def test_key_sentences_are_whole_and_no_headings(snapshot: Snapshot) -> None:
    one = snapshot.documents[0]
    starts = {s.start for s in one.sentences}
    heads = {(s.start, s.title_end) for s in one.sections}
    for part in digest_of(snapshot, full=True).parts:
        assert all(p.start in starts or len(p.text) > 100 for p in part.key)
        assert not {(p.start, p.end) for p in part.key} & heads


def test_a_report_has_points_figures_and_what_stands_outside(digested: Callable[..., Digest]) -> None:
    digest = digested(REPORT)
    third = next(p for p in digest.parts if p.number == 3)
    assert [p.text for p in third.points] == [
        "第一，抓好粮食生产",
        "第二，抓好项目建设",
        "第三，抓好民生改善",
    ]
    assert digest.parts[0].number == 0  # the opening
    assert "今天的会议主要是总结去年工作、安排今年任务。" in [p.text for p in digest.parts[0].key]


def test_a_regulation_has_chapters_and_articles(digested: Callable[..., Digest]) -> None:
    digest = digested(REGULATION)
    assert digest.parts_total == 3
    assert [p.points_total for p in digest.parts if p.number] == [3, 3, 3]
    part = digested(REGULATION, part=2)
    assert part.of is not None
    assert part.of.text.startswith("第二章")
    assert part.parts_total == 3
    assert all(p.heading is not None and p.heading.text.startswith("第") for p in part.parts if p.number)


def test_a_text_without_parts_gives_its_key_sentences(digested: Callable[..., Digest]) -> None:
    digest = digested(NOTICE)
    assert digest.parts_total == 0
    assert "明天上午九点在三楼会议室开会，请带上材料准时参加。" in [p.text for p in digest.parts[0].key]
    only = digested(ONE_LINE)
    assert [p.text for p in points(only)] == [ONE_LINE]


def test_a_table_is_told_by_its_header_and_its_rows(digested: Callable[..., Digest]) -> None:
    tables = [t for part in digested(TABLE).parts for t in part.tables]
    assert [(t.header.text, t.rows) for t in tables] == [("指标\t单位\t数值\t增长", 5)]


def test_of_many_parts_those_that_say_most_are_shown(digested: Callable[..., Digest]) -> None:
    rows = [f"{n}.某市第{n}项做法取得明显成效\n" for n in range(1, 101)]
    digest = digested("典型经验做法清单\n" + "".join(rows))
    assert digest.parts_total == 100
    assert 20 <= len(digest.parts) < 40
    assert digest.left_out.parts == 100 + (digest.parts[0].number == 0) - len(digest.parts)


def test_figures_are_clauses_with_what_they_measure(digested: Callable[..., Digest]) -> None:
    text = "工作报告\n一、回顾\n去年，地区生产总值增长5.3%，财政收入12.4亿元。***亿元的项目开工。大家很努力。\n二、打算\n今年要更上一层楼，把各项工作抓紧抓实抓好。\n"
    digest = digested(text, full=True)
    figures = [p.text for part in digest.parts for p in part.figures]
    said = figures + [p.text for part in digest.parts for p in part.key]
    assert any("地区生产总值增长5.3%" in line for line in said)
    assert not any("*" in line for line in figures)


def test_an_unknown_part_is_told(digested: Callable[..., Digest]) -> None:
    with pytest.raises(BadRequest, match="没有第 9 部分：全文分 3 个部分。请用 1 到 3。"):
        digested(REGULATION, part=9)
    with pytest.raises(BadRequest, match="没有第 1 部分：全文没有分部分"):
        digested(NOTICE, part=1)


def test_several_documents_share_a_snapshot(encoder: Encoder) -> None:
    snapshot = build_index([read_text(REPORT), read_text(REGULATION)], encoder=encoder)
    first, second = (digest_of(snapshot, n, lines=SCREEN // 2) for n in range(2))
    assert (first.document.title, second.document.title) == ("在全镇工作会议上的讲话", "青河县河道管理条例")
    assert lines(first) <= SCREEN // 2 + 4
    assert all(REGULATION[p.start : p.end] == p.text for p in points(second))


def test_what_answers_for_the_whole(snapshot: Snapshot, encoder: Encoder) -> None:
    found = overview_of(snapshot, 0)
    assert found is not None
    assert found.total == 5
    assert lists_parts(snapshot.documents[0], [start for start, _ in found.spans])
    assert not lists_parts(snapshot.documents[0], [found.spans[0][0]])
    plain = overview_of(build_index([read_text(NOTICE)], encoder=encoder), 0)
    assert plain is not None
    assert plain.total is None


def test_parts_cover_the_document_without_overlap(snapshot: Snapshot) -> None:
    parts = parts_of(Ground.of(snapshot.documents[0]), None)
    assert all(a.end <= b.start for a, b in pairwise(parts))


def test_the_json_is_plain(digested: Callable[..., Digest]) -> None:
    shape = digest_json(digested(REPORT))
    assert list(shape) == [
        "snapshot", "document", "of", "headline", "characters", "sentences", "full", "parts", "parts_total", "left_out",
    ]  # fmt: skip
    assert set(shape["left_out"]) == {"parts", "points", "sentences", "figures"}
    assert {"text", "start", "end", "path", "citation"} <= set(shape["parts"][1]["key"][0])


def test_a_sentence_full_of_figures_takes_time_by_its_length() -> None:
    def seconds(count: int) -> float:
        text = "通知\n" + "，".join(f"费用增长{n}%，投资{n}万元" for n in range(count)) + "。\n"
        snapshot = build_index([read_text(text)], encoder=load_encoder(FAST))
        start = process_time()
        digest_of(snapshot)
        return process_time() - start

    small = min(seconds(1_000) for _ in range(3))
    assert seconds(4_000) < 12 * max(small, 0.01)  # 4 where it is linear, 16 where it is not


def test_it_stops_when_its_time_is_over(snapshot: Snapshot) -> None:
    with pytest.raises(OutOfTime), limited(0.0):
        digest_of(snapshot)


def test_what_stands_before_the_one_unit_at_the_top_counts(digested: Callable[..., Digest]) -> None:
    text = (
        "同志们：去年全院收治病人2.3万人次，门诊量增长8%。\n一、医院三年规划\n（一）建设急诊中心\n三年内建成急诊中心。\n"
        "（二）引进人才\n每年引进博士五名。\n（三）降低费用\n次均费用下降一成。\n"
    )
    one = digested(text)
    assert one.characters >= len(text.strip())
    assert "收治病人2.3万人次" in "".join(p.text for part in one.parts for p in (*part.key, *part.figures))
