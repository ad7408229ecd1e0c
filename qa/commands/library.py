"""`speechqa add | remove | list | verify | gc | rollback`: a library, one folder of many documents."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

import index
from index import load_encoder
from qa import streams
from qa.commands.shared import ANSWERED, BROKEN, Commands, add_common, add_download, add_library, settings_of
from qa.errors import DocumentNeeded, UnknownDocument
from qa.rendering import visible

SHOWN = 20  # names of a kind in the summary; --json has all


def declare(commands: Commands) -> None:
    """Add the commands of this module to the grammar."""
    parser = commands.add_parser(
        "add",
        help="把文稿加进文稿库",
        description="把文件、文件夹和 zip 加进文稿库（--index 的文件夹，没有就新建）：没有变的不再读，变了的换成新的，"
        "同样内容的只留一份；读不了的说明原因，其余照常。中途停下，已写完的都在。",
    )
    parser.add_argument(
        "files", nargs="+", type=Path, metavar="文件", help="文稿（Word、PDF、网页、txt 等）、文件夹或 zip"
    )
    _add_index(parser, elsewhere=True)
    parser.add_argument("--again", action="store_true", help="没有变的文件也重新读（换了新版软件之后）")
    parser.add_argument(
        "--mirror", action="store_true", help="所列文件夹里已经删掉的文件，它的文稿也从文稿库去掉"
    )
    parser.add_argument("--json", action="store_true", help="输出 JSON")
    add_common(parser)
    add_download(parser)
    parser.set_defaults(run=add)

    parser = commands.add_parser(
        "remove", help="从文稿库去掉文稿", description="从文稿库去掉文稿；原文件不动。"
    )
    parser.add_argument("documents", nargs="+", metavar="文稿", help="编号、标题、文件名或路径")
    _add_index(parser, elsewhere=True)
    add_common(parser)
    parser.set_defaults(run=remove)

    parser = commands.add_parser("list", help="列出文稿库里的文稿", description="列出索引文件夹里的文稿。")
    _add_index(parser, elsewhere=True)
    parser.add_argument("--json", action="store_true", help="输出 JSON，一行一篇")
    parser.set_defaults(run=list_documents)

    parser = commands.add_parser(
        "verify",
        help="检查文稿库",
        description="检查每个文件的校验和、每处位置、每段原文；有损坏就说明是哪一个、怎样修复，退出码 3。",
    )
    _add_index(parser, elsewhere=True)
    parser.set_defaults(run=verify)

    parser = commands.add_parser(
        "gc",
        help="清理文稿库",
        description="删除没有用的旧快照和旧文稿文件；现在用的和上一个快照所需的都留着，十分钟内的快照也留着。",
    )
    _add_index(parser)
    parser.set_defaults(run=collect)

    parser = commands.add_parser(
        "rollback",
        help="回到上一个快照",
        description="文稿库回到最近一次增删之前；再做一次就又回来。先检查那个快照是否完好。",
    )
    _add_index(parser)
    parser.add_argument("--to", metavar="编号", help="回到哪个快照；不写则为上一个")
    parser.set_defaults(run=roll_back)


def _add_index(parser: argparse.ArgumentParser, *, elsewhere: bool = False) -> None:
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--index", type=Path, metavar="文件夹", help="文稿库在哪里")
    if elsewhere:
        add_library(source)


def add(options: argparse.Namespace) -> int:
    """Add files to a library; the exit code says whether some were refused."""
    encoder = load_encoder(settings_of(options).encoder or None, allow_download=options.allow_download)
    how = index.Adding(options.again, options.mirror, _told, _Line().show)
    report: index.Report
    if options.library:
        with index.EngineLibrary.open(options.library) as there:
            report = there.add(options.files, encoder, how)
    else:
        report = index.add_files(options.index, options.files, encoder, how)
    if options.json:
        streams.show(json.dumps(asdict(report), ensure_ascii=False))
    else:
        streams.show("\n".join(summary(report)))
    return BROKEN if report.refused else ANSWERED


def summary(report: index.Report) -> list[str]:
    """Return what became of the files: how many of each kind, the new ones and the refused by name."""
    lines = [f"说明：{visible(note)}" for note in report.notes[:SHOWN]]
    for label, entries in (("新加", report.added), ("更新", report.replaced), ("去掉", report.gone)):
        lines += _listed(label, [_title(e) for e in entries])
    others = report.elsewhere if isinstance(report, index.Filled) else []
    lines += _listed("别的程序正在加", [visible(name) for name in others])
    lines += _listed("重复", [f"{visible(name)} 与{_title(e)}内容相同，没有再加" for name, e in report.twins])
    lines += _listed("没有读入", [visible(r.message) for r in report.refused])
    counts = [
        f"{name} {len(found)}"
        for name, found in (
            ("新加", report.added),
            ("更新", report.replaced),
            ("没有变", report.same),
            ("重复", report.twins),
            ("去掉", report.gone),
            ("别的程序正在加", others),
            ("没有读入", report.refused),
        )
        if found
    ]
    return [*lines, "，".join(counts) + "。"] if counts else [*lines, "没有文稿。"]


def _listed(label: str, said: Sequence[str]) -> list[str]:
    more = len(said) - SHOWN
    return [
        *(f"{label}：{one}" for one in said[:SHOWN]),
        *([f"{label}：……还有 {more} 个"] if more > 0 else []),
    ]


def _title(entry: index.Entry) -> str:
    return f"《{visible(entry.title)}》（{entry.id}，{entry.characters} 字）"


class _Line:
    """The line on a terminal that says how far an adding is, how fast and how long still."""

    def __init__(self) -> None:
        self._shown = sys.stderr is not None and sys.stderr.isatty()
        self._begun = self._last = time.monotonic()

    def show(self, done: index.Done) -> None:
        """Show it, at most five times a second."""
        now = time.monotonic()
        if not self._shown or (now - self._last < 0.2 and done.files < done.of_files):
            return
        self._last = now
        end = "\n" if done.files == done.of_files else ""
        sys.stderr.write(f"\r\x1b[K{progress_line(done, now - self._begun)}{end}")
        sys.stderr.flush()


def progress_line(done: index.Done, seconds: float) -> str:
    """Return how far an adding is after so many seconds; what remains is reckoned by the files' sizes."""
    parts = [f"{done.files} / {done.of_files} 个文件"]
    if done.files and seconds > 0:
        parts.append(f"{done.files / seconds:.1f} 个/秒")
    if done.bytes and done.files < done.of_files:
        left = seconds * (done.of_bytes - done.bytes) / done.bytes
        parts.append(f"还要约 {_duration(left)}")
    return "，".join(parts) + (f"：{visible(done.name)}" if done.name else "")


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{max(1, round(seconds))} 秒"
    return f"{round(seconds / 60)} 分钟" if seconds < 5400 else f"{seconds / 3600:.1f} 小时"


def remove(options: argparse.Namespace) -> int:
    """Take documents out of a library."""
    if options.library:
        with index.EngineLibrary.open(options.library) as there:
            held = there.entries()
            ids = {named(held, streams.typed(name)).id for name in options.documents}
            for entry in there.remove(ids, index.Adding(told=_told)):
                streams.show(f"已去掉{_title(entry)}")
        return ANSWERED
    entries = index.entries_of(options.index)
    wanted = {named(entries, streams.typed(name)).id for name in options.documents}
    encoder = load_encoder(settings_of(options).encoder or None)
    for entry in index.remove_documents(options.index, wanted, encoder, _told):
        streams.show(f"已去掉{_title(entry)}")
    return ANSWERED


def named(entries: Sequence[index.Entry], name: str) -> index.Entry:
    """Return the one document of that id, title, file or path. Raises UnknownDocument, DocumentNeeded."""
    found = [e for e in entries if name in (e.id, e.path)] or [
        e for e in entries if name in (e.title, e.source) or (e.path and str(Path(name).resolve()) == e.path)
    ]
    if len(found) > 1:
        several = "、".join(f"{e.id}《{visible(e.title)}》" for e in found)
        raise DocumentNeeded(f"有 {len(found)} 篇文稿叫“{visible(name)}”：{several}。请用编号指明一篇。")
    if not found:
        raise UnknownDocument(f"文稿库里没有“{visible(name)}”。请用 speechqa list 查看编号。")
    return found[0]


def list_documents(options: argparse.Namespace) -> int:
    """List the documents of an index folder."""
    if options.library:
        with index.EngineLibrary.open(options.library) as there:
            entries, where = there.entries(), f"引擎 {there.store.name}"
    else:
        entries, where = index.entries_of(options.index), f"快照 {index.pointer(options.index)}"
    for entry in entries:
        if options.json:
            streams.show(json.dumps(asdict(entry), ensure_ascii=False))
        else:
            year = f"（{entry.year}年）" if entry.year else ""
            path = f"  {visible(entry.path)}" if entry.path else ""
            streams.show(f"{entry.id}  《{visible(entry.title)}》{year}  {entry.characters} 字{path}")
    if not options.json:
        total = sum(entry.characters for entry in entries)
        streams.show(f"共 {len(entries)} 篇，{total:,} 字；{where}")
    return ANSWERED


def verify(options: argparse.Namespace) -> int:
    """Look through a library; the exit code says whether something is damaged."""
    if options.library:
        with index.EngineLibrary.open(options.library) as there:
            damaged = _shown(index.check_library(there.store))
            entries = there.entries()
    else:
        damaged = _shown(index.verify(options.index))
        entries = () if damaged else index.entries_of(options.index)
    if damaged:
        return BROKEN
    streams.show(f"完好：{len(entries)} 篇文稿，每个文件的校验和、每处位置都对。")
    return ANSWERED


def _shown(problems: Iterable[str]) -> bool:
    """Show what is wrong; tell whether anything was."""
    damaged = False
    for problem in problems:
        damaged = True
        streams.show(f"损坏：{visible(problem)}")
    return damaged


def collect(options: argparse.Namespace) -> int:
    """Delete what a library no longer needs."""
    found = index.collect_garbage(options.index, _told)
    streams.show(
        f"删除了 {found.snapshots} 个旧快照、{found.documents} 个旧文稿文件，腾出 {found.bytes / 1e6:.1f} MB。"
    )
    if found.young:
        streams.show(f"另有 {found.young} 个快照不到十分钟，可能还有人在读，留着。")
    if found.unsure:
        streams.show("有一个快照读不了，所以文稿文件一个也没有删。请先运行 speechqa verify。")
    return ANSWERED


def roll_back(options: argparse.Namespace) -> int:
    """Put an earlier snapshot in force."""
    before, now = index.go_back(options.index, options.to and streams.typed(options.to), _told)
    entries = index.entries_of(options.index)
    streams.show(f"快照 {before or '（没有）'} → {now}：{len(entries)} 篇文稿。要再回来，再做一次。")
    return ANSWERED


def _told(message: str) -> None:
    streams.complain(f"注意：{visible(message)}")
