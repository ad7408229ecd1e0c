"""zip of documents -> its members, unpacked into a private folder under names of our own. No path in it is trusted."""

from __future__ import annotations

import re
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from index.errors import ReadingError, TooLarge, Unsafe, UnsupportedFormat
from index.formats.kinds import kind_of
from index.formats.zips import Zip, damaged

DOCUMENTS = 500
LARGEST = 50_000_000  # bytes of one member
_NOISE = re.compile(r"(?:^|/)(?:__MACOSX/|\.(?!\.?/)|~\$|Thumbs\.db$|desktop\.ini$)", re.I)
_SIDE = (".toml", ".json")  # what corrects a document's title; not read out of a zip
_UNFIT = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]')


@dataclass(frozen=True, slots=True)
class Member:
    """A document of a zip: its name there, and where it lies now or why it does not."""

    name: str
    path: Path | None = None
    error: ReadingError | None = None


def unpack(path: Path, folder: Path) -> tuple[Member, ...]:
    """Unpack a zip's documents below `folder`, each into a folder of its own.

    Raises DocumentDamaged, Unsafe, DocumentEncrypted, TooLarge. What is wrong with one member is told with it.
    """
    with Zip(path) as opened:
        infos = [(name_of(info), info) for info in opened.members]
        wanted = [
            (name, info)
            for name, info in infos
            if not _NOISE.search(name) and not name.lower().endswith(_SIDE)
        ]
        if len(wanted) > DOCUMENTS:
            raise TooLarge(f"{path.name} 里有 {len(wanted)} 个文件：最多 {DOCUMENTS} 个。请拆成几个压缩包。")
        return tuple(
            _unpacked(opened, name, info, folder / f"{place:04}")
            for place, (name, info) in enumerate(sorted(wanted, key=lambda pair: pair[0]))
        )


def name_of(info: zipfile.ZipInfo) -> str:
    """Return a member's name, in UTF-8 or, where the zip does not say so, as Windows in China writes it (GBK)."""
    name = info.filename
    if not info.flag_bits & 0x800 and not name.isascii():
        try:
            data = name.encode("cp437")
            name = data.decode("utf-8")
            if max(name) < "\u0800":  # 通.txt in GBK is UTF-8 by chance
                name = data.decode("gb18030", "replace")
        except UnicodeDecodeError:
            name = data.decode("gb18030", "replace")
        except UnicodeEncodeError:
            pass  # a name that Python made of another mark
    return name.replace("\\", "/")


def _unpacked(opened: Zip, name: str, info: zipfile.ZipInfo, folder: Path) -> Member:
    shown = _UNFIT.sub("_", PurePosixPath(name).name)[-80:] or "文件"
    try:
        if info.file_size > LARGEST:
            raise TooLarge(
                f"{shown} 太大：最多 {LARGEST // 1_000_000} MB，实际 {info.file_size / 1e6:.1f} MB。"
            )
        folder.mkdir()
        path = folder / shown
        with opened.open(info) as source, path.open("wb") as target:
            left = LARGEST
            while block := source.read(min(1 << 20, left + 1)):
                left -= len(block)
                if left < 0:
                    raise Unsafe(f"{shown} 解压后比压缩包里写的大，像是压缩炸弹。请换一个文件。")
                target.write(block)
        if kind_of(path) == "zip":
            raise UnsupportedFormat(f"{shown} 是压缩包里的压缩包：不再往里读。请解压后再试。")
    except ReadingError as error:
        return Member(name, error=error)
    except (OSError, zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError):
        return Member(name, error=damaged(shown))
    return Member(name, path)
