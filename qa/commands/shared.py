"""What the commands share: exit codes, the settings and the engine that the options name, common options."""

from __future__ import annotations

import argparse
import atexit
import os
from dataclasses import fields, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import index
from qa.answering import Engine
from qa.arguments import ChineseParser
from qa.builtin import default_cache
from qa.filecache import FileCache
from qa.files import index_of
from qa.opening import open_engine
from qa.reranking import load_reranker
from qa.settings import Settings, load_settings

ANSWERED, NOT_FOUND, BAD_USE, BROKEN, NO_STREAM, INTERNAL, INTERRUPTED = 0, 1, 2, 3, 4, 5, 130

Commands: TypeAlias = "argparse._SubParsersAction[ChineseParser]"


def settings_of(options: argparse.Namespace) -> Settings:
    """Return the settings in force under the options. Raises BadSetting."""
    return load_settings(file=options.config, flags=flags_of(options))


def flags_of(options: argparse.Namespace) -> dict[str, Any]:
    """Return the settings that the options name: --set NAME=VALUE, and the flags that are called as a setting is."""
    flags = dict(options.set)
    for one in fields(Settings):
        given = getattr(options, one.name, None)
        if given is not None:
            flags[one.name] = str(given) if isinstance(given, Path) else given
    if getattr(options, "no_cache", False):
        flags["file_cache_megabytes"] = 0
    return flags


def named_value(text: str) -> tuple[str, str]:
    """Return what --set was given, name and value. Raises ArgumentTypeError."""
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"应为 设置=值，如 passages=5，实际是“{text}”")
    return name.strip().replace("-", "_"), value


def engine_of(options: argparse.Namespace, encoder: str | None = None) -> Engine:
    """Open what the options name; files are indexed with `encoder` where none is named."""
    settings = settings_of(options)
    if getattr(options, "library", None):
        return _distant(options, settings)
    if options.file and encoder and not settings.encoder:
        settings = replace(settings, encoder=encoder)
    if not options.file:
        return open_engine(settings=settings, allow_download=options.allow_download)
    root = Path(settings.cache) if settings.cache else default_cache(os.environ)
    cache = FileCache(root / "files", settings.file_cache_megabytes)
    made = partial(index_of, options.file, cache=cache)
    return open_engine(settings=settings, allow_download=options.allow_download, make=made)


def _distant(options: argparse.Namespace, settings: Settings) -> Engine:
    """Open a library that an engine holds; it is let go of when the program ends."""
    from qa.distant import open_distant  # engines: what only they need

    encoder = index.load_encoder(settings.encoder or None, allow_download=options.allow_download)
    stage = index.open_stage(options.library, encoder.fingerprint)
    atexit.register(stage.close)
    reranker = load_reranker(settings.reranker, encoder, allow_download=options.allow_download)
    return open_distant(stage, encoder, settings, reranker)


def add_library(source: Any) -> None:
    """Declare --library beside --index."""
    source.add_argument(
        "--library",
        metavar="地址",
        help="由引擎保管的文稿库：qdrant://主机:端口/名字（密钥放在环境变量 QDRANT_API_KEY），或 edge:文件夹",
    )


def add_source(parser: argparse.ArgumentParser, *, elsewhere: bool = False) -> None:
    """Declare which text is asked: an index folder, files or a library `elsewhere`, which document, by which models."""
    source = parser.add_mutually_exclusive_group()
    if elsewhere:
        add_library(source)
    source.add_argument("--index", type=Path, metavar="文件夹", help="索引文件夹；不写则用内置讲话")
    source.add_argument(
        "--file",
        type=Path,
        action="append",
        metavar="文件",
        help="不建索引，直接读这个文件（Word、PDF、网页等）、文件夹或 zip，可写多次",
    )
    parser.add_argument(
        "--no-cache",
        action="store_true",
        help="与 --file 同用：不用、也不留上次读这个文件的结果（用户缓存目录里）",
    )
    parser.add_argument("--document", metavar="文稿", help="只问哪一篇：编号、标题或标题里的几个字")
    add_common(parser)
    add_download(parser)
    add_reranker(parser)


def add_reranker(parser: argparse.ArgumentParser) -> None:
    """Declare --reranker."""
    parser.add_argument(
        "--reranker", metavar="模型", help="重排模型：模型名或文件夹；不写则用自带的；none：不重排"
    )


def add_download(parser: argparse.ArgumentParser) -> None:
    """Declare --allow-download."""
    parser.add_argument("--allow-download", action="store_true", help="本机没有模型时允许联网下载")


def add_common(parser: argparse.ArgumentParser) -> None:
    """Declare --encoder, --config and --set."""
    parser.add_argument(
        "--encoder", metavar="模型", help="编码器：模型名或文件夹；不写则用自带的；fast：只用其中快的一半"
    )
    add_settings(parser)


def add_settings(parser: argparse.ArgumentParser) -> None:
    """Declare --config and --set."""
    parser.add_argument("--config", type=Path, metavar="文件", help="TOML 配置文件")
    parser.add_argument(
        "--set",
        type=named_value,
        action="append",
        default=[],
        metavar="设置=值",
        help="任一设置，可写多次；有哪些见 speechqa config",
    )
