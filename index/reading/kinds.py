"""What each line is: text, a table's row, a note, a signature, an attachment, a caption, a line of the contents."""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.reading.lines import Line
from index.types import BlockKind

_DAY = r"(?:\d{4}|[一二三四五六七八九〇零]{4})年(?:\d{1,2}|[一二三四五六七八九十]{1,3})月(?:(?:\d{1,2}|[一二三四五六七八九十]{1,3})日)?"
DATE_LINE = re.compile(rf"[（(]?{_DAY}(?:印发)?[）)]?")
_SIGNED = 30  # characters of a line of a signature
_SIGNERS = 5  # lines above the date
_PUBLIC = re.compile(
    r"[（(](?:此件|本文|此文).{2,10}[）)]|[（(]盖?章[）)]|(?:抄送|主题词|印发)[：:].*|.{2,30}" + _DAY + "印发"
)
_ATTACHMENT = re.compile(r"附件(?!下载)|附[：:\d]")
_NOTES = re.compile(r"[^。：；]{0,25}(?:名词(?:解释|注释|说明|术语)|注释|注解)[^。：；]{0,3}[：:]?|注[：:]?")
_NOTE = re.compile(r"[\[〔［]\^?\d{1,3}[\]〕］](?:[：:])?|注(?:\d{1,2}|[一二三四五六七八九十])?[：:]")
_CAPTION = re.compile(
    r"图为|图\d{1,2}[：: ]|.{0,60}(?:记者|通讯员)[^，。]{1,12}摄[。]?$|.{0,60}[^，。]{1,20}(?:供图|摄)$"
)
_META = re.compile(
    r"[【\[]?(?:来源|信息来源|稿源|来源URL|原文链接|链接|作者|记者|时间|日期|发布时间|发布日期|成文日期|发文日期|发文时间|印发日期|公布日期|"
    r"发布机构|发文机关|发文单位|发布单位|制定机关|文号|发文字号|索引号|主题分类|有效性|时效性|效力级别|报告人|讲话人|主讲人|标题|题目|名称|正文|法宝引证码|施行日期|生效日期)[】\]]?(?: ?[：:]|】)"
)
_SOURCE = re.compile(r"[【\[]?(?:来源|信息来源|稿源|原文链接|来源URL)")
_SENTENCE = 12  # characters of a full sentence of the text
_DATES = 4  # dates on lines of their own in a document with attachments; a chronicle has more
_LEADER = re.compile(r"[.…·\s]*\d{0,4}$")


def mark_kinds(lines: Sequence[Line]) -> None:
    """Set `kind` on every line. Linear."""
    in_text = False
    for line in lines:
        line.kind = _own_kind(line)
        if in_text and line.kind is BlockKind.META and not _SOURCE.match(line.text):
            line.kind = BlockKind.BODY  # 时间：… of a meeting that the text announces
        in_text = in_text or (
            line.kind is BlockKind.BODY and line.ends_sentence and len(line.text) > _SENTENCE
        )
    _mark_contents(lines)
    _mark_signatures(lines)
    _mark_attachments(lines)
    _mark_notes(lines)


def _own_kind(line: Line) -> BlockKind:
    """Return what a line is by its own shape."""
    text = line.text
    if line.is_row:
        return BlockKind.TABLE
    if _META.match(text) and len(text) <= 200:
        return BlockKind.META
    if len(text) <= 80 and _CAPTION.match(text):
        return BlockKind.CAPTION
    if _NOTE.match(text):
        return BlockKind.NOTE
    return BlockKind.BODY


def _mark_contents(lines: Sequence[Line]) -> None:
    """Mark what stands under 目录, up to where its first entry comes again."""
    heads = [n for n, line in enumerate(lines) if line.text in ("目录", "目次")]
    for number in heads[:3]:
        first = ""
        lines[number].kind = BlockKind.CONTENTS
        for line in lines[number + 1 :]:
            entry = _LEADER.sub("", line.text)
            if line.ends_sentence or len(line.text) > 60 or (first and entry == first):
                break
            first = first or entry
            line.kind = BlockKind.CONTENTS


def _mark_signatures(lines: Sequence[Line]) -> None:
    """Mark a date on a line of its own below the text, and the short lines right above it."""
    dates = {n for n, line in enumerate(lines) if len(line.text) <= 20 and _is_date(line.text)}
    if len(dates) > _DATES:
        dates &= {len(lines) - 1}
    body = False
    for number, line in enumerate(lines):
        if body and number in dates:
            line.kind = BlockKind.SIGNATURE
            for above in reversed(lines[max(0, number - _SIGNERS) : number]):
                if (
                    not above.is_plain
                    or above.is_marked
                    or len(above.text) > _SIGNED
                    or above.level
                    or above.is_row
                ):
                    break
                above.kind = BlockKind.SIGNATURE
        elif body and len(line.text) <= 40 and _PUBLIC.fullmatch(line.text):
            line.kind = BlockKind.SIGNATURE
        body = body or line.ends_sentence


def _is_date(text: str) -> bool:
    return bool(DATE_LINE.fullmatch(text.replace(" ", "")))


def _mark_attachments(lines: Sequence[Line]) -> None:
    """Mark 附件：1.… and the numbered lines that go on its list."""
    for number, line in enumerate(lines):
        if line.kind is BlockKind.BODY and len(line.text) <= 80 and _ATTACHMENT.match(line.text):
            line.kind = BlockKind.ATTACHMENT
        above = lines[number - 1] if number else None
        if (
            above
            and above.kind is BlockKind.ATTACHMENT
            and line.kind is BlockKind.BODY
            and _goes_on(above, line)
        ):
            line.kind = BlockKind.ATTACHMENT


def _goes_on(above: Line, line: Line) -> bool:
    """Tell whether a line is the next of a list of attachments: 附件：1.…, then 2.…."""
    before, own = re.search(r"(\d{1,2})[.、]", above.text[:8]), re.match(r"(\d{1,2})[.、]", line.text)
    return bool(before and own and int(own[1]) == int(before[1]) + 1 and not line.ends_sentence)


def _mark_notes(lines: Sequence[Line]) -> None:
    """Mark what stands under 名词解释 or 注释 in the last part of the text."""
    for number in range(len(lines) - 1, len(lines) // 3, -1):
        if len(lines[number].text) <= 30 and _NOTES.fullmatch(lines[number].text):
            for line in lines[number:]:
                if line.kind is BlockKind.BODY:
                    line.kind = BlockKind.NOTE
            return
