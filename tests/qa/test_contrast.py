"""Rows of a comparison: what a document says to the letter outside its answer."""

from index import index_document, read_text
from qa.contrast import _said_elsewhere
from qa.evidence import make_point


def test_what_is_said_elsewhere_is_looked_for_by_the_nearest_cell() -> None:
    texts = (
        "去年的话说完了。要全面推广良种良法。",
        "别的话不少。要全面推广良种良法，不留死角。",
        "要全面推广良种良法，并且要快。",
    )
    documents = [index_document(read_text(f"讲话\n{text}\n")) for text in texts]
    newest = documents[2]
    start = newest.document.text.index("要全面")
    cell = make_point(newest, start, start + len("要全面推广良种良法，并且要快。"), ())
    filled = _said_elsewhere([None, None, cell], documents)
    assert [point and point.text for point in filled] == [
        "要全面推广良种良法。",
        "要全面推广良种良法，不留死角。",
        "要全面推广良种良法，并且要快。",
    ]
