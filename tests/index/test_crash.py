"""kill -9 at any moment of indexing leaves the old snapshot whole."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from index.build import build_index
from index.publishing import GRACE_SECONDS
from index.reading import read_text
from index.snapshot import Layout, load_snapshot
from tests.encoders import CharacterEncoder
from tests.long import scaled

KILLS = scaled(6, 500)
OLD = read_text("第一，旧的。\n第二，也旧。", title="旧")

LOOP = """
import sys
from pathlib import Path
import index.publishing
from index.build import build_index
from index.reading import read_text
from tests.encoders import CharacterEncoder
index.publishing.GRACE_SECONDS = float(sys.argv[2])
print("ready", flush=True)
number = int(sys.argv[3])
while True:
    number += 1
    text = "\\n".join(f"第{n}，抓好第{number}项工作。要落实责任。" for n in "一二三四五六七八九")
    build_index([read_text(text, title="新")], encoder=CharacterEncoder(), root=Path(sys.argv[1]))
"""


def finished(root: Path) -> list[Path]:
    """Return the published snapshots, the youngest first; a killed writer's workplace is none."""
    folders = [f for f in (root / Layout.snapshots).iterdir() if not f.name.startswith(".")]
    return sorted(folders, key=lambda f: f.stat().st_mtime_ns, reverse=True)


def test_killed_at_random_moments(tmp_path: Path) -> None:
    """Also while older snapshots are being deleted: with no grace each writer prunes at once."""
    rng = random.Random(7)
    build_index([OLD], encoder=CharacterEncoder(), root=tmp_path)
    first = current(tmp_path)
    titles = []
    for kill in range(KILLS):
        grace = rng.choice(["0", "600"])
        writer = subprocess.Popen(
            [sys.executable, "-c", LOOP, str(tmp_path), grace, str(1000 * kill)],
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[2],
        )
        assert writer.stdout is not None
        writer.stdout.readline()
        if kill == 0:  # however busy the machine is, one snapshot is published before the kills
            deadline = time.monotonic() + 60
            while current(tmp_path) == first and time.monotonic() < deadline:
                time.sleep(0.01)
        time.sleep(rng.uniform(0, 0.15))
        os.kill(writer.pid, signal.SIGKILL)
        writer.wait()
        writer.stdout.close()
        titles.append(load_snapshot(tmp_path).documents[0].document.title)
        before = [f for f in finished(tmp_path) if f.name != current(tmp_path)]
        if before:
            assert_loads(before[0], tmp_path / "previous")
    assert titles == ["新"] * KILLS  # what was published once never gives way to what was before it

    store = tmp_path / Layout.snapshots
    for folder in store.iterdir():
        os.utime(folder, (0, time.time() - GRACE_SECONDS - 1))
    build_index([OLD], encoder=CharacterEncoder(), root=tmp_path)
    assert load_snapshot(tmp_path).documents[0].document == OLD
    assert len(list(store.iterdir())) == 2  # the one in force and the one before it; no killed writer's rest


def current(root: Path) -> str:
    return (root / Layout.current).read_text("utf-8").strip()


def assert_loads(snapshot: Path, root: Path) -> None:
    """Load a snapshot that is not in force, as one that goes back to it would."""
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(snapshot, root / Layout.snapshots / snapshot.name)
    (root / Layout.current).write_text(snapshot.name, "utf-8")
    assert load_snapshot(root).documents
