"""The built-in speech's snapshot in the user's cache."""

import subprocess
import sys
from pathlib import Path

import pytest

from index import Encoder
from qa.builtin import builtin_snapshot, default_cache
from tests.encoders import CharacterEncoder


def test_built_once_then_loaded(tmp_path: Path, encoder: Encoder) -> None:
    first = builtin_snapshot(encoder, tmp_path)
    (root,) = tmp_path.iterdir()
    before = {p: p.stat().st_mtime_ns for p in root.rglob("*")}
    assert builtin_snapshot(encoder, tmp_path).id == first.id
    assert {p: p.stat().st_mtime_ns for p in root.rglob("*")} == before


def test_a_damaged_one_is_built_anew(tmp_path: Path, encoder: Encoder) -> None:
    first = builtin_snapshot(encoder, tmp_path)
    for file in tmp_path.rglob("*.jsonl"):
        file.write_bytes(file.read_bytes()[:-50])
    again = builtin_snapshot(encoder, tmp_path)
    assert len(again.rows) == len(first.rows)


def test_each_encoder_has_its_own(tmp_path: Path, encoder: Encoder) -> None:
    builtin_snapshot(encoder, tmp_path)
    builtin_snapshot(CharacterEncoder(), tmp_path)
    assert len(list(tmp_path.iterdir())) == 2


def test_where_nothing_can_be_written_it_is_kept_in_memory(tmp_path: Path, encoder: Encoder) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    assert len(builtin_snapshot(encoder, blocked).rows) > 100
    assert blocked.read_text() == "no folder"


@pytest.mark.skipif(sys.platform != "linux", reason="each system has its own place")
def test_the_users_cache_folder() -> None:
    assert default_cache({"XDG_CACHE_HOME": "/x"}) == Path("/x/speechqa")
    assert default_cache({"XDG_CACHE_HOME": "relative"}) == Path.home() / ".cache" / "speechqa"
    assert default_cache({}) == Path.home() / ".cache" / "speechqa"


def test_a_question_imports_neither_the_reader_nor_the_structure() -> None:
    program = "import sys, qa.cli, qa.builtin; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout.split()
    assert "index.snapshot" in loaded
    assert not {"index.reading", "index.build", "index.facets", "index.structure.tree"} & set(loaded)
