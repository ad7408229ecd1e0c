"""The headline and the badge of an answer."""

from dataclasses import replace

import pytest

from qa import Engine
from qa.summing import certainty, headline, summed_up
from qa.types import Kind, Status
from tests.qa.test_rendering import answer, point


def test_a_list_is_counted_by_sections() -> None:
    points = [point(start=100 * n, path=(f"第{n % 3}部分",)) for n in range(9)]
    assert headline(answer(*points, total=9)) == "全文共 9 处，分在 3 个小节。"
    assert headline(answer(point(), point(start=50), total=2)) == "全文共 2 处。"
    assert headline(answer(point(), total=1)) == "全文只有 1 处。"
    other = replace(point(), document=replace(point().document, id="e"))
    assert headline(answer(point(), point(start=50), other, total=3)) == "2 篇文稿里共 3 处，分在 2 个小节。"


def test_the_structure_is_said_in_words(engine: Engine) -> None:
    assert engine.ask("全文分几个部分").headline == "全文分 5 个部分。"
    assert engine.ask("总结全文").headline == "全文分 5 个部分。"
    assert engine.ask("第三部分有哪几点").headline == "“第三，赓续红色血脉，弘扬优良作…”下分 3 点。"


def test_nothing_found_says_why() -> None:
    missing = answer(status=Status.NOT_FOUND, note="原文未提及：没有数字。")
    assert headline(missing) == "原文未提及：没有数字。"
    label, reason = certainty(missing)
    assert label == "原文未提及"
    assert reason.endswith("供核对。")
    chat = certainty(replace(missing, reason="chat", passages=()))
    assert chat[0] == "没有作答"


def test_one_quotation_needs_no_headline() -> None:
    fact = replace(answer(point()), kind=Kind.FACT)
    assert headline(fact) == ""
    assert headline(replace(fact, points=(point(), point(start=50)))) == "最相近的 2 处原文，最可能的在前。"


@pytest.mark.parametrize(
    ("confidence", "label"), [(0.95, "把握较大"), (0.8, "把握较大"), (0.7, "有一定把握"), (0.2, "把握不大")]
)
def test_the_badge_goes_by_the_confidence(confidence: float, label: str) -> None:
    found, reason = certainty(replace(answer(point()), confidence=confidence))
    assert found == label
    assert reason.startswith("逐句判断后汇总；")
    assert reason.endswith("。")


def test_a_scan_is_told() -> None:
    scanned = answer(replace(point(), page=3, scan=0.9))
    assert "扫描件" in certainty(scanned)[1]


def test_an_answer_carries_both(engine: Engine) -> None:
    found = engine.ask("“三个务必”是什么")
    assert (found.certainty, found.certainty_reason) == certainty(found)
    missing = engine.ask("火星殖民地有多少人")
    assert missing.certainty is None
    assert missing.certainty_reason is None
    assert missing.headline == missing.note
    assert summed_up(found) == found
