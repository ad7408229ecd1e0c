"""Official-style citations."""

from index import IndexedDocument, index_document, read_text
from qa.citation import citation


def place(indexed: IndexedDocument, words: str) -> str:
    text = indexed.document.text
    return next(citation(indexed, s) for s in indexed.sentences if words in text[s.start : s.end])


def test_the_path_and_the_paragraph(report: IndexedDocument) -> None:
    assert place(report, "冷链物流园") == "《在全镇工作会议上的讲话》第三部分“第二，抓好项目建设”第10段"
    assert place(report, "高标准农田") == "《在全镇工作会议上的讲话》第一部分第5段"
    assert place(report, "今天的会议") == "《在全镇工作会议上的讲话》第3段"


def test_lost_line_breaks_count_sentences() -> None:
    indexed = index_document(read_text("我们要抓好工作。" * 2000 + "最后一句完全不同。", title="讲话"))
    assert not indexed.document.has_lines
    assert place(indexed, "完全不同").endswith("第2001句")
