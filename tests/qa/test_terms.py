"""Shorthand: spelled out, only mentioned, or not there."""

from index import IndexedDocument, index_document, read_text
from qa.terms import MENTIONED, explain_term, find_term, mentions
from qa.types import Kind, Query
from qa.understanding import topic_of


def ask(question: str, indexed: IndexedDocument) -> list[str] | None:
    topic = topic_of(question, Kind.TERM)
    found = explain_term(Query(question, question, Kind.TERM, topic), indexed)
    return None if found is None else [indexed.document.text[a:b] for a, b in found.spans]


def test_spelled_out(report: IndexedDocument) -> None:
    assert ask("“三个盯住”是什么", report) == ["盯住短板、盯住项目、盯住民生"]


def test_only_mentioned(report: IndexedDocument) -> None:
    found = explain_term(Query("", "“阳光夜校”是什么", Kind.TERM, "阳光夜校"), report)
    assert found is not None
    assert found.note == MENTIONED
    assert len(found.spans) == 1


def test_not_there(report: IndexedDocument) -> None:
    assert ask("“九尾狐计划”是什么", report) is None


def test_a_definition() -> None:
    indexed = index_document(
        read_text("要推行林长制。林长制，就是党政领导负责森林保护的制度。林长制要落地。")
    )
    found = ask("林长制是什么", indexed)
    assert found == ["林长制，就是党政领导负责森林保护的制度"]


def test_the_longest_piece_that_the_text_has() -> None:
    assert find_term("什么叫四水四定", "严格落实四水四定原则") == "四水四定"
    assert find_term("abc", "没有") is None


def test_mentions_are_in_order_and_verbatim() -> None:
    text = "第一句说阳光。第二句不说。第三句又说阳光，还说别的。"
    found = mentions(text, "阳光")
    assert [text[a:b] for a, b, _ in found] == ["第一句说阳光", "第三句又说阳光，还说别的"]
    assert all(text.startswith("阳光", at) for _, _, at in found)


GLOSSARY = """政府工作报告
我们深入实施“1+4”产业体系，扎实推进“四水四定”。
今年继续做强“1+4”产业体系，落实“四水四定”要求。
名词解释
1.“1+4”产业体系：“1”指枸杞产业，“4”指肉牛、光伏、文旅、建材产业。
2.“四水四定”：以水定城、以水定地、以水定人、以水定产。
"""


def test_the_definition_comes_first_wherever_it_stands() -> None:
    indexed = index_document(read_text(GLOSSARY))
    assert ask("什么是“四水四定”", indexed) == ["“四水四定”：以水定城、以水定地、以水定人、以水定产"]
    found = ask("“1+4”产业体系指什么", indexed)
    assert found == ["“1+4”产业体系：“1”指枸杞产业，“4”指肉牛、光伏、文旅、建材产业"]


def test_what_a_colon_announces_is_shown_to_its_full_stop() -> None:
    long = "加快推进十个投资过亿元的在建项目，确保年内全部形成实物工作量并尽早投入使用"
    indexed = index_document(read_text(f"报告\n突出抓好“四个一批”：{long}；{long}；{long}；{long}。\n"))
    found = ask("“四个一批”是什么", indexed)
    assert found is not None and "".join(found).count("加快推进") == 4
