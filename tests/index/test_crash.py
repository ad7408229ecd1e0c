"""kill -9 at any moment of indexing leaves the old snapshot whole."""

import os
import random
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

KILLS = 50
OLD = read_text("第一，旧的。\n第二，也旧。", title="旧")

LOOP = """
import sys
from pathlib import Path
from index.build import build_index
from index.reading import read_text
from tests.encoders import CharacterEncoder
print("ready", flush=True)
number = 0
while True:
    number += 1
    text = "\\n".join(f"第{n}，抓好第{number}项工作。要落实责任。" for n in "一二三四五六七八九")
    build_index([read_text(text, title="新")], encoder=CharacterEncoder(), root=Path(sys.argv[1]))
"""


def test_killed_at_random_moments(tmp_path: Path) -> None:
    rng = random.Random(7)
    build_index([OLD], encoder=CharacterEncoder(), root=tmp_path)
    titles = []
    for _ in range(KILLS):
        writer = subprocess.Popen(
            [sys.executable, "-c", LOOP, str(tmp_path)], stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]
        )
        assert writer.stdout is not None
        writer.stdout.readline()
        time.sleep(rng.uniform(0, 0.08))
        os.kill(writer.pid, signal.SIGKILL)
        writer.wait()
        writer.stdout.close()
        titles.append(load_snapshot(tmp_path).documents[0].document.title)
    assert set(titles) <= {"旧", "新"}
    assert titles[-1] == "新"

    store = tmp_path / Layout.snapshots
    for folder in store.iterdir():
        os.utime(folder, (0, time.time() - GRACE_SECONDS - 1))
    build_index([OLD], encoder=CharacterEncoder(), root=tmp_path)
    assert load_snapshot(tmp_path).documents[0].document == OLD
    assert len(list(store.iterdir())) == 2  # the one in force and the one before it; no killed writer's rest
