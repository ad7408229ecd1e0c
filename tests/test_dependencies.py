"""What is imported is declared, and what is installed stands in THIRD_PARTY_NOTICES.md with its licence."""

import ast
import sys
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests import notices

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
OWN = {"index", "qa", "tests", "app"}


def names(requirements: list[str]) -> set[str]:
    return {canonicalize_name(Requirement(r).name) for r in requirements}


def imported(path: Path) -> Iterator[str]:
    """Yield the packages that a file imports, also by importlib.import_module("…")."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "importlib.import_module":
            for given in node.args:
                if isinstance(given, ast.Constant) and isinstance(given.value, str):
                    yield given.value


def declared_for(path: Path) -> set[str]:
    """Return what a file may import: the page's parts only with the extra, training with its own."""
    declared = names(PROJECT["dependencies"])
    parts = path.relative_to(ROOT).parts
    if parts[:2] == ("qa", "web") or parts[-1] in ("memo.py", "cli.py", "app.py"):
        declared |= names(EXTRAS["app"])
    if parts[-1] in ("encoder.py", "reranking.py"):
        declared |= names(EXTRAS["models"])
    if parts[:2] == ("index", "formats") and parts[-1] in (
        *("drawing.py", "ocr.py"),
        *("recognition.py", "ruling.py"),
    ):
        declared |= names(EXTRAS["ocr"])
    if parts[:2] == ("index", "engine") and parts[-1] in ("edge.py", "qdrant.py"):
        declared |= names(EXTRAS["qdrant"])
    if parts[-1] == "mcpserver.py":
        declared |= names(EXTRAS["mcp"])
    if "training" in parts:
        declared |= names(EXTRAS["training"] + EXTRAS["models"])
    if parts[0] == "tests":
        declared |= names([r for extra in EXTRAS.values() for r in extra])
    return declared


@cache
def packages_distributions() -> Mapping[str, list[str]]:
    """Return what each package comes from, looked for once."""
    return metadata.packages_distributions()


FILES = [
    p
    for p in ROOT.rglob("*.py")
    if p.relative_to(ROOT).parts[0] in OWN or p.relative_to(ROOT).parts == ("app.py",)
]


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_what_is_imported_is_declared(path: Path) -> None:
    providers = packages_distributions()
    packages = {name.split(".")[0] for name in imported(path)} - OWN - set(sys.stdlib_module_names)
    declared = declared_for(path)
    for package in packages:
        known = {canonicalize_name(d) for d in providers.get(package, [package])}
        assert known & declared, f"{package} ({', '.join(known)}) is not declared in pyproject.toml"


def test_the_notices_name_every_installed_package_with_its_licence() -> None:
    """Fails where a package came, went or changed its licence: `python -m tests.notices` writes the table anew."""
    text = (ROOT / "THIRD_PARTY_NOTICES.md").read_text("utf-8")
    assert notices.replaced(text, notices.table()) == text


def test_nothing_with_a_strong_copyleft_licence_is_installed() -> None:
    for package in notices.installed():
        licence = notices.licence_of(package)
        assert licence != "?", package
        assert not notices.STRONG.search(licence), f"{package}: {licence}"
