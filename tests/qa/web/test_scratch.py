"""Files that are just being read lie in memory where there is room, and none is left behind."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from qa.web import scratch


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def test_in_memory_where_there_is_room(tmp_path: Path) -> None:
    shared = tmp_path / "shm"
    assert not scratch.use_memory(shared, 1) and not scratch.in_memory(shared)  # there is none
    shared.mkdir()
    assert not scratch.use_memory(shared, 2**62) and not scratch.in_memory(shared)  # too small
    assert scratch.use_memory(shared, 1) and scratch.in_memory(shared)
    with tempfile.TemporaryDirectory(prefix=scratch.PREFIX) as folder:
        assert Path(folder).parent == shared


def test_what_was_left_behind_goes_and_nothing_else(tmp_path: Path) -> None:
    old, fresh, other = (tmp_path / name for name in ("speechqa-old", "speechqa-new", "another"))
    for folder in (old, fresh, other):
        folder.mkdir()
        (folder / "secret").write_text("x")
    (tmp_path / "speechqa-link").symlink_to(other)
    for folder in (old, other):
        os.utime(folder, (1, 1))
    scratch.sweep()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["another", "speechqa-link", "speechqa-new"]
    assert (other / "secret").exists()
