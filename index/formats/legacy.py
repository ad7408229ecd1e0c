"""doc, wps, rtf, xls -> text: antiword for a doc where it is installed, else LibreOffice, else how to convert."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from index.errors import DocumentDamaged, FormatExtraMissing
from index.formats import sheets, word
from index.formats.kinds import kind_of
from index.formats.types import Extracted

CALLED = {
    "doc": "旧式的 Word 文件（doc）",
    "wps": "WPS 文件（wps）",
    "rtf": "RTF 文件",
    "xls": "旧式的 Excel 文件（xls）",
}
_OFFICES = ("soffice", "libreoffice")
_PICTURE = re.compile(r"^\[pic\]$", re.M)
_GAPS = re.compile(r"\n{3,}")


def extract(path: Path) -> Extracted:
    """Read a file of an older format. Raises FormatExtraMissing, DocumentDamaged."""
    kind = kind_of(path)
    if kind in ("doc", "wps") and (antiword := shutil.which("antiword")):
        text = _by_antiword(antiword, path)
        if text is not None:
            return Extracted(text)
    office = next((found for name in _OFFICES if (found := shutil.which(name))), None)
    if office is None:
        further = "xlsx" if kind == "xls" else "docx"
        tool = "antiword 或 LibreOffice" if kind == "doc" else "LibreOffice"
        raise FormatExtraMissing(
            f"{path.name} 是{CALLED.get(kind, kind)}，这台电脑上没有读它的 {tool}。"
            f"请用 Word 或 WPS 打开，另存为 {further} 后再试。"
        )
    return _by_office(office, path, "xlsx" if kind == "xls" else "docx")


def _by_antiword(antiword: str, path: Path) -> str | None:
    """Return the text of a doc, a paragraph a line; None where antiword cannot read it."""
    command = [antiword, "-i", "1", "-w", "0", "-m", "UTF-8.txt", os.fspath(path.resolve())]
    environment = {"PATH": os.environ.get("PATH", ""), "HOME": tempfile.gettempdir(), "LC_ALL": "C.UTF-8"}
    done = subprocess.run(command, capture_output=True, env=environment, check=False)  # noqa: S603
    text = done.stdout.decode("utf-8", "replace")
    if done.returncode or not text.strip():
        return None
    lines = ("\t".join(_cells(line)) for line in _PICTURE.sub("", text).split("\n"))
    return _GAPS.sub("\n\n", "\n".join(lines)).strip("\n") + "\n"


def _cells(line: str) -> list[str]:
    """Return the cells of a row as antiword draws it: |one |two |; the line itself where it is none."""
    if len(line) > 2 and line[0] == line.rstrip()[-1] == "|":
        return [cell.strip() for cell in line.strip().strip("|").split("|")]
    return [line.rstrip()]


def _by_office(office: str, path: Path, form: str) -> Extracted:
    """Return what LibreOffice makes of a file: converted in a folder and a profile of its own, macros never run."""
    with tempfile.TemporaryDirectory() as folder:
        inside = Path(folder) / f"in{path.suffix}"
        shutil.copyfile(path, inside)
        profile = (Path(folder) / "profile").as_uri()
        command = [
            office, "--headless", "--norestore", "--nolockcheck", "--nodefault", f"-env:UserInstallation={profile}",
            "--convert-to", form, "--outdir", folder, os.fspath(inside),
        ]  # fmt: skip
        environment = {"PATH": os.environ.get("PATH", ""), "HOME": folder, "LC_ALL": "C.UTF-8"}
        subprocess.run(command, capture_output=True, env=environment, check=False, cwd=folder)  # noqa: S603
        made = Path(folder) / f"in.{form}"
        if not made.exists():
            raise DocumentDamaged(
                f"{path.name} 打不开：LibreOffice 没有读懂它。请用 Word 或 WPS 打开并另存一份。"
            )
        return sheets.extract(made) if form == "xlsx" else word.extract(made)
