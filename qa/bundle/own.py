"""Our own wheel: built from the source tree where we run from one, else put together from what is installed."""

from __future__ import annotations

import base64
import csv
import io
import zipfile
from hashlib import sha256
from importlib import metadata
from pathlib import Path, PurePosixPath

import qa
from qa.bundle.pips import build_tree
from qa.errors import BundleFailed

_MADE = {"RECORD", "INSTALLER", "REQUESTED", "direct_url.json"}  # by the installer, in our .dist-info


def own_wheel(folder: Path) -> Path:
    """Put the wheel of the running speechqa into a folder; return it. Raises BundleFailed."""
    tree = Path(qa.__file__).parents[1]
    if 'name = "speechqa"' in _text(tree / "pyproject.toml"):
        build_tree(tree, folder)
        return next(folder.glob("speechqa-*.whl"))
    return rebuilt(metadata.distribution("speechqa"), folder)


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def rebuilt(installed: metadata.Distribution, folder: Path) -> Path:
    """Return an installed distribution as the wheel it came from: the files that its RECORD names, unchanged.

    Raises BundleFailed where one of them is missing or is not what was installed.
    """
    info = f"{installed.name.replace('-', '_')}-{installed.version}.dist-info"
    told = installed.read_text("WHEEL") or ""
    tag = next((line[5:].strip() for line in told.splitlines() if line.startswith("Tag: ")), "py3-none-any")
    wheel = folder / f"{installed.name.replace('-', '_')}-{installed.version}-{tag}.whl"
    rows: list[tuple[str, str, str]] = []
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as made:
        for file in sorted(installed.files or (), key=str):
            path = PurePosixPath(str(file).replace("\\", "/"))
            if not _belongs(path, info):
                continue
            data = _checked(file)
            made.writestr(zipfile.ZipInfo(str(path), (2020, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
            rows.append((str(path), f"sha256={_digest(data)}", str(len(data))))
        if not any(name.startswith("qa/") for name, _, _ in rows) and installed.name == "speechqa":
            raise BundleFailed("本软件的安装不完整（RECORD 里没有程序）。请重新安装后再打包。")
        record = io.StringIO()
        csv.writer(record, lineterminator="\n").writerows([*rows, (f"{info}/RECORD", "", "")])
        made.writestr(zipfile.ZipInfo(f"{info}/RECORD", (2020, 1, 1, 0, 0, 0)), record.getvalue())
    return wheel


def _belongs(path: PurePosixPath, info: str) -> bool:
    """Tell whether a file came in the wheel: not made at installation, not outside (scripts)."""
    if path.is_absolute() or ".." in path.parts or "__pycache__" in path.parts:
        return False
    return not (path.parts[0] == info and len(path.parts) == 2 and path.name in _MADE)


def _checked(file: metadata.PackagePath) -> bytes:
    try:
        data = Path(str(file.locate())).read_bytes()
    except OSError as error:
        raise BundleFailed(f"本软件的文件 {file} 读不了（{error.strerror}）。请重新安装后再打包。") from error
    if file.hash is not None and file.hash.mode == "sha256" and file.hash.value != _digest(data):
        raise BundleFailed(f"本软件的文件 {file} 与安装时不同。请重新安装后再打包。")
    return data


def _digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(sha256(data).digest()).rstrip(b"=").decode()
