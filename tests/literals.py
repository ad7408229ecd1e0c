"""Every Chinese word in the code and its data that decides: `python -m tests.literals [--all]`.

A word is an alternative of a pattern, a member of a set or table, or a string that is looked for. What is shown to people
(messages, notes, templates: whole sentences, and what is formatted) decides nothing; what stands in docstrings neither.
Data learnt by a command of `training` is numbers; lists of names (qa/data/places.txt) are counted as one each.
"""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
STAGES = ("qa", "index")
OUT_OF_SCOPE = ("qa/web", "qa/training", "index/training")
CHINESE = re.compile(r"[\u4e00-\u9fff]+")
SHOWN = re.compile(r"[。？！…]|，.*，|：$|^：|%|\{\}")  # what only sentences and templates for people have
SAYING = frozenset(["print", "format", "error", "warning", "add_argument", "add_parser", "ArgumentParser"])


def words_of(path: Path) -> Iterator[tuple[int, str]]:
    """Yield (line, word) for each Chinese word in a module that decides."""
    tree = ast.parse(path.read_text("utf-8"))
    silent: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(
            node, clean=False
        ):
            silent.add(id(node.body[0].value))  # type: ignore[attr-defined]
        said = isinstance(node, ast.Raise) or (isinstance(node, ast.Call) and _name(node.func) in SAYING)
        if said or (isinstance(node, ast.Call) and _name(node.func)[:1].isupper()):
            silent.update(id(inner) for inner in ast.walk(node))
        if isinstance(node, ast.JoinedStr) and not _is_pattern(node):
            silent.update(id(inner) for inner in ast.walk(node))
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or id(node) in silent:
            continue
        if "|" in node.value or not SHOWN.search(re.sub(r"\[[^\]]*\]", "", node.value)):
            yield from ((node.lineno, word) for word in CHINESE.findall(node.value))


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _is_pattern(node: ast.JoinedStr) -> bool:
    text = "".join(v.value for v in node.values if isinstance(v, ast.Constant))
    return bool(re.search(r"[|\\]|\(\?|\[", text))


def main() -> None:
    """Print the words by module, or their number."""
    total: Counter[str] = Counter()
    for path in sorted(p for stage in STAGES for p in (ROOT / stage).rglob("*.py")):
        place = path.relative_to(ROOT).as_posix()
        if place.startswith(OUT_OF_SCOPE):
            continue
        found = list(words_of(path))
        total[place] = len(found)
        if found and "--all" in sys.argv:
            sys.stdout.write(f"{place}: {'、'.join(word for _, word in found)}\n")
    for place, count in total.most_common():
        if count:
            sys.stdout.write(f"{count:5} {place}\n")
    said = f"{sum(total.values()):5} in all; {total['qa/grammar.py']} of them in the grammar of places\n"
    sys.stdout.write(said)


if __name__ == "__main__":
    main()
