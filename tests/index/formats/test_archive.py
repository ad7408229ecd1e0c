"""zip of documents: members in order, names in GBK, nothing outside the folder, one reason a member."""

import struct
import zipfile
from pathlib import Path

import pytest

from index import Document, ReadingError, read_documents
from index.errors import TooLarge, Unsafe
from index.formats import archive
from index.formats.archive import unpack
from tests.index.formats.made import docx, p, write_zip

TEXT = "关于做好值班工作的通知\n各乡镇要加强值班值守。\n"


def unpacked(path: Path, tmp_path: Path) -> list[tuple[str, str]]:
    """Return each member's name and its file's, or the reason."""
    folder = tmp_path / "out"
    folder.mkdir()
    return [(m.name, m.path.name if m.path else str(m.error)) for m in unpack(path, folder)]


def test_members_in_order_without_noise(tmp_path: Path) -> None:
    names = [
        "乙/报告.txt",
        "甲.txt",
        "__MACOSX/._甲.txt",
        ".DS_Store",
        "~$甲.docx",
        "Thumbs.db",
        "甲.txt.toml",
        "空/",
    ]
    path = write_zip(tmp_path / "a.zip", dict.fromkeys(names, TEXT))
    assert unpacked(path, tmp_path) == [("乙/报告.txt", "报告.txt"), ("甲.txt", "甲.txt")]


def test_names_in_gbk(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.zip", {"ab.txt": TEXT})
    data = path.read_bytes().replace(b"ab.txt", "通.txt".encode("gbk"))
    path.write_bytes(data)
    assert unpacked(path, tmp_path) == [("通.txt", "通.txt")]


@pytest.mark.parametrize(
    "name",
    ["../../害.txt", "/etc/害.txt", "C:\\害.txt", "..\\害.txt", "甲/../../害.txt", "x" * 300 + "害.txt"],
)
def test_no_path_is_trusted(tmp_path: Path, name: str) -> None:
    path = write_zip(tmp_path / "a.zip", {name: TEXT})
    ((_, shown),) = unpacked(path, tmp_path)
    assert shown.endswith("害.txt")
    assert [f.relative_to(tmp_path).parts[:2] for f in tmp_path.rglob("*害.txt")] == [("out", "0000")]


def test_links_are_files_like_others(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    info = zipfile.ZipInfo("连接.txt")
    info.external_attr = 0o120777 << 16
    with zipfile.ZipFile(path, "w") as file:
        file.writestr(info, "/etc/passwd")
    unpacked(path, tmp_path)
    found = tmp_path / "out" / "0000" / "连接.txt"
    assert not found.is_symlink()
    assert found.read_text("utf-8") == "/etc/passwd"


def test_nested_zips_programs_and_broken_members_are_named(tmp_path: Path) -> None:
    inner = write_zip(tmp_path / "i.zip", {"甲.txt": TEXT}).read_bytes()
    members = {"内.zip": inner, "病.txt": b"MZ\x90\x00", "好.txt": TEXT.encode(), "坏.txt": b"a" * 1000}
    path = write_zip(tmp_path / "a.zip", members)
    data = bytearray(path.read_bytes())
    at = data.index("坏.txt".encode()) + len("坏.txt".encode())
    data[at : at + 4] = b"\xff\xff\xff\xff"
    path.write_bytes(data)
    found = dict(unpacked(path, tmp_path))
    assert found["好.txt"] == "好.txt"
    assert found["内.zip"] == "内.zip 是压缩包里的压缩包：不再往里读。请解压后再试。"
    assert found["病.txt"].startswith("病.txt 是程序（exe 或 dll）")
    assert found["坏.txt"].startswith("坏.txt 已损坏")


def test_zip_bombs_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for number in range(3):
            file.writestr(f"{number}.txt", b"0" * 40_000_000)
    with pytest.raises(Unsafe) as raised:
        unpack(path, tmp_path)
    assert str(raised.value) == "a.zip 解压后有 120 MB，像是压缩炸弹：最多 300 MB。请换一个文件。"


def test_a_member_that_is_larger_than_it_says_stops_there(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("大.txt", b"0" * 1_000_000)
    data = path.read_bytes().replace(struct.pack("<I", 1_000_000), struct.pack("<I", 10))
    path.write_bytes(data)
    ((_, reason),) = unpacked(path, tmp_path)
    assert reason.startswith("大.txt 已损坏")


def test_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_zip(tmp_path / "a.zip", {f"{n}.txt": TEXT for n in range(3)})
    monkeypatch.setattr(archive, "DOCUMENTS", 2)
    with pytest.raises(TooLarge) as raised:
        unpack(path, tmp_path)
    assert str(raised.value) == "a.zip 里有 3 个文件：最多 2 个。请拆成几个压缩包。"
    monkeypatch.setattr(archive, "DOCUMENTS", 3)
    monkeypatch.setattr(archive, "LARGEST", 10)
    assert [reason for _, reason in unpacked(path, tmp_path)] == [
        f"{n}.txt 太大：最多 0 MB，实际 0.0 MB。" for n in range(3)
    ]


def shown(found: Document | ReadingError) -> str:
    return found.source if isinstance(found, Document) else str(found)


def test_a_zip_and_a_folder_are_read_whole_and_the_bad_ones_told(tmp_path: Path) -> None:
    folder = tmp_path / "文件"
    (folder / "下级").mkdir(parents=True)
    docx(folder / "甲.docx", p("关于甲的通知") + p("要抓好落实。"))
    (folder / "下级" / "乙.txt").write_text(TEXT, "utf-8")
    (folder / "丙.docx").write_bytes(b"PK\x03\x04bad")
    (folder / "甲.docx.toml").write_text('title = "另起的标题"', "utf-8")
    (folder / ".隐.txt").write_text(TEXT, "utf-8")
    (folder / "外.txt").symlink_to("/etc/passwd")
    found = list(read_documents(folder))
    assert [shown(one)[:10] for one in found] == ["乙.txt", "丙.docx 已损坏", "甲.docx"]
    assert "另起的标题" in [one.title for one in found if isinstance(one, Document)]

    members = {"甲.docx": (folder / "甲.docx").read_bytes(), "丙.txt": b"\x00\x01", "乙.txt": TEXT.encode()}
    path = write_zip(tmp_path / "包.zip", members)
    first, second, third = read_documents(path)
    assert str(first) == f"{path}/丙.txt 是二进制文件：应为 txt 或 md 文本。请另存为 UTF-8 的 txt 文件。"
    assert isinstance(second, Document)
    assert (second.source, second.format, second.title) == ("乙.txt", "txt", "关于做好值班工作的通知")
    assert isinstance(third, Document)
    assert (third.source, third.format) == ("甲.docx", "docx")


def test_nothing_to_read(tmp_path: Path) -> None:
    (tmp_path / "空").mkdir()
    assert [str(one) for one in read_documents(tmp_path / "空")] == [
        f"文件夹 {tmp_path}/空 里没有文件：应有要读的文稿。请检查路径。"
    ]
    path = write_zip(tmp_path / "a.zip", {})
    assert [str(one) for one in read_documents(path)] == [f"压缩包 {path} 里没有文稿。请换一个文件。"]
    assert [str(one) for one in read_documents(tmp_path / "无")] == [
        f"找不到文件 {tmp_path}/无。请检查路径。"
    ]
