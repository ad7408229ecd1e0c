"""The house rules that a machine can check."""

import ast
import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = sorted(
    p
    for package in ("index", "qa")
    for p in (ROOT / package).rglob("*.py")
    if p.name not in ("__init__.py", "__main__.py")
)
HEAVY = {
    "torch",
    "sentence_transformers",
    "streamlit",
    "gensim",
    "sklearn",
    "fastapi",
    "starlette",
    "uvicorn",
}
PAGE = {
    "qa/web/api.py": {"fastapi", "starlette", "pydantic"},
    "qa/web/apierrors.py": {"fastapi", "starlette", "pydantic"},
    "qa/web/apifields.py": {"fastapi"},
    "qa/web/address.py": {"streamlit"},
    "qa/web/admin.py": {"starlette"},
    "qa/web/admission.py": {"streamlit"},
    "qa/web/alone.py": {"streamlit", "starlette", "fastapi"},
    "qa/web/batches.py": {"fastapi", "starlette"},
    "qa/web/callers.py": {"starlette"},
    "qa/web/health.py": {"starlette"},
    "qa/web/beginning.py": {"streamlit"},
    "qa/web/chat.py": {"streamlit"},
    "qa/web/filing.py": {"streamlit"},
    "qa/web/part.py": {"streamlit"},
    "qa/web/documents.py": {"fastapi", "starlette"},
    "qa/web/librarian.py": {"fastapi", "starlette"},
    "qa/web/originals.py": {"fastapi"},
    "qa/web/options.py": {"streamlit"},
    "qa/web/overview.py": {"streamlit"},
    "qa/web/page.py": {"streamlit"},
    "qa/web/tools.py": {"streamlit"},
    "qa/web/running.py": {"uvicorn"},
    "qa/web/server.py": {"streamlit", "starlette", "uvicorn"},
    "qa/web/strict.py": {"fastapi"},
    "qa/web/tabs.py": {"streamlit"},
    "qa/web/users.py": {"uvicorn"},
    "qa/web/wire.py": {"uvicorn"},
}


@pytest.mark.parametrize("module", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_the_map_names_every_module(module: Path) -> None:
    assert f"| {module.relative_to(ROOT)} |" in (ROOT / "README.md").read_text("utf-8")


def test_the_map_names_no_module_twice() -> None:
    lines = (ROOT / "README.md").read_text("utf-8").splitlines()
    named = [line.split("|")[1].strip() for line in lines if line.startswith(("| index/", "| qa/"))]
    assert sorted(name for name in set(named) if named.count(name) > 1) == []


@pytest.mark.parametrize("package", ["index", "qa"])
def test_all_is_sorted_and_exported(package: str) -> None:
    module = importlib.import_module(package)
    names = module.__all__
    assert names == sorted(names, key=lambda n: (not n.isupper(), not n[0].isupper(), n))
    tree = ast.parse(Path(str(module.__file__)).read_text("utf-8"))
    imported = {a.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for a in node.names}
    assert imported == set(names)


@pytest.mark.parametrize("name", ["index.errors", "qa.errors"])
def test_the_error_tree_is_drawn(name: str) -> None:
    module = importlib.import_module(name)
    codes = []
    for label, error in vars(module).items():
        if isinstance(error, type) and issubclass(error, Exception):
            assert label in (module.__doc__ or "")
            codes.append(error.code)  # type: ignore[attr-defined]
    assert len(codes) == len(set(codes))


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {a.name for a in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


@pytest.mark.parametrize("module", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_of_each_module(module: Path) -> None:
    names = imports(module)
    training = "training" in module.parts
    if not training:
        allowed = PAGE.get(str(module.relative_to(ROOT)), set())
        assert not {n for n in names if n.split(".")[0] in HEAVY - allowed}
        assert not {n for n in names if ".training" in n}
    if "qa" in module.relative_to(ROOT).parts and not training:
        assert not {n for n in names if n.startswith("index.")}


def test_files_have_the_modes_of_a_package() -> None:
    for file in (ROOT / "index" / "data").rglob("*"):
        assert file.stat().st_mode & 0o444 == 0o444
