"""Broken documents: each is read or gives one line of reason, in time; the good ones among them are in."""

import io
import random
import shutil
import time
import zipfile
from pathlib import Path

import pytest
from docx import Document as WordFile
from openpyxl import Workbook

from index import Document, ReadingError, read_documents
from index.formats import isolated
from tests.index.formats import official
from tests.long import scaled
from tests.texts import SPEECH

CASES = scaled(60, 300)
SECONDS = 20.0
MEMORY = 1_000_000_000  # bytes


def word() -> bytes:
    file = WordFile()
    file.add_heading("关于做好值班工作的通知", 0)
    for paragraph in SPEECH.split("\n")[:20]:
        file.add_paragraph(paragraph, style=random.Random(1).choice(["List Number", "Normal"]))
    table = file.add_table(3, 3)
    table.cell(0, 0).text = "指标"
    return saved(file)


def saved(file: object) -> bytes:
    target = io.BytesIO()
    file.save(target)  # type: ignore[attr-defined]
    return target.getvalue()


def sheet() -> bytes:
    book = Workbook()
    for row in range(30):
        book.active.append(["指标", row, row / 7])
    return saved(book)


def page() -> bytes:
    inside = "".join(f"<p>{line}</p><table><tr><td>甲<td>乙</table>" for line in SPEECH.split("\n")[:10])
    return f'<html><head><meta charset="utf-8"><title>讲话</title></head><body><div>{inside}</div></body></html>'.encode()


def several() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("甲.txt", SPEECH[:2000])
        file.writestr("乙.docx", word())
    return target.getvalue()


GOOD = {"docx": word(), "xlsx": sheet(), "html": page(), "zip": several(), "txt": SPEECH[:3000].encode()}
GOOD |= {"pdf": official.as_pdf(official.pages()), "ofd": official.as_ofd(official.pages())}


def broken(rng: random.Random) -> tuple[str, bytes, str]:
    """Return a name, the bytes of a broken file, and what was done to it."""
    form = rng.choice(list(GOOD))
    data = bytearray(GOOD[form])
    ending = rng.choice([form, form, *GOOD, "doc", "pdf", "exe"])
    what = rng.choice(
        ["cut", "flipped", "inside", "nested", "doubled", "noise", "renamed", "empty", "gigantic"]
    )
    if what == "cut":
        data = data[: rng.randrange(len(data))]
    elif what == "flipped":
        for _ in range(rng.choice([1, 10, 200])):
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    elif what == "gigantic":
        data = data * max(1, rng.choice([3_000_000, 18_000_000, 60_000_000]) // len(data))
    elif what == "inside" and form in ("docx", "xlsx", "zip", "ofd"):
        data = bytearray(inside(bytes(data), rng))
    elif what == "nested" and form == "html":
        data = bytearray(b"<html><body>" + b"<div><table><tr><td>" * rng.choice([10, 1000, 30_000]) + b"x")
    elif what == "doubled":
        data = data * 2
    elif what == "noise":
        at = rng.randrange(len(data))
        data[at:at] = rng.randbytes(rng.choice([1, 100, 10_000]))
    elif what == "empty":
        data = bytearray(
            rng.choice(
                [
                    b"",
                    b"PK\x05\x06" + b"\x00" * 18,
                    b"%PDF-1.7\n",
                    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
                    b"{\\rtf1 x}",
                ]
            )
        )
    return f"文件.{ending}", bytes(data), f"{form} {what}"


def inside(data: bytes, rng: random.Random) -> bytes:
    """Return a zip one of whose members is broken under a right checksum, or left out, or there twice."""
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as source,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as file,
    ):
        names = source.namelist()
        hit = rng.choice(
            [name for name in names if any(part in name for part in ("document", "num", "sheet", "Content"))]
            or names
        )
        for name in names:
            member = bytearray(source.read(name))
            if name == hit:
                how = rng.choice(["left out", "cut", "flipped", "repeated", "deep"])
                if how == "left out":
                    continue
                at = rng.randrange(len(member))
                if how == "cut":
                    member = member[:at]
                elif how == "flipped":
                    for _ in range(20):
                        member[rng.randrange(len(member))] ^= 1 << rng.randrange(8)
                elif how == "repeated":
                    member[at:at] = member[at : at + 2000] * 50
                else:
                    member[at:at] = b"<w:p>" * 100_000
            file.writestr(name, bytes(member))
    return target.getvalue()


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("part", range(6))
def test_broken_documents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: int) -> None:
    taken = [0]
    looked = isolated._resident
    monkeypatch.setattr(isolated, "_resident", lambda process: taken.append(looked(process)) or taken[-1])
    rng = random.Random(part)
    read = 0
    for case in range(CASES // 6):
        name, data, what = broken(rng)
        (tmp_path / str(case)).mkdir()
        path = tmp_path / str(case) / name
        path.write_bytes(data)
        begun = time.monotonic()
        for one in read_documents(path):
            if isinstance(one, Document):
                read += 1
                assert one.text.strip(), what
            else:
                assert isinstance(one, ReadingError), what
                assert str(one).strip(), what
                assert "\n" not in str(one), what
                assert "Traceback" not in str(one), what
        assert time.monotonic() - begun < SECONDS, what
        shutil.rmtree(tmp_path / str(case))
    assert read
    assert max(taken) < MEMORY


def test_a_folder_of_good_and_broken_ones(tmp_path: Path) -> None:
    for form, data in GOOD.items():
        (tmp_path / f"好.{form}").write_bytes(data)
        (tmp_path / f"坏.{form}").write_bytes(b"\x00\x01" + data[:500])
    found = list(read_documents(tmp_path))
    formats = sorted(one.format for one in found if isinstance(one, Document))
    assert formats == [
        "docx",
        "docx",
        "html",
        "html",
        "ofd",
        "pdf",
        "txt",
        "txt",
        "xlsx",
    ]  # two of them in the zip; any html is some
    assert len([one for one in found if isinstance(one, ReadingError)]) == 6
