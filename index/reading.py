"""File -> Document: one canonical text, into which every offset points."""

from __future__ import annotations

import os
import re
from collections import Counter
from hashlib import sha256
from importlib import resources
from pathlib import Path

from charset_normalizer import from_bytes

from index.errors import EmptyDocument, FileUnreadable, NotText, TooLarge
from index.types import Document

MAX_BYTES = 20_000_000  # about 7 million characters, 500 times the built-in speech
BUILTIN_TITLE = "在县委全会上的讲话"

_ENCODINGS = ["gb18030", "cp950", "big5hkscs", "utf_16_le", "utf_16_be"]  # tried where UTF-8 fails
# Share of common characters in a right decoding: 0.98 and up at 60 characters, 0.89 and up at 20; in
# damaged UTF-8, Shift-JIS, compressed and random bytes at most 0.60 (official.jsonl.xz, 190 documents).
_PLAUSIBLE = 0.75
_SAMPLE = 20_000  # characters looked at to tell a right decoding from a wrong one
_LINE_LIMIT = 2_000  # the longest paragraphs of 3,683 official documents: half of no text stands on longer
_SUBSTANCE = re.compile(r"[^\W_]")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff]")

# --- reading ----------------------------------------------------------------------------------------


def read_document(path: Path, *, title: str | None = None) -> Document:
    """Read a txt or md file. Raises FileUnreadable, TooLarge, NotText, EmptyDocument."""
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            data = file.read(MAX_BYTES + 1) if size <= MAX_BYTES else b""
    except IsADirectoryError as error:
        raise FileUnreadable(f"{path} 是文件夹：应为一个 txt 或 md 文件。请写出其中的文件。") from error
    except FileNotFoundError as error:
        raise FileUnreadable(f"找不到文件 {path}。请检查路径。") from error
    except PermissionError as error:
        raise FileUnreadable(f"没有权限读取 {path}。请修改文件权限或换一个文件。") from error
    except (OSError, ValueError) as error:
        raise FileUnreadable(f"文件 {path} 读不了（{error}）。请检查路径或换一个文件。") from error
    if (size := max(size, len(data))) > MAX_BYTES:
        limit = MAX_BYTES // 1_000_000
        raise TooLarge(f"文件 {path} 太大：最多 {limit} MB，实际 {size / 1e6:.1f} MB。请拆成几个文件。")
    return read_text(decode(data, str(path)), title=title, source=path.name)


def read_text(text: str, *, title: str | None = None, source: str = "") -> Document:
    """Return the document of an already decoded text; `title` wins over what the text shows.

    Raises NotText where it holds control characters or lone surrogates, EmptyDocument where it holds
    neither a letter nor a digit.
    """
    text = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    source = _encodable(source)
    name = source or "文本"
    if control := _CONTROL.search(text):
        line = text.count("\n", 0, control.start()) + 1
        raise NotText(
            f"{name} 不是纯文本：第 {line} 行有控制字符 U+{ord(control[0]):04X}。请删去它，或另存为 UTF-8 的 txt 文件。"
        )
    if not _SUBSTANCE.search(text):
        raise EmptyDocument(f"{name} 里没有文字：应为讲话或报告全文。请检查文件。")
    identity = sha256(text.encode("utf-8")).hexdigest()[:12]
    given = " ".join(_encodable(title or "").split())
    return Document(identity, given or find_title(text), text, has_lines(text), source)


def builtin_document() -> Document:
    """Return the speech that is shipped with the package."""
    data = (resources.files("index") / "data" / "speech" / "document.txt").read_bytes()
    return read_text(data.decode("utf-8"), title=BUILTIN_TITLE, source="document.txt")


def has_lines(text: str) -> bool:
    """Tell whether paragraphs can be counted: not where most of the text stands on lines of over 2,000.

    Of 3,683 official documents and the 3 development texts that share is 1 in 27 and at most 0.45 in the rest.
    """
    lengths = [len(line) for line in text.split("\n") if line.strip()]
    return 2 * sum(n for n in lengths if n > _LINE_LIMIT) <= sum(lengths)


def _encodable(text: str) -> str:
    """Return `text` with lone surrogates (a file name's undecodable bytes) replaced by ?."""
    return text.encode("utf-8", "replace").decode("utf-8")


# --- decoding ---------------------------------------------------------------------------------------


def decode(data: bytes, name: str) -> str:
    """Decode UTF-8, UTF-16, GB18030 or Big5; `name` is for the message. Raises NotText for anything else.

    charset-normalizer finds the encodings that fit; of these the one is right that gives the most common
    characters, which tells GB18030 from Big5 and UTF-16 even in a line of 12 characters.
    """
    try:
        text = data.decode("utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8")
        if "\x00" not in text:
            return text
    except UnicodeDecodeError:
        pass
    fitting = {m.encoding: str(m) for m in from_bytes(data, cp_isolation=_ENCODINGS, threshold=1.0)}
    readings = [fitting[e] for e in _ENCODINGS if e in fitting and not _CONTROL.search(fitting[e])]
    best = max(readings, key=_common_share, default="")
    if _common_share(best) >= _PLAUSIBLE:
        return best
    if b"\x00" in data:
        raise NotText(f"{name} 是二进制文件：应为 txt 或 md 文本。请另存为 UTF-8 的 txt 文件。")
    raise NotText(
        f"{name} 的编码认不出：应为 UTF-8、GB18030、Big5 或 UTF-16，实际都不是，或文件已损坏。请另存为 UTF-8。"
    )


def _common_share(text: str) -> float:
    """Return the share of characters that are common, in simplified or in traditional writing."""
    counts = Counter(text[:_SAMPLE])
    return max(_common(counts, "gb2312", 0xD7), _common(counts, "cp950", 0xC6)) / max(1, counts.total())


def _common(counts: Counter[str], charset: str, last: int) -> int:
    """Count ASCII and what stands before the rare half of `charset`, whose first byte is above `last`."""
    codes = ((char.encode(charset, "ignore"), count) for char, count in counts.items())
    return sum(count for code, count in codes if code and (len(code) == 1 or code[0] <= last))


# --- the title --------------------------------------------------------------------------------------

_TITLE_LIMIT = 60
_WHOLE_LIMIT = 120  # of a line that ends as titles do: notices name in their titles what they forward
_HEAD_LINES = 12  # title, subtitle, date, speaker and source stand in the first lines
_LOOK = 1_000  # characters of a line that are looked at
_FIRST_WORDS = 20
_GENRE = (
    r"(?:讲话|报告|致辞|演讲|发言|汇报|说明|意见|决定|决议|公报|公告|通告|通知|通报|批复|纪要|总结|"
    r"规划|方案|计划|纲要|要点|条例|规定|办法|细则|建议|贺信|提纲|宣言|章程|规则|解释|法)"
)
_LISTENERS = r"(?:同志们|各位|尊敬的|女士们|朋友们|同胞们|主席先生)"
_WHOLE = re.compile(_GENRE + r"(?:[（(][^（()）]{1,12}[）)])?$")
_RUN_IN = re.compile(
    r"(?:新华社[^，。]{1,15}?电\s*)?(?!" + _LISTENERS + r")([^。！？；：]{4,100}?" + _GENRE + r")"
    r"(?=\s*(?:[（(][^（()）]*年|[※—]|" + _LISTENERS + r")|\s[^。！？；：，]{1,30}?" + _LISTENERS + ")"
)
_ADDRESS = re.compile(
    rf"(?:{_LISTENERS}[^。；\n]{{0,150}}?|[^。；\n]{{2,150}}?(?:们|代表|先生|女士|同事|来宾|嘉宾|委员))(?:[：:！!]\s*|\n)"
)
_NUMBERED = re.compile(
    r"(?:第[一二三四五六七八九十百\d]+[章节条编篇]|[一二三四五六七八九十]+、|[（(][一二三四五六七八九十\d])"
)
_BODY_END = re.compile(r"[。！？；，、：!?;,:][”’』」）)]*$")
_DATE = re.compile(r"[\s\d〇○零一二三四五六七八九十年月日时分秒:：.\-/（）()]+")
_DATED = re.compile(r"\d{4}年\d{1,2}月\d{1,2}日")
_DATE_AFTER = re.compile(r"\s*[（(][^（()）]*[\d〇○零一二三四五六七八九十]年[^（()）]*[）)]$")
_ASIDE = re.compile(r"[—―\-（(【\[〔]|[^：:]{1,8}[：:].|.*[〔\[（(]\d{4}[〕\])）]\d+号$|[\W_]+$")
_CLAUSE_END = re.compile(r"[\s，。！？；：,:;!?※]")


def find_title(text: str) -> str:
    """Return the title that the text shows, else its first words (… where they stop in mid-clause).

    A title is a line of the head (before the address, the first heading or the first full sentence) that
    ends as titles do (讲话, 工作报告, 意见), else the first line there; where line breaks are lost, what stands
    before （date） or the address.
    """
    lines = [
        line.strip()[:_LOOK] for line in text.lstrip()[: _HEAD_LINES * _LOOK].split("\n") if line.strip()
    ]
    if lines[0].startswith("#") and (heading := lines[0].strip("# ")):
        return heading
    if run_in := _RUN_IN.match(lines[0]):
        return run_in[1].strip()
    return (_title_of_head(_head(lines)) or _first_words(text)).strip()


def _head(lines: list[str]) -> list[str]:
    """Return the lines before the body begins; those that are no title (date, speaker, source) as ""."""
    head: list[str] = []
    for line in lines[:_HEAD_LINES]:
        limit = _WHOLE_LIMIT if _WHOLE.search(line) else _TITLE_LIMIT
        is_aside = _ASIDE.match(line) or _DATE.fullmatch(line) or _is_byline(line)
        is_body = len(line) > limit or _BODY_END.search(line) or _NUMBERED.match(line)
        if _ADDRESS.match(line + "\n") or (is_body and not is_aside):
            break
        head.append("" if is_aside else _DATE_AFTER.sub("", line))
    return head


def _is_byline(line: str) -> bool:
    """Tell whether a line says who or when: 习　近　平, 北京市市长 殷勇, 2020年10月17日 第…次会议通过."""
    last = line.split()[-1]
    is_name = len("".join(line.split())) <= 4 or (last != line and len(last) <= 4 and len(line) <= 25)
    return not _WHOLE.search(line) and bool(is_name or _DATED.match(line))


def _title_of_head(head: list[str]) -> str:
    """Return the title among the head's lines, joined where it runs over two; empty where there is none."""
    for number, line in enumerate(head):
        if _WHOLE.search(line):
            above = head[number - 1] if number else ""
            is_open = line.startswith(("的", "和", "暨")) or (
                above.startswith(("关于", "在", "中共")) and not line.startswith(("关于", "在", "中共"))
            )
            return above + line if above and is_open and not _WHOLE.search(above) else line
    first = next((number for number, line in enumerate(head) if line), None)
    if first is None:
        return ""
    two, after = head[first + 1 : first + 2], head[first + 2 : first + 3]
    if two and two[0] and after == [""]:  # two slogans, then subtitle, date or speaker
        return f"{head[first]} {two[0]}"
    return head[first]


def _first_words(text: str) -> str:
    """Return the opening clauses of the body, the address to the listeners left out."""
    substance = _SUBSTANCE.search(text)
    text = text[substance.start() :] if substance else text
    address = _ADDRESS.match(text)
    if address and _SUBSTANCE.search(text, address.end()):
        text = text[address.end() :].lstrip()
    lines = [line.strip() for line in text.split("\n")]
    line = next((line for line in lines if _SUBSTANCE.search(line)), lines[0])
    if len(line) <= _FIRST_WORDS:
        return line.rstrip("，。！？；：,:;!?") or line
    ends = [m.start() for m in _CLAUSE_END.finditer(line, 0, _FIRST_WORDS + 1) if m.start() >= 6]
    return line[: ends[-1]] if ends else line[: _FIRST_WORDS - 1] + "…"
