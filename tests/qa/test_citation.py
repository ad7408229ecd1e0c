"""Official-style citations."""

from dataclasses import replace

from index import IndexedDocument, Page, index_document, read_text
from qa.citation import citation
from qa.evidence import make_point


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


def test_the_page_where_the_document_has_pages() -> None:
    document = read_text("在会议上的讲话\n第一页的话。\n第二页的话。\n附注。", title="讲话")
    end = document.text.index("第二页")
    pages = (Page(3, 0, end), Page(4, end, end + 7, 0.97))
    indexed = index_document(replace(document, pages=pages, format="pdf"))
    assert place(indexed, "第一页") == "《讲话》第2段（第3页）"
    assert place(indexed, "第二页") == "《讲话》第3段（第4页）"
    assert place(indexed, "附注") == "《讲话》第4段"
    points = [make_point(indexed, at, at + 3, ()) for at in (0, end, end + 7)]
    assert [(point.page, point.scan) for point in points] == [(3, None), (4, 0.97), (None, None)]
    assert points[1].citation == "《讲话》第3段（第4页）"
