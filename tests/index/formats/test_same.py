"""The same document in any format gives the same text, the same tree and the same facts about itself."""

from html import escape
from pathlib import Path

import pytest
from docx import Document as WordFile

from index import Document, index_document, read_document, read_text
from tests.texts import SPEECH

LINES = [line.strip() for line in SPEECH.split("\n") if line.strip()]


def as_docx(path: Path) -> None:
    file = WordFile()
    for line in LINES:
        file.add_paragraph(line)
    file.save(str(path))


def as_html(path: Path) -> None:
    inside = "\n".join(f"<p>\u3000\u3000<span>{escape(line)}</span></p>" for line in LINES)
    menu = "".join(f'<li><a href="/{n}">栏目{n}</a></li>' for n in range(30))
    page = f'<html><head><meta charset="gbk"><title>新闻</title></head><body><ul>{menu}</ul><div id="zoom">{inside}</div></body></html>'
    path.write_bytes(page.encode("gb18030"))


@pytest.fixture(scope="module")
def plain() -> Document:
    return read_text("\n".join(LINES))


@pytest.mark.parametrize(("form", "write"), [("docx", as_docx), ("html", as_html)])
def test_the_same_tree(tmp_path: Path, plain: Document, form: str, write: object) -> None:
    path = tmp_path / f"讲话.{form}"
    write(path)  # type: ignore[operator]
    document = read_document(path)
    assert document.text.split() == plain.text.split()
    assert (document.title, document.has_lines, document.format) == (plain.title, plain.has_lines, form)
    assert document.metadata.date == plain.metadata.date
    found, same = index_document(document), index_document(plain)
    assert found.sections == same.sections
    assert [(s.start, s.end, s.facet) for s in found.sentences] == [
        (s.start, s.end, s.facet) for s in same.sentences
    ]
    assert len(found.sections) > 20
