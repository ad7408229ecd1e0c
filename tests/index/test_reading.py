"""File -> Document: encodings, the canonical text, titles, lost line breaks, refusals."""

import os
import random
import re
import zlib
from collections.abc import Iterator
from hashlib import sha256
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import DocumentDamaged, EmptyDocument, FileUnreadable, NotText, ReadingError, TooLarge
from index.reading import (
    BUILTIN_TITLE,
    MAX_BYTES,
    builtin_document,
    decode,
    read_document,
    read_text,
    read_view,
)
from tests.texts import SPEECH

SIMPLIFIED = (
    "关于做好粮食生产工作的意见\n各乡镇要把粮食生产放在首位，落实播种面积，确保全年产量稳定。"
    "\n二是抓好农资供应，保障春耕需要。"
)
TRADITIONAL = (
    "關於做好糧食生產工作的意見\n各鄉鎮要把糧食生產放在首位，落實播種面積，確保全年產量穩定。"
    "\n二是抓好農資供應，保障春耕需要。"
)
STARRED = "全县GDP达到***.*亿元，增长*.*%，完成投资**.**亿元；*镇、**乡2,356户7,812人脱贫。"
SHORT = "加强粮食生产。"


# --- encodings --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", [SIMPLIFIED, STARRED, SHORT, SPEECH], ids=["text", "starred", "short", "speech"]
)
@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-8", b""),
        ("utf-8-sig", b""),
        ("gb18030", b""),
        ("gb18030", b"\x84\x31\x95\x33"),
        ("utf-16", b""),
        ("utf-16-le", b"\xff\xfe"),
        ("utf-16-be", b"\xfe\xff"),
        ("utf-16-le", b""),
        ("utf-16-be", b""),
    ],
)
def test_simplified_encodings(tmp_path: Path, text: str, encoding: str, mark: bytes) -> None:
    file = tmp_path / "讲话.txt"
    file.write_bytes(mark + text.encode(encoding))
    document = read_document(file)
    assert document.text == text
    assert document.source == "讲话.txt"
    assert document.id == sha256(text.encode()).hexdigest()[:12]


@pytest.mark.parametrize("encoding", ["big5", "cp950", "big5hkscs", "gbk", "utf-16-le"])
@pytest.mark.parametrize(
    "text", [TRADITIONAL, TRADITIONAL[:14], TRADITIONAL * 50], ids=["text", "line", "long"]
)
def test_traditional_encodings(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding), "甲.txt") == text


def test_gbk() -> None:
    assert decode(SIMPLIFIED.encode("gbk"), "甲.txt") == SIMPLIFIED


@given(
    st.integers(0, len(SPEECH) - 30),
    st.integers(12, 400),
    st.sampled_from(["gb18030", "utf-16-le", "utf-16-be"]),
)
def test_any_part_of_a_speech_is_told(start: int, length: int, encoding: str) -> None:
    text = SPEECH[start : start + length]
    assert decode(text.encode(encoding), "甲.txt") == text


@given(st.integers(0, len(SPEECH) - 40), st.integers(40, 400), st.randoms(use_true_random=False))
def test_mostly_blanked_out_text_is_told(start: int, length: int, rng: random.Random) -> None:
    part = SPEECH[start : start + length]
    text = "".join(c if rng.random() < 0.35 else rng.choice("***0123456789") for c in part)
    if not text.isascii():
        assert decode(text.encode("gb18030"), "甲.txt") == text


# --- the canonical text -----------------------------------------------------------------------------


def test_line_ends_become_newlines_and_nothing_else_changes(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes("\ufeff一、**县 \r\n\r\n二、５Ｇ\r三\u3000\t四\u2028五\x0c六\u0085七\ufeff\n\n".encode())
    assert read_document(file).text == "一、**县 \n\n二、５Ｇ\n三\u3000\t四\u2028五\x0c六\u0085七\ufeff\n\n"


CHARACTERS = st.characters(blacklist_categories=["Cs", "Cc"]) | st.sampled_from("\r\n\t一。*\ufeff\u3000")


@given(st.text(CHARACTERS).map(lambda text: text + "字"))
def test_canonical_text_is_idempotent(text: str) -> None:
    once = read_text(text)
    assert read_text(once.text) == once
    assert "\r" not in once.text
    assert once.title
    assert "\n" not in once.title


@given(st.text(CHARACTERS).map(lambda text: "字" + text), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
def test_the_encoding_does_not_move_offsets(text: str, encoding: str) -> None:
    document = read_text(decode(text.encode(encoding), "甲.txt"))
    assert document.text == text.replace("\r\n", "\n").replace("\r", "\n")


def test_built_in_speech_is_the_file_byte_for_byte() -> None:
    document = builtin_document()
    data = (resources.files("index") / "data" / "speech" / "document.txt").read_bytes()
    assert document.text.encode() == data
    assert document.title == BUILTIN_TITLE == "在县委全会上的讲话"
    assert document.has_lines


# --- the title --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("在县委全会上的讲话\n同志们：今天开会。", "在县委全会上的讲话"),
        ("\n\n  在县委全会上的讲话（2023年1月5日）\n张三\n同志们：", "在县委全会上的讲话"),
        ("# 2026年政府工作报告\n各位代表：", "2026年政府工作报告"),
        ("关于加强农村工作的意见（试行）\n为了加强农村工作。", "关于加强农村工作的意见（试行）"),
        # over two lines
        ("在县委十四届五次全会上\n的讲话\n同志们：", "在县委十四届五次全会上的讲话"),
        (
            "中共**县委关于学习宣传贯彻党的二十大精神\n奋力打造新**的决定\n（2023年1月5日）\n同志们：",
            "中共**县委关于学习宣传贯彻党的二十大精神奋力打造新**的决定",
        ),
        (
            "高举伟大旗帜\n为建设现代化国家而团结奋斗\n——在代表大会上的报告\n（2022年10月16日）\n王　五\n同志们：",
            "高举伟大旗帜 为建设现代化国家而团结奋斗",
        ),
        # among what else stands at the head
        ("某某县人民政府文件\n某政发〔2023〕5号\n关于做好春耕工作的通知\n各乡镇：", "关于做好春耕工作的通知"),
        (
            "来源：某某日报\n2026-02-03 09:02\n政府工作报告\n——2026年1月28日在大会上\n各位代表：",
            "政府工作报告",
        ),
        ("凝心聚力，谱写新篇\n——在全会上的讲话\n县委书记　王五\n同志们：", "凝心聚力，谱写新篇"),
        ("认真学习党的二十大报告 奋力谱写新篇章\n同志们：", "认真学习党的二十大报告 奋力谱写新篇章"),
        # run into the text, line breaks lost
        ("在总结大会上的讲话（2020年1月8日）习近平同志们：在全党开展" + "教育，" * 99, "在总结大会上的讲话"),
        ("新华社北京10月23日电在纪念大会上的讲话（2020年10月23日）同志们：", "在纪念大会上的讲话"),
        ("**县2023年政府工作报告 县长 李四 各位代表：现在，我报告工作。", "**县2023年政府工作报告"),
        (
            "在“不忘初心、牢记使命”主题教育总结大会上的讲话同志们：开展",
            "在“不忘初心、牢记使命”主题教育总结大会上的讲话",
        ),
        # none: the first words, the address left out
        ("同志们：\n这次会议坚持以新思想为指导，认真学习精神。", "这次会议坚持以新思想为指导，认真学习精神"),
        (
            "各位代表：现在，我代表市政府，向大会报告工作，请予审议，并请提出意见。",
            "政府工作报告",
        ),
        ("尊敬的主席，各位来宾，女士们，先生们：\n大家好", "大家好"),
        ("会议指出必须始终坚持以人民为中心的发展思想不动摇" * 9, "会议指出必须始终坚持以人民为中心的发展…"),
        ("今年以来，全县上下深入贯彻落实。", "今年以来，全县上下深入贯彻落实"),
        ("一、2023年工作回顾\n今年以来。", "一、2023年工作回顾"),
        ("***\n1", "1"),
        ("同志们：", "同志们"),
        ("#\n正文", "正文"),
    ],
)
def test_title(text: str, title: str) -> None:
    assert read_text(text).title == title
    assert read_text(text, title=" 另起的\n标题 ").title == "另起的 标题"
    assert read_text(text, title="  ").title == title


def test_a_title_that_cannot_be_written_is_made_so(tmp_path: Path) -> None:
    document = read_text("正文", title="题\ud800目", source="文\udcff件.txt")
    assert (document.title, document.source) == ("题?目", "文?件.txt")


@given(
    st.text("讲话报告的意见在关于，。：同志们各位（2年）—-# \n代表a", min_size=1).filter(
        lambda t: re.search(r"\w", t)
    )
)
def test_there_is_always_a_title(text: str) -> None:
    title = read_text(text).title
    assert re.search(r"\w", title)
    assert title == title.strip()
    assert len(title) <= 150


# --- refusals ---------------------------------------------------------------------------------------

BROKEN = "已损坏：打不开其中的内容。请用原来的软件打开并另存一份，或重新下载。"
BINARY = "是二进制文件：应为 txt 或 md 文本。请另存为 UTF-8 的 txt 文件。"
UNKNOWN = "的编码认不出：应为 UTF-8、GB18030、Big5 或 UTF-16，实际都不是，或文件已损坏。请另存为 UTF-8。"
EMPTY = "里没有文字：应为讲话或报告全文。请检查文件。"


@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        (b"", EmptyDocument, EMPTY),
        (b"\xef\xbb\xbf", EmptyDocument, EMPTY),
        (b"\xff\xfe", EmptyDocument, EMPTY),
        (b"  \n\t\n", EmptyDocument, EMPTY),
        ("。，！？……——《》“”\u3000".encode(), EmptyDocument, EMPTY),
        (b"*** ___ ---", EmptyDocument, EMPTY),
        ("👍🎉".encode(), EmptyDocument, EMPTY),
        (b"\x00\x01\x02\x03" * 20, NotText, BINARY),
        (b"PK\x03\x04\x14\x00\x06\x00\x08\x00\x00\x00!\x00" * 20, DocumentDamaged, BROKEN),
        ("讲话\x00正文".encode(), NotText, BINARY),
        (SIMPLIFIED.encode("utf-32"), NotText, BINARY),
        (zlib.compress(SPEECH.encode())[:5000].replace(b"\x00", b""), NotText, UNKNOWN),
        (SIMPLIFIED.encode()[:-1], NotText, UNKNOWN),  # cut in the middle of a character
        (SIMPLIFIED.encode().replace("粮".encode(), b"\xff"), NotText, UNKNOWN),
        ("これは日本語の文章です。政府の報告を読みます。".encode("shift_jis"), NotText, UNKNOWN),
        ("Доклад правительства о работе".encode("cp1251"), NotText, UNKNOWN),
    ],
)
def test_refusals_name_the_file(tmp_path: Path, data: bytes, error: type[ReadingError], message: str) -> None:
    file = tmp_path / "坏.txt"
    file.write_bytes(data)
    with pytest.raises(error) as raised:
        read_document(file)
    assert str(raised.value).removeprefix(f"{tmp_path}/").replace(" ", "", 1) == "坏.txt" + message


@pytest.mark.parametrize("character", ["\x00", "\ud800", "\udfff", "\x07" * 50])
def test_what_is_no_text_is_refused_with_its_place(character: str) -> None:
    with pytest.raises(NotText) as raised:
        read_text(f"第一行\r\n第二行{character}[31m\n", source="讲话.txt")
    assert str(raised.value) == (
        f"讲话.txt 不是纯文本：第 2 行有控制字符 U+{ord(character[0]):04X}。请删去它，或另存为 UTF-8 的 txt 文件。"
    )


@pytest.mark.parametrize(
    "character", ["\x07", "\x08", "\x0c", "\x13", "\x15", "\x1b", "\x1f", "\x7f", "\xad", "\ufeff"]
)
def test_a_stray_control_character_is_read_and_does_not_show(character: str) -> None:
    document = read_text(f"关于值班的通知\n要加强{character}值班。" + "要抓好落实。" * 20)
    assert character in document.text
    assert character not in read_view(document.text).text


def test_missing_file_and_folder(tmp_path: Path) -> None:
    for path, message in (
        (tmp_path / "无.txt", f"找不到文件 {tmp_path}/无.txt。请检查路径。"),
        (tmp_path, f"{tmp_path} 是文件夹：应为一个 txt 或 md 文件。请写出其中的文件。"),
        (tmp_path / ("长" * 300), "读不了"),
        (tmp_path / "空\x00字", "读不了"),
    ):
        with pytest.raises(FileUnreadable) as raised:
            read_document(path)
        assert message in str(raised.value)


@pytest.fixture
def nobody() -> Iterator[None]:
    """Give up the rights of the administrator, who may read everything."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)


@pytest.fixture
def locked(tmp_path: Path) -> Path:
    file = tmp_path / "锁.txt"
    file.write_text(SIMPLIFIED, "utf-8")
    file.chmod(0)
    return file


@pytest.mark.skipif(os.name != "posix", reason="permissions are posix's")
def test_no_permission(locked: Path, nobody: None) -> None:
    with pytest.raises(FileUnreadable) as raised:
        read_document(locked)
    assert str(raised.value) == f"没有权限读取 {locked}。请修改文件权限或换一个文件。"


def test_too_large(tmp_path: Path) -> None:
    file = tmp_path / "大.txt"
    with file.open("wb") as opened:
        opened.truncate(50_000_000)
    with pytest.raises(TooLarge) as raised:
        read_document(file)
    assert str(raised.value) == f"文件 {file} 太大：最多 20 MB，实际 50.0 MB。请拆成几个文件。"


def test_the_limit_itself_is_read(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes(b"a" * MAX_BYTES)
    assert len(read_document(file).text) == MAX_BYTES
    file.write_bytes(b"a" * (MAX_BYTES + 1))
    with pytest.raises(TooLarge):
        read_document(file)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no endless file here")
def test_an_endless_file_is_refused() -> None:
    with pytest.raises(TooLarge):
        read_document(Path("/dev/zero"))


def test_a_line_of_100_000_characters() -> None:
    document = read_text("要抓好落实" * 20_000)
    assert document.title == "要抓好落实" * 3 + "要抓好落…"
    assert not document.has_lines
