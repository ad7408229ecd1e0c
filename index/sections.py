"""Document -> section tree.

Three sources of units, in this order: numbering that is consistent (二 after 一), headings on a line of
their own, and parallel wording. Levels come from how the numberings nest in the document at hand, never
from a fixed table.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from index.numbering import RUN_IN, Mark, find_marks
from index.parallel import command_run, parallel_units
from index.types import Section

HEADING_LIMIT = 40  # characters of a line that may be a heading without a number
TITLE_LIMIT = 60  # characters of a run-in heading that is kept whole; else its first clause

_DASH, _SPEAKS, _HEADING, _MARK, _LINE_END = range(5)  # events, in the order in which they count at one place
_DASHES = re.compile(r"\s*(?:——|—|--)(?!\s*\d{4}年)")
_STOP = re.compile(r"[。！？；!?;]")
_CLAUSE = re.compile(r"[，。：；！？,:;!?]")
_SALUTATION = re.compile(
    r"(?:各位[^，。！：\n]{1,12}|同志们|代表们|朋友们|乡亲们|女士们)(?:、?(?:各位[^，。！：\n]{1,8}|同志们|朋友们|先生们))*[！：，]"
)
_NOT_HEADING = re.compile(
    r"[。；，！？!?;]|^(?:来源|时间|作者|责任编辑|编辑|记者|图为|附件?\d*$|附[:：]|目录$|注[:：])|[:：]|^[—\-–]|^\d{4}年\d|^（\d{4}年|^\(\d{4}年|摄$"
)


@dataclass(slots=True)
class _Node:
    """A unit while the tree is being grown; `end` is set when it closes."""

    start: int
    kind: str
    ordinal: int | None
    marker_end: int
    parent: _Node | None
    at_line: bool = True
    end: int = 0
    children: list[_Node] = field(default_factory=list)


def parse_sections(text: str) -> tuple[Section, ...]:
    """Return the units of `text` as a tree in document order; empty where it shows no structure."""
    root = _Node(0, "root", None, 0, None, end=len(text.rstrip()))
    _grow_numbered(root, text)
    _wrap_paragraphs(root, text)
    _hang_counts(root, text)
    _add_parallel(root, text)
    sections: list[Section] = []
    _flatten(root, text, None, 1, sections)
    return tuple(sections)


# --- numbering and headings -------------------------------------------------------------------------


def _grow_numbered(root: _Node, text: str) -> None:
    marks = find_marks(text)
    headings = _plain_headings(text, {m.start for m in marks if m.at_line})
    seen: dict[str, int] = {}
    lost = _lines_are_lost(text)
    stack = [root]
    line_ends = [m.start() for m in re.finditer("\n", text)]
    events: list[tuple[int, int, Mark | None]] = [(m.start, _MARK, m) for m in marks]
    events += [(at, _HEADING, None) for at in headings]
    events += [(at, _DASH, None) for at in _dashed_lines(text)]
    events += [(at, _SPEAKS, None) for at in _salutations(text)]
    events += [(at, _LINE_END, None) for at in line_ends]
    events.sort(key=lambda e: e[:2])
    for number, (at, what, mark) in enumerate(events):
        if mark is not None:
            _take_mark(stack, mark, marks, seen, lost)
        elif what == _LINE_END:
            _leave_line(stack, events[number + 1 :], at)
        elif what == _DASH:
            _open_dash(stack, at, text)
        else:
            _close(stack, _depth_kept(stack, at, marks), at)
            if what == _HEADING:
                _open_heading(stack, at)
    while len(stack) > 1:
        stack.pop().end = root.end


def _take_mark(
    stack: list[_Node], mark: Mark, marks: Sequence[Mark], seen: dict[str, int], lost: bool
) -> None:
    """Let a mark continue an open count, start one, or be passed over."""
    for depth in range(len(stack) - 1, 0, -1):
        node = stack[depth]
        if node.kind == mark.kind and node.ordinal is not None and _follows(node, mark):
            _close(stack, depth, mark.start)
            _push(stack, mark, node.ordinal + 1 if mark.ordinal == 0 else mark.ordinal)
            seen[mark.kind] = stack[-1].ordinal or 0
            return
    apart = mark.after != "text" or (lost and mark.kind == "rank")
    starts = mark.ordinal == 1 and apart and _is_continued(mark, marks)
    runs_on = (
        mark.at_line and mark.kind in ("article", "section") and mark.ordinal == seen.get(mark.kind, -1) + 1
    )
    if starts or runs_on:
        same = next(
            (
                d
                for d in range(1, len(stack))
                if stack[d].kind == mark.kind and stack[d].at_line and mark.at_line
            ),
            None,
        )
        if same is not None:
            _close(stack, same, mark.start)
        _push(stack, mark, mark.ordinal)
        seen[mark.kind] = mark.ordinal


def _follows(node: _Node, mark: Mark) -> bool:
    return node.ordinal is not None and mark.ordinal in (0, node.ordinal + 1)


def _is_continued(mark: Mark, marks: Sequence[Mark]) -> bool:
    """Tell whether a second one follows a first one before the count starts anew."""
    following = (m for m in marks if m.start > mark.start and m.kind == mark.kind)
    return any(m.ordinal in (0, 2) for m in takewhile(lambda m: m.ordinal != 1, following))


def _push(stack: list[_Node], mark: Mark, ordinal: int) -> None:
    node = _Node(mark.start, mark.kind, ordinal, mark.end, stack[-1], mark.at_line)
    stack[-1].children.append(node)
    stack.append(node)


def _close(stack: list[_Node], depth: int, at: int) -> None:
    while len(stack) > depth:
        stack.pop().end = at


def _leave_line(stack: list[_Node], rest: Sequence[tuple[int, int, Mark | None]], at: int) -> None:
    """At a line's end close the counts that began inside it, unless the next line goes on with one."""
    following = next((m for s, w, m in rest if w == 1), None)
    for depth in range(1, len(stack)):
        node = stack[depth]
        if node.at_line or (node.kind not in RUN_IN and node.kind != "circle"):
            continue
        goes_on = (
            following is not None
            and following.at_line
            and following.kind == node.kind
            and _follows(node, following)
        )
        if not goes_on:
            _close(stack, depth, at)
            return


def _depth_kept(stack: list[_Node], at: int, marks: Sequence[Mark]) -> int:
    """Return how much of the stack goes on after a heading or an address to the audience at `at`.

    Every count that goes on after it stays open, and what holds that count; headings without a number
    stay open for an address only.
    """
    depth = 1
    for d in range(1, len(stack)):
        node = stack[d]
        coming = next((m for m in marks if m.start > at and m.kind == node.kind), None)
        if coming is not None and node.ordinal is not None and _follows(node, coming):
            depth = d + 1
    return depth


def _open_heading(stack: list[_Node], at: int) -> None:
    node = _Node(at, "heading", None, at, stack[-1])
    stack[-1].children.append(node)
    stack.append(node)


def _open_dash(stack: list[_Node], at: int, text: str) -> None:
    node = _Node(at, "dash", None, at, stack[-1], end=_line_end(text, at))
    stack[-1].children.append(node)


def _dashed_lines(text: str) -> list[int]:
    """Return where lines start that open with a dash and stand beside another such line."""
    lines = [m for m in re.finditer(r"[^\n]+", text) if m.group().strip()]
    dashed = [False, *(bool(_DASHES.match(m.group())) for m in lines), False]
    return [
        line.start() + len(line.group()) - len(line.group().lstrip())
        for before, line, own, after in zip(dashed, lines, dashed[1:], dashed[2:], strict=False)
        if own and (before or after)
    ]


def _lines_are_lost(text: str) -> bool:
    return "\n" not in text.strip() and len(text) > 2000


def _salutations(text: str) -> list[int]:
    """Return where the audience is addressed at the start of a block: of a line, or anywhere where lines are lost."""
    lost = _lines_are_lost(text)
    found = []
    for match in _SALUTATION.finditer(text):
        before = text[: match.start()].rstrip(" \u3000")
        apart = before[-1:] in "。！？；”）" or (match.group()[-1] == "！" and before[-1:] not in "，、：")
        if not before or before[-1] == "\n" or (lost and apart):
            found.append(match.start())
    return found


def _plain_headings(text: str, numbered: set[int]) -> list[int]:
    """Return where lines start that are headings without a number: short, alone, above a longer text."""
    lines = [(m.start(), m.group()) for m in re.finditer(r"[^\n]+", text) if m.group().strip()]
    body = next(
        (i for i, (_, line) in enumerate(lines) if len(line) > 60 or _SALUTATION.match(line.strip())),
        len(lines),
    )
    found: list[int] = []
    for i in range(body, len(lines) - 1):
        start, line = lines[i]
        plain = line.strip()
        start += len(line) - len(line.lstrip())
        if start in numbered or not 4 <= len(plain) <= HEADING_LIMIT or _NOT_HEADING.search(plain):
            continue
        below = lines[i + 1]
        if (
            len(below[1].strip()) > HEADING_LIMIT
            or below[0] + len(below[1]) - len(below[1].lstrip()) in numbered
        ):
            found.append(start)
    return found


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


# --- paragraphs that hold a count, and parallel wording ---------------------------------------------


def _wrap_paragraphs(root: _Node, text: str) -> None:
    """Make a unit of every paragraph whose count began inside it, where its section has other text too."""
    for parent in [root, *_descendants(root)]:
        groups: dict[int, list[_Node]] = {}
        for child in parent.children:
            if not child.at_line:
                groups.setdefault(_block_start(text, child.start, parent), []).append(child)
        for start, members in groups.items():
            heads = any(child.start == start for child in parent.children)
            if heads or (start <= parent.start and parent.kind != "root"):
                continue
            own_line = text[parent.start : _line_end(text, parent.start)]
            alone = (
                parent.kind != "root"
                and not _STOP.search(own_line)
                and not text[_line_end(text, parent.start) : start].strip()
                and not text[_block_end(text, members[-1]) : parent.end].strip()
            )
            if not alone:
                _adopt(parent, members, start, max(_block_end(text, members[-1]), members[-1].end))


def _block_start(text: str, at: int, parent: _Node) -> int:
    """Return where the block of text around `at` starts: its line, or the last salutation before it."""
    start = text.rfind("\n", 0, at) + 1
    begin = max(start, parent.start)
    for match in _SALUTATION.finditer(text, begin, at):
        before = text[: match.start()].rstrip()
        if match.group()[-1] == "！" or before[-1:] in "。！？；”）\n" or match.start() - start < 80:
            begin = match.start()
    return begin + len(text[begin:at]) - len(text[begin:at].lstrip())


def _block_end(text: str, last: _Node) -> int:
    return min(_line_end(text, last.start), last.end) if last.end else _line_end(text, last.start)


def _adopt(parent: _Node, members: list[_Node], start: int, end: int) -> None:
    node = _Node(start, "block", None, start, parent, end=end, children=members)
    for member in members:
        member.parent = node
    kept = [c for c in parent.children if c not in members]
    parent.children = sorted([*kept, node], key=lambda n: n.start)


def _descendants(node: _Node) -> list[_Node]:
    return [d for child in node.children for d in [child, *_descendants(child)]]


def _add_parallel(root: _Node, text: str) -> None:
    """Find units by parallel wording in every stretch of text that has no unit of its own yet."""
    for node in [root, *_descendants(root)]:
        for start, end in _bare_stretches(node, text):
            units = parallel_units(text, start, end)
            if not units:
                continue
            children = [
                _Node(s, "parallel", None, s, node, end=e)
                for s, e in zip(units, [*units[1:], end], strict=True)
            ]
            whole = (node.kind != "root" and start <= node.start) or (
                len(units) > 1 and text[start : units[0]].strip() == ""
            )
            if whole or (node.kind != "root" and _only_text(node, start, end, text)):
                node.children = sorted([*node.children, *children], key=lambda n: n.start)
            else:
                _adopt_new(node, children, start, end)


def _hang_counts(root: _Node, text: str) -> None:
    """Hang a count that begins inside a paragraph under the last of the commands that lead up to it."""
    for parent in [root, *_descendants(root)]:
        first = next((c for c in parent.children if not c.at_line), None)
        if first is None:
            continue
        line = text.rfind("\n", 0, first.start) + 1
        units = command_run(text, max(line, parent.start), first.start)
        if not units:
            continue
        members = [c for c in parent.children if not c.at_line and text.find("\n", first.start, c.start) < 0]
        ends = [*units[1:], members[-1].end]
        nodes = [_Node(s, "parallel", None, s, parent, end=e) for s, e in zip(units, ends, strict=True)]
        nodes[-1].children = members
        for member in members:
            member.parent = nodes[-1]
        kept = [c for c in parent.children if c not in members]
        parent.children = sorted([*kept, *nodes], key=lambda n: n.start)


def _only_text(node: _Node, start: int, end: int, text: str) -> bool:
    return (
        not node.children
        and text[_line_end(text, node.start) : start].strip() == ""
        and text[end : node.end].strip() == ""
    )


def _adopt_new(parent: _Node, children: list[_Node], start: int, end: int) -> None:
    block = _Node(start, "block", None, start, parent, end=end, children=children)
    for child in children:
        child.parent = block
    parent.children = sorted([*parent.children, block], key=lambda n: n.start)


def _bare_stretches(node: _Node, text: str) -> list[tuple[int, int]]:
    """Return the lines, or parts of lines, of a node that none of its children covers."""
    edges = [node.start if node.kind != "root" else 0]
    for child in node.children:
        edges += [child.start, child.end]
    edges.append(node.end)
    stretches: list[tuple[int, int]] = []
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        for match in re.finditer(r"[^\n]+", text[start:end]):
            line = match.group()
            begin = start + match.start() + len(line) - len(line.lstrip())
            if line.strip():
                stretches.append((begin, start + match.start() + len(line.rstrip())))
    return stretches


# --- the result -------------------------------------------------------------------------------------


def _flatten(node: _Node, text: str, parent: int | None, level: int, sections: list[Section]) -> None:
    for i, child in enumerate(node.children):
        limit = node.children[i + 1].start if i + 1 < len(node.children) else node.end
        end = min(max(child.end, child.start + 1), limit)
        end = child.start + len(text[child.start : end].rstrip())
        index = len(sections)
        numbered = child.ordinal is not None
        sections.append(
            Section(
                index=index,
                parent=parent,
                level=level,
                start=child.start,
                title_end=min(_title_end(text, child), end),
                end=end,
                marker=text[child.start : child.marker_end] if numbered else "",
                ordinal=child.ordinal,
            )
        )
        child.end = end
        _flatten(child, text, index, level + 1, sections)


def _title_end(text: str, node: _Node) -> int:
    """Return where a unit's heading ends: its line, its first sentence where that is short, or its first clause."""
    line = _line_end(text, node.start)
    address = _SALUTATION.match(text, node.start)
    begin = max(node.marker_end, node.start + 3, address.end() + 1 if address else 0)
    stop = _STOP.search(text, begin, line)
    if stop is None:
        whole = node.start + len(text[node.start : line].rstrip())
        if whole - node.start <= TITLE_LIMIT or node.kind == "heading":
            return whole
    elif stop.start() - node.start <= TITLE_LIMIT and node.kind != "parallel":
        return stop.start()
    clauses = [m.start() for m in _CLAUSE.finditer(text, begin, line)]
    fitting = [c for c in clauses if c - node.start <= TITLE_LIMIT]
    if node.ordinal is None or not fitting:
        return clauses[0] if clauses else min(line, node.start + TITLE_LIMIT)
    return fitting[-1]
