"""OFDs as GB/T 33190 says, read as they were set; bombs, entities and encrypted ones refused in one line."""

import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from index.errors import DocumentDamaged, DocumentEncrypted, EmptyDocument, TooLarge
from index.formats import limits, ofd
from index.reading.view import read_view
from index.structure.tree import parse_sections
from tests.index.formats import broken, official
from tests.long import scaled


def written(folder: Path, data: bytes) -> Path:
    path = folder / "通知.ofd"
    path.write_bytes(data)
    return path


def changed(data: bytes, **parts: str | None) -> bytes:
    """Return the package with parts replaced, by the beginning of their names; None leaves one out."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            text: str | None = old.read(name).decode()
            for key, given in parts.items():
                if Path(name).stem == key:
                    text = given
            if text is not None:
                new.writestr(name, text)
    return out.getvalue()


WHOLE = official.as_ofd(official.pages(header="全县文件汇编"), title="重点工作的通知")


def test_an_ofd_reads_as_its_text(tmp_path: Path) -> None:
    found = ofd.extract(written(tmp_path, WHOLE))
    assert found.text == official.as_text()
    assert [page.number for page in found.pages] == [1, 2]
    assert found.title == "重点工作的通知"
    assert parse_sections(read_view(found.text)) == parse_sections(read_view(official.as_text()))


def test_distances_written_short_and_boundaries_and_matrices_are_read(tmp_path: Path) -> None:
    texts = (
        '<ofd:TextObject ID="1" Boundary="30 40 100 8" Size="5"><ofd:TextCode X="0" Y="5" DeltaX="g 4 5">第二条说明。</ofd:TextCode></ofd:TextObject>'
        '<ofd:TextObject ID="2" Boundary="30 20 100 8" Size="10" CTM="0.5 0 0 0.5 0 0"><ofd:TextCode X="0" Y="10" DeltaX="10 10 10 10 10">第一条说明。</ofd:TextCode></ofd:TextObject>'
        '<ofd:PageBlock ID="3"><ofd:TextObject ID="4" Boundary="30 60 100 8" Size="5"><ofd:TextCode X="0" Y="5">&lt;第三条&gt;</ofd:TextCode></ofd:TextObject></ofd:PageBlock>'
    )
    page = f'<ofd:Page xmlns:ofd="http://www.ofdspec.org/2016"><ofd:Content><ofd:Layer ID="9">{texts}</ofd:Layer></ofd:Content></ofd:Page>'
    data = changed(official.as_ofd(official.pages()[:1]), Content=page)
    assert ofd.extract(written(tmp_path, data)).text.replace("\n", "") == "第一条说明。第二条说明。<第三条>"


def test_a_broken_page_among_whole_ones_is_named(tmp_path: Path) -> None:
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(WHOLE)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(name, b"<broken" if "Page_1" in name else old.read(name))
    found = ofd.extract(written(tmp_path, out.getvalue()))
    assert found.notes == ("第 2 页已损坏，没有读。",)
    assert official.HEAD in found.text


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK\x03\x04",
        b"%PDF-1.7",
        "讲话".encode(),
        WHOLE[:-30],
        changed(WHOLE, OFD=None),
        changed(WHOLE, OFD="<a>"),
    ],
)
def test_what_is_no_ofd_is_refused(data: bytes, tmp_path: Path) -> None:
    with pytest.raises(
        DocumentDamaged,
        match=r"^通知\.ofd 打不开：应为完整的 OFD，实际内容已损坏（.+）。请重新导出或换一个文件。$",
    ):
        ofd.extract(written(tmp_path, data))


def test_entities_are_refused(tmp_path: Path) -> None:
    bomb = '<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;&b;">]><OFD>&c;</OFD>'
    with pytest.raises(DocumentDamaged, match="DTDs and entity declarations are not allowed"):
        ofd.extract(written(tmp_path, changed(WHOLE, OFD=bomb)))


def test_a_bomb_is_refused_unopened(tmp_path: Path) -> None:
    data = changed(WHOLE, Content="<a>" + " " * 20_000_000 + "</a>")
    with pytest.raises(
        TooLarge, match=r"^通知\.ofd 里的 .*Content\.xml 解压后有 20 MB，像是压缩炸弹。请换一个文件。$"
    ):
        ofd.extract(written(tmp_path, data))


def test_a_gigantic_one_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ofd, "_MAX_UNPACKED", 1_000)
    with pytest.raises(
        TooLarge, match=r"^通知\.ofd 解压后太大：最多 0 MB、20000 个部分，实际 .* 个。请拆成几个文件。$"
    ):
        ofd.extract(written(tmp_path, WHOLE))


def test_too_many_pages_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_PAGES", 1)
    with pytest.raises(TooLarge, match="页数太多：最多 1 页，实际 2 页"):
        ofd.extract(written(tmp_path, WHOLE))


def test_an_encrypted_one_is_refused(tmp_path: Path) -> None:
    data = bytearray(WHOLE)
    at = data.index(b"PK\x01\x02")
    data[at + 8] |= 1  # the flag in the list of parts
    with pytest.raises(
        DocumentEncrypted, match=r"^通知\.ofd 需要密码才能打开：应为没有加密的 OFD。请去掉密码后再试。$"
    ):
        ofd.extract(written(tmp_path, bytes(data)))


def test_one_without_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EmptyDocument, match="应为有文字的 OFD，实际只有图像"):
        ofd.extract(written(tmp_path, official.as_ofd([[]])))


def test_broken_ones_are_read_or_refused_in_a_line(tmp_path: Path) -> None:
    broken.write(tmp_path, "ofd", WHOLE, scaled(60, 2_000), seed=23)
    lines = broken.read_all(tmp_path, "ofd")
    assert len(lines) == scaled(60, 2_000)
    assert any(line.startswith("文字") for line in lines)
