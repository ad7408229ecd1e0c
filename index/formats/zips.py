"""A zip opened with limits: how many members, how much they unpack to, none encrypted. No path in it is trusted."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import IO

from index.errors import DocumentDamaged, DocumentEncrypted, Unsafe

MEMBERS = 10_000
UNPACKED = 300_000_000  # bytes: 20 times the largest office document seen
RATIO = 200  # times its size a member may unpack to, beyond the first megabytes; XML comes to 40
FREE = 20_000_000  # bytes that may come of anything


class Zip:
    """A zip whose members are read by name, each at most to the size that it states."""

    def __init__(self, path: Path) -> None:
        """Open a zip. Raises DocumentDamaged, Unsafe, DocumentEncrypted."""
        self.name = path.name
        try:
            self._file = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, ValueError, OverflowError, NotImplementedError, OSError) as error:
            raise damaged(self.name) from error
        self.members = [info for info in self._file.infolist() if not info.is_dir()]
        self._known = {info.filename: info for info in self.members}
        self._check(path.stat().st_size)

    def _check(self, size: int) -> None:
        total = sum(info.file_size for info in self.members)
        if len(self.members) > MEMBERS:
            raise Unsafe(
                f"{self.name} 里有 {len(self.members)} 个文件：最多 {MEMBERS} 个。请拆成几个压缩包。"
            )
        if total > UNPACKED or total > FREE + RATIO * size:
            raise Unsafe(
                f"{self.name} 解压后有 {total / 1e6:.0f} MB，像是压缩炸弹：最多 {UNPACKED // 1_000_000} MB。请换一个文件。"
            )
        if any(info.flag_bits & 1 for info in self.members):
            raise encrypted(self.name)

    def __contains__(self, name: str) -> bool:
        """Tell whether there is such a member."""
        return name in self._known

    def __enter__(self) -> Zip:
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()

    def names(self) -> list[str]:
        """Return the members' names, as the zip spells them."""
        return list(self._known)

    def open(self, info: zipfile.ZipInfo) -> IO[bytes]:
        """Open a member. Raises what zipfile raises."""
        return self._file.open(info)

    def read(self, name: str) -> bytes:
        """Return a member's bytes. Raises DocumentDamaged where it is missing or broken."""
        try:
            return self._file.read(self._known[name])
        except (KeyError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError) as error:
            raise damaged(self.name) from error
        except (OSError, RuntimeError) as error:
            raise damaged(self.name) from error


def damaged(name: str) -> DocumentDamaged:
    """Return what to say of a file that is broken."""
    return DocumentDamaged(f"{name} 已损坏：打不开其中的内容。请用原来的软件打开并另存一份，或重新下载。")


def encrypted(name: str) -> DocumentEncrypted:
    """Return what to say of a file with a password."""
    return DocumentEncrypted(
        f"{name} 加了密码：应为没有密码的文件。请用 Word、WPS 或压缩软件取消密码后再试。"
    )
