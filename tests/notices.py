"""Writes the table of installed packages into THIRD_PARTY_NOTICES.md: `python -m tests.notices`.

The packages are those that `pip install speechqa[app]` brings: the requirements of the core and of the extra `app`,
and theirs, on this system. Licences are what each package says of itself.
"""

from __future__ import annotations

import re
import tomllib
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from qa.bundle import licences

ROOT = Path(__file__).parents[1]
FILE = ROOT / "THIRD_PARTY_NOTICES.md"
BEGIN, END = "<!-- packages: python -m tests.notices -->", "<!-- /packages -->"
STRONG = re.compile(r"\bA?GPL|GNU (?:Affero )?General Public", re.I)


def installed(extras: tuple[str, ...] = ("app",)) -> dict[str, tuple[str, ...]]:
    """Return every package that comes with speechqa and those extras, with the names of what asks for it."""
    found: dict[str, set[str]] = {}
    waiting = [("speechqa", extra) for extra in ("", *extras)]
    seen = set(waiting)
    while waiting:
        name, extra = waiting.pop()
        for text in _requires(name):
            wanted = Requirement(text)
            if wanted.marker is not None and not wanted.marker.evaluate({"extra": extra}):
                continue
            if extra and wanted.marker is None:
                continue  # asked for without the extra, too
            package = canonicalize_name(wanted.name)
            found.setdefault(package, set()).add(canonicalize_name(name))
            for further in ("", *wanted.extras):
                if (package, further) not in seen:
                    seen.add((package, further))
                    waiting.append((package, further))
    return {name: tuple(sorted(found[name])) for name in sorted(found)}


def _requires(package: str) -> list[str]:
    """Return what a package asks for; of our own what pyproject.toml says, however old the installation is."""
    if package != "speechqa":
        return metadata.requires(package) or []
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    return [
        *project["dependencies"],
        *(f'{wanted}; extra == "{extra}"' for extra, listed in extras.items() for wanted in listed),
    ]


def licence_of(package: str) -> str:
    """Return a package's licence by its SPDX name; "?" where it says none."""
    return licences.licence_of(metadata.metadata(package))


def table() -> str:
    """Return the table, one line a package."""
    core = set(installed(()))
    lines = ["| package | licence | comes with |", "|---|---|---|"]
    for name, by in installed().items():
        where = "core" if name in core else "extra app"
        direct = "" if "speechqa" in by else f", for {', '.join(by)}"
        lines.append(f"| {name} | {licence_of(name)} | {where}{direct} |")
    return "\n".join(lines)


def replaced(text: str, new: str) -> str:
    """Return the notices with the table between the marks replaced. Raises ValueError where there are no marks."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{FILE.name}: {BEGIN} … {END} is missing")
    return f"{before}{BEGIN}\n{new}\n{END}{after}"


if __name__ == "__main__":
    FILE.write_text(replaced(FILE.read_text("utf-8"), table()), "utf-8")
