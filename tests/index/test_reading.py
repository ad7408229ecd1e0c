"""File -> Document: encodings, the canonical text, titles, refusals."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import EmptyDocument, FileUnreadable, NotText, ReadingError, TooLarge
from index.reading import (
    BUILTIN_TITLE,
    MAX_BYTES,
    builtin_document,
    find_title,
    has_lines,
    read_document,
    read_text,
)
from tests.texts import SPEECH

TEXT = "关于做好粮食生产工作的意见\n各乡镇要把粮食生产放在首位，落实播种面积，确保全年产量稳定。\n二是抓好农资供应，保障春耕需要。"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16", "utf-16-le", "utf-16-be"]
)
def test_simplified_encodings(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "讲话.txt"
    bom = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}.get(encoding, b"")
    file.write_bytes(bom + TEXT.encode(encoding))
    document = read_document(file)
    assert document.text == TEXT
    assert document.source == "讲话.txt"


def test_big5(tmp_path: Path) -> None:
    text = "關於做好糧食生產工作的意見\n各鄉鎮要把糧食生產放在首位，落實播種面積，確保全年產量穩定。" * 3
    file = tmp_path / "a.txt"
    file.write_bytes(text.encode("big5"))
    assert read_document(file).text == text


def test_line_ends_become_newlines_and_nothing_else_changes(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes("\ufeff一、**县 \r\n二、５Ｇ\r三".encode())
    assert read_document(file).text == "一、**县 \n二、５Ｇ\n三"


@given(st.text(alphabet="一二。\r\n*a \u3000", min_size=1).filter(lambda t: any(c in t for c in "一二a")))
def test_canonical_text_is_idempotent(text: str) -> None:
    once = read_text(text).text
    assert read_text(once).text == once
    assert "\r" not in once


def test_built_in_speech_is_the_file_byte_for_byte() -> None:
    document = builtin_document()
    assert document.text == SPEECH
    assert document.title == BUILTIN_TITLE == "在县委全会上的讲话"
    assert document.has_lines


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("在县委全会上的讲话\n同志们：今天开会。", "在县委全会上的讲话"),
        ("# 2026年政府工作报告\n各位代表：", "2026年政府工作报告"),
        ("在总结大会上的讲话（2020年1月8日）习近平同志们：在全党开展", "在总结大会上的讲话"),
        ("同志们：\n这次会议坚持以新思想为指导，认真学习精神。", "同志们"),
        ("今年以来，全县上下深入贯彻落实。", "今年以来"),
    ],
)
def test_title(text: str, title: str) -> None:
    assert find_title(text) == title
    assert read_text(text, title="另起的标题").title == "另起的标题"


def test_lines_are_lost_where_a_long_text_has_hardly_any() -> None:
    assert not has_lines("要抓好落实。" * 500)
    assert has_lines("要抓好落实。")
    assert has_lines("要抓好落实。\n" * 500)


@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        (b"", EmptyDocument, "里没有文字"),
        (b"  \n\n", EmptyDocument, "里没有文字"),
        ("。，！？……".encode(), EmptyDocument, "里没有文字"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" * 20, NotText, "二进制文件"),
        ("讲话\x00正文".encode(), NotText, "控制字符"),
        ("讲话\x1b[31m正文".encode(), NotText, "控制字符"),
    ],
)
def test_refusals_name_the_file(tmp_path: Path, data: bytes, error: type[ReadingError], message: str) -> None:
    file = tmp_path / "坏.txt"
    file.write_bytes(data)
    with pytest.raises(error) as raised:
        read_document(file)
    assert message in str(raised.value)
    assert "坏.txt" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadable, match="找不到文件"):
        read_document(tmp_path / "无.txt")
    with pytest.raises(FileUnreadable, match="是文件夹"):
        read_document(tmp_path)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read everything")
def test_no_permission(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text(TEXT, "utf-8")
    file.chmod(0)
    with pytest.raises(FileUnreadable, match="没有权限"):
        read_document(file)


def test_too_large(tmp_path: Path) -> None:
    file = tmp_path / "大.txt"
    with file.open("wb") as opened:
        opened.truncate(50_000_000)
    with pytest.raises(TooLarge, match=f"最多 {MAX_BYTES // 1_000_000} MB，实际 50.0 MB"):
        read_document(file)


def test_lone_surrogates() -> None:
    with pytest.raises(NotText):
        read_text("讲话\ud800正文")
