"""The index on disk: what is published is whole, what is damaged is refused by name."""

import json
import subprocess
import sys
import threading
from hashlib import sha256
from pathlib import Path

import pytest

from index.build import build_index
from index.errors import (
    SnapshotDamaged,
    SnapshotError,
    SnapshotMissing,
    SnapshotNotWritten,
    SnapshotOtherEncoder,
    SnapshotTooOld,
)
from index.reading import builtin_document, read_text
from index.snapshot import Layout, load_snapshot
from tests.encoders import CharacterEncoder

ENCODER = CharacterEncoder()
FIRST = read_text("第一，抓好粮食生产。要落实播种面积。\n第二，抓好项目建设。要加快进度。", title="甲")
SECOND = read_text("一是保障民生。要办好实事。\n二是守住底线。", title="乙")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    build_index([FIRST], encoder=ENCODER, root=tmp_path / "索引")
    return tmp_path / "索引"


def folder(root: Path) -> Path:
    return root / Layout.snapshots / (root / Layout.current).read_text("utf-8").strip()


def test_loaded_is_what_was_built(root: Path) -> None:
    built = build_index([FIRST], encoder=ENCODER)
    loaded = load_snapshot(root, fingerprint=ENCODER.fingerprint)
    assert loaded.documents == built.documents
    assert loaded.rows == built.rows
    assert loaded.id == built.id == folder(root).name
    assert loaded.lexical.to_bytes() == built.lexical.to_bytes()


def test_the_built_in_speech_survives_the_disk(tmp_path: Path) -> None:
    built = build_index([builtin_document()], encoder=ENCODER, root=tmp_path)
    assert load_snapshot(tmp_path).documents == built.documents
    twin = (folder(tmp_path) / Layout.passages).read_text("utf-8").splitlines()
    assert json.loads(twin[40])["text"] in builtin_document().text


@pytest.mark.parametrize("name", [*Layout.files, Layout.manifest])
@pytest.mark.parametrize("where", [0.0, 0.3, 0.7, 0.999])
def test_a_flipped_byte_is_refused_by_name(root: Path, name: str, where: float) -> None:
    file = folder(root) / name
    data = bytearray(file.read_bytes())
    data[int(where * len(data))] ^= 0x01
    file.write_bytes(data)
    with pytest.raises(SnapshotDamaged) as raised:
        load_snapshot(root)
    assert name in str(raised.value)
    assert f"speechqa index 文件… --index {root}" in str(raised.value)


@pytest.mark.parametrize("name", [*Layout.files, Layout.manifest])
@pytest.mark.parametrize("keep", [0.0, 0.5, 0.99])
def test_a_truncated_file_is_refused_by_name(root: Path, name: str, keep: float) -> None:
    file = folder(root) / name
    data = file.read_bytes()
    file.write_bytes(data[: int(keep * len(data))])
    with pytest.raises(SnapshotDamaged, match=name):
        load_snapshot(root)


@pytest.mark.parametrize("name", [*Layout.files, Layout.manifest])
def test_a_missing_file_is_refused_by_name(root: Path, name: str) -> None:
    (folder(root) / name).unlink()
    with pytest.raises(SnapshotDamaged, match=name):
        load_snapshot(root)


def test_no_index(tmp_path: Path) -> None:
    with pytest.raises(SnapshotMissing, match="没有索引"):
        load_snapshot(tmp_path)


@pytest.mark.parametrize("pointer", ["../../etc", "", "a/b", "..", "不是编号"])
def test_current_must_name_a_snapshot(root: Path, pointer: str) -> None:
    (root / Layout.current).write_text(pointer, "utf-8")
    with pytest.raises(SnapshotDamaged, match="CURRENT"):
        load_snapshot(root)


def rewrite_manifest(root: Path, change: dict[str, object]) -> None:
    """Publish the same folder with another manifest, as an older or foreign program might have."""
    old = folder(root)
    manifest = json.loads((old / Layout.manifest).read_text("utf-8")) | change
    data = json.dumps(manifest).encode()
    new = old.with_name(sha256(data).hexdigest()[:16])
    old.rename(new)
    (new / Layout.manifest).write_bytes(data)
    (root / Layout.current).write_text(new.name, "utf-8")


def test_other_format(root: Path) -> None:
    rewrite_manifest(root, {"format": 99})
    with pytest.raises(SnapshotTooOld, match="第 99 版"):
        load_snapshot(root)


@pytest.mark.parametrize(
    "change",
    [
        {"files": {}},
        {"files": None},
        {"files": {n: {"sha256": 1} for n in Layout.files}},
        {"encoder": []},
        {"format": "x"},
    ],
)
def test_manifest_of_another_shape(root: Path, change: dict[str, object]) -> None:
    rewrite_manifest(root, change)
    with pytest.raises(SnapshotDamaged, match="manifest"):
        load_snapshot(root)


def test_other_encoder(root: Path) -> None:
    with pytest.raises(SnapshotOtherEncoder, match="编码器“characters”"):
        load_snapshot(root, fingerprint="another")


def test_the_previous_snapshot_stays_and_older_ones_go(root: Path) -> None:
    before = folder(root)
    build_index([SECOND], encoder=ENCODER, root=root)
    assert before.is_dir()
    build_index([FIRST, SECOND], encoder=ENCODER, root=root)
    assert len(list((root / Layout.snapshots).iterdir())) == 2
    assert len(load_snapshot(root).documents) == 2


def test_a_snapshot_that_is_replaced_while_it_is_read(root: Path) -> None:
    stop, failures = threading.Event(), []

    def read() -> None:
        while not stop.is_set():
            try:
                assert load_snapshot(root).documents[0].document.title in ("甲", "乙")
            except SnapshotError as error:
                failures.append(error)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for number in range(20):
        build_index([(FIRST, SECOND)[number % 2]], encoder=ENCODER, root=root)
    stop.set()
    for reader in readers:
        reader.join()
    assert not failures


FULL_DISK = """
import resource, sys
from pathlib import Path
from index.build import build_index
from index.errors import SnapshotNotWritten
from index.reading import builtin_document
from tests.encoders import CharacterEncoder
import signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
try:
    build_index([builtin_document()], encoder=CharacterEncoder(), root=Path(sys.argv[1]))
except SnapshotNotWritten as error:
    print(error)
    sys.exit(3)
"""


def test_a_full_disk_loses_nothing(root: Path) -> None:
    before = load_snapshot(root)
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(root)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == 3, done.stderr
    assert "索引写不进" in done.stdout
    assert "原有索引没有改动" in done.stdout
    assert load_snapshot(root).id == before.id
    assert [p.name for p in (root / Layout.snapshots).iterdir()] == [before.id]


def test_a_file_in_the_folder_s_place(tmp_path: Path) -> None:
    (tmp_path / "索引").write_text("x", "utf-8")
    with pytest.raises(SnapshotNotWritten, match="索引写不进"):
        build_index([FIRST], encoder=ENCODER, root=tmp_path / "索引")
