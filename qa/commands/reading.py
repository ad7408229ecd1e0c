"""`speechqa index | outline | digest`."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

import index
from index import FAST, load_encoder
from qa import streams
from qa.citation import document_name
from qa.commands.shared import (
    ANSWERED,
    Commands,
    add_common,
    add_download,
    add_source,
    engine_of,
    settings_of,
)
from qa.contents import contents_json, contents_lines
from qa.errors import BadRequest
from qa.files import documents_of
from qa.rendering import digest_json, to_outline, visible
from qa.requests import chosen_document, digests_of, named_document, outline_of
from qa.terminal import digest_text


def declare(commands: Commands) -> None:
    """Add the commands of this module to the grammar."""
    parser = commands.add_parser("index", help="为文稿建立索引", description="为一篇或几篇文稿建立索引。")
    parser.add_argument(
        "files", nargs="+", type=Path, metavar="文件", help="文稿（Word、PDF、网页、txt 等）、文件夹或 zip"
    )
    parser.add_argument("--index", type=Path, required=True, metavar="文件夹", help="索引放在哪里")
    parser.add_argument(
        "--title",
        metavar="标题",
        help="文稿标题（只有一个文件时可用）；不写则看旁边的 文件名.toml，再从文中找",
    )
    add_common(parser)
    add_download(parser)
    parser.set_defaults(run=index_files)

    parser = commands.add_parser("outline", help="显示文稿结构", description="显示文稿的章节结构。")
    add_source(parser, elsewhere=True)
    parser.add_argument("--json", action="store_true", help="输出 JSON")
    parser.add_argument(
        "--all", action="store_true", help="另列文中的列举、释义、引号中的词、数量、日期、人物和表格"
    )
    parser.set_defaults(run=outline)

    parser = commands.add_parser(
        "digest",
        help="概览：各部分的要点、关键句和数据",
        description="总结全文：逐个部分列出标题、要点、关键句、数据和表格，都是一字不差的原文，注明出处；大约一屏，没有列出的有数。",
    )
    add_source(parser)
    parser.add_argument("--full", action="store_true", help="不限一屏：列出全部要点，每个要点有关键句")
    parser.add_argument("--part", type=int, metavar="序号", help="只看第几部分")
    parser.add_argument("--json", action="store_true", help="输出 JSON，一行一篇")
    parser.set_defaults(run=digest)


def index_files(options: argparse.Namespace) -> int:
    """Index files into a folder."""
    if options.title is not None and len(options.files) > 1:
        raise BadRequest(
            f"--title 只能用于一个文件，这里有 {len(options.files)} 个。请分别建立或去掉 --title。"
        )
    documents = documents_of(options.files, title=options.title)
    encoder = load_encoder(settings_of(options).encoder or None, allow_download=options.allow_download)
    snapshot = index.build_index(documents, encoder=encoder, root=options.index, progress=sys.stderr.isatty())
    for one in snapshot.documents:
        streams.show(
            f"已索引{visible(document_name(one))}：{len(one.document.text)} 字，{len(one.sections)} 节，{len(one.passages)} 段。"
        )
    streams.show(f"快照 {snapshot.id} → {options.index}")
    return ANSWERED


def outline(options: argparse.Namespace) -> int:
    """Show a document's section tree."""
    engine = engine_of(options, encoder=FAST)  # nothing is asked of it
    one = chosen_document(engine, options.document)
    if options.json:
        found = {"contents": contents_json(one)} if options.all else {}
        streams.show(json.dumps(asdict(outline_of(one)) | found, ensure_ascii=False))
        return ANSWERED
    streams.show(to_outline(one))
    if options.all:
        streams.show("\n".join(contents_lines(one)))
    return ANSWERED


def digest(options: argparse.Namespace) -> int:
    """Show what a document says, part by part: of each one asked, in less room where there are several."""
    engine = engine_of(options)
    named = named_document(engine, options.document and streams.typed(options.document))
    if options.part is not None:
        named = chosen_document(engine, named).document.id
    digests = digests_of(engine, named, part=options.part, full=options.full)
    for number, one in enumerate(digests):
        if options.json:
            streams.show(json.dumps(digest_json(one), ensure_ascii=False))
        else:
            streams.show(("\n" if number else "") + digest_text(one, streams.columns()))
    return ANSWERED
