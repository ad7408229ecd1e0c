"""The index on disk: what is published is whole, what is damaged is refused by name."""

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
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
from index.publishing import GRACE_SECONDS, MARKER
from index.reading import builtin_document, read_text
from index.snapshot import Layout, load_snapshot
from index.types import Page
from tests.encoders import CharacterEncoder

ENCODER = CharacterEncoder()
FIRST = read_text("第一，抓好粮食生产。要落实播种面积。\n第二，抓好项目建设。要加快进度。", title="甲")
SECOND = read_text("一是保障民生。要办好实事。\n二是守住底线。", title="乙")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("built")
    build_index([FIRST], encoder=ENCODER, root=root)
    return root


@pytest.fixture
def root(built: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built, tmp_path / "索引"))


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


def test_pages_and_format_survive_the_disk(tmp_path: Path) -> None:
    pages = (Page(1, 0, 5, 0.98), Page(2, 5, len(FIRST.text)))
    scanned = replace(FIRST, pages=pages, format="pdf")
    build_index([scanned, SECOND], encoder=ENCODER, root=tmp_path)
    first, second = (one.document for one in load_snapshot(tmp_path).documents)
    assert (first, second) == (scanned, SECOND)
    lines = (folder(tmp_path) / Layout.documents).read_text("utf-8").splitlines()
    assert [("pages" in json.loads(line), "format" in json.loads(line)) for line in lines] == [
        (True, True),
        (False, False),
    ]


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    folders = []
    for name in ("甲", "乙"):
        build_index([FIRST, SECOND], encoder=ENCODER, root=tmp_path / name)
        folders.append(folder(tmp_path / name))
    assert folders[0].name == folders[1].name
    for name in [*Layout.files, Layout.manifest]:
        assert (folders[0] / name).read_bytes() == (folders[1] / name).read_bytes()


def test_the_manifest_says_what_is_in_the_folder(root: Path) -> None:
    manifest = json.loads((folder(root) / Layout.manifest).read_text("utf-8"))
    assert manifest["format"] == 4
    assert manifest["encoder"] == {"name": "characters", "fingerprint": "characters-64", "dimension": 64}
    assert manifest["documents"] == [{"id": FIRST.id, "title": "甲", "characters": len(FIRST.text)}]
    assert set(manifest["files"]) == set(Layout.files)
    for name, expected in manifest["files"].items():
        data = (folder(root) / name).read_bytes()
        assert expected == {"bytes": len(data), "sha256": sha256(data).hexdigest()}


@pytest.mark.parametrize("name", [*Layout.files, Layout.manifest])
@pytest.mark.parametrize("where", [0.0, 0.03, 0.1, 0.3, 0.5, 0.7, 0.9, 0.999])
@pytest.mark.parametrize("bit", [0x01, 0x80])
def test_a_flipped_byte_is_refused_by_name(root: Path, name: str, where: float, bit: int) -> None:
    file = folder(root) / name
    data = bytearray(file.read_bytes())
    data[int(where * len(data))] ^= bit
    file.write_bytes(data)
    with pytest.raises(SnapshotDamaged) as raised:
        load_snapshot(root)
    assert name in str(raised.value)
    assert f"speechqa index 文件… --index {root}" in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("name", [*Layout.files, Layout.manifest])
@pytest.mark.parametrize("keep", [0.0, 0.1, 0.5, 0.99, 1.1])
def test_a_file_of_another_length_is_refused_by_name(root: Path, name: str, keep: float) -> None:
    file = folder(root) / name
    data = file.read_bytes()
    file.write_bytes((data + bytes(len(data)))[: int(keep * len(data))])
    with pytest.raises(SnapshotDamaged, match=name):
        load_snapshot(root)


def test_any_flip_in_the_manifest_is_damage(root: Path) -> None:
    file = folder(root) / Layout.manifest
    data = file.read_bytes()
    for at in range(0, len(data), 7):
        file.write_bytes(data[:at] + bytes([data[at] ^ 0x01]) + data[at + 1 :])
        with pytest.raises(SnapshotDamaged, match="校验和与编号不符"):
            load_snapshot(root)


@pytest.mark.parametrize("name", Layout.files)
def test_a_file_of_another_snapshot_is_refused_by_name(root: Path, name: str) -> None:
    first = folder(root)
    build_index([SECOND], encoder=ENCODER, root=root)
    shutil.copyfile(first / name, folder(root) / name)
    with pytest.raises(SnapshotDamaged, match=f"{name} 已损坏：校验和不符"):
        load_snapshot(root)


@pytest.mark.parametrize("name", [*Layout.files, Layout.manifest])
def test_a_missing_file_is_refused_by_name(root: Path, name: str) -> None:
    (folder(root) / name).unlink()
    with pytest.raises(SnapshotDamaged, match=name):
        load_snapshot(root)


def test_no_index(tmp_path: Path) -> None:
    with pytest.raises(SnapshotMissing, match="没有索引"):
        load_snapshot(tmp_path)


@pytest.mark.parametrize("pointer", ["../../etc", "", "a/b", "..", ".", "/etc", "不是编号", "a\nb", "a\x00b"])
def test_current_must_name_a_snapshot(root: Path, pointer: str) -> None:
    (root / Layout.current).write_text(pointer, "utf-8")
    with pytest.raises(SnapshotDamaged, match="CURRENT 应为一个快照编号"):
        load_snapshot(root)


@pytest.mark.parametrize("content", [b"\xff\xfe", None])
def test_current_that_cannot_be_read(root: Path, content: bytes | None) -> None:
    (root / Layout.current).unlink()
    if content is None:
        (root / Layout.current).mkdir()
    else:
        (root / Layout.current).write_bytes(content)
    with pytest.raises(SnapshotDamaged, match="CURRENT 读不了"):
        load_snapshot(root)


def test_a_snapshot_that_is_gone(root: Path) -> None:
    shutil.rmtree(folder(root))
    with pytest.raises(SnapshotDamaged, match=r"manifest\.json 缺失或读不了"):
        load_snapshot(root)


def test_the_command_can_be_pasted(tmp_path: Path) -> None:
    with pytest.raises(SnapshotMissing) as raised:
        load_snapshot(tmp_path / "我的 索引")
    assert str(raised.value).endswith(f"speechqa index 文件… --index '{tmp_path}/我的 索引'")


def publish(root: Path, manifest: bytes, **files: bytes) -> None:
    """Publish the same folder with another manifest, as an older or foreign program might have."""
    old = folder(root)
    new = old.with_name(sha256(manifest).hexdigest()[:16])
    old.rename(new)
    (new / Layout.manifest).write_bytes(manifest)
    for name, data in files.items():
        (new / name).write_bytes(data)
    (root / Layout.current).write_text(new.name, "utf-8")


def rewrite_manifest(root: Path, change: dict[str, object]) -> None:
    manifest = json.loads((folder(root) / Layout.manifest).read_text("utf-8")) | change
    publish(root, json.dumps(manifest).encode())


@pytest.mark.parametrize(
    "manifest", [b"", b"{", b"null", b"[]", b"7", b'"x"', b"\xff", b"{}", b"[" * 100_000, b'{"format": 4}']
)
def test_a_manifest_that_is_none(root: Path, manifest: bytes) -> None:
    publish(root, manifest)
    with pytest.raises(SnapshotDamaged, match=r"manifest\.json"):
        load_snapshot(root)


@pytest.mark.parametrize("name", Layout.files)
@pytest.mark.parametrize("content", [b"", b"{}\n", b"[1]\n", b"\xff\n", b"PK\x05\x06" + bytes(18), b"x" * 99])
def test_what_was_written_wrong_is_refused(root: Path, name: str, content: bytes) -> None:
    manifest = json.loads((folder(root) / Layout.manifest).read_text("utf-8"))
    manifest["files"][name]["sha256"] = sha256(content).hexdigest()
    publish(root, json.dumps(manifest).encode(), **{name: content})
    if name in (Layout.sections, Layout.sentences) and not content:
        assert load_snapshot(root).documents[0].passages  # a document without sections is one
        return
    with pytest.raises(SnapshotDamaged, match="的内容前后不一致"):
        assert load_snapshot(root).documents[0].knowledge  # parsed when first asked for


def test_knowledge_survives_the_disk_with_its_twin(tmp_path: Path) -> None:
    documents = [FIRST, builtin_document()]
    built = build_index(documents, encoder=ENCODER)
    build_index(documents, encoder=ENCODER, root=tmp_path)
    loaded = load_snapshot(tmp_path)
    assert [d.knowledge for d in loaded.documents] == [d.knowledge for d in built.documents]
    lines = [
        json.loads(line) for line in (folder(tmp_path) / Layout.knowledge).read_text("utf-8").splitlines()
    ]
    text = builtin_document().text
    quantities = [r for r in lines if r["document"] == 1 and r["kind"] == "quantity"]
    assert quantities
    assert all(r["text"][0] == text[r["start"] : r["end"]] for r in quantities)


def test_an_ordinary_question_parses_no_knowledge(root: Path) -> None:
    loaded = load_snapshot(root)
    assert "knowledge" not in vars(loaded.documents[0])
    assert loaded.documents[0].knowledge is loaded.documents[0].knowledge


def test_a_snapshot_of_the_format_before_is_refused_with_the_command_that_mends_it(root: Path) -> None:
    rewrite_manifest(root, {"format": 3})
    with pytest.raises(SnapshotTooOld, match="第 3 版，这个软件读第 4、5 版。请重新建立索引：speechqa index"):
        load_snapshot(root)


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
        {"encoder": None},
        {"encoder": {"name": "characters", "fingerprint": 7}},
        {"format": None},
        {"format": True},
        {"format": 1.0},
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


def age(path: Path, seconds: float) -> None:
    os.utime(path, (0, time.time() - seconds))


def names(root: Path) -> set[str]:
    return {path.name for path in (root / Layout.snapshots).iterdir()}


def test_the_previous_snapshot_stays_and_older_ones_go(root: Path) -> None:
    first = folder(root)
    build_index([SECOND], encoder=ENCODER, root=root)
    second = folder(root)
    build_index([FIRST, SECOND], encoder=ENCODER, root=root)
    third = folder(root)
    assert names(root) == {first.name, second.name, third.name}  # all young: somebody may be reading them
    age(first, GRACE_SECONDS + 20)
    age(second, GRACE_SECONDS + 10)
    age(third, GRACE_SECONDS + 5)
    build_index([SECOND, FIRST], encoder=ENCODER, root=root)
    assert names(root) == {third.name, folder(root).name}
    assert len(load_snapshot(root).documents) == 2


def test_a_snapshot_published_again_is_young_again(root: Path) -> None:
    first = folder(root)
    build_index([SECOND], encoder=ENCODER, root=root)
    second = folder(root)
    age(first, GRACE_SECONDS + 20)
    age(second, GRACE_SECONDS + 10)
    build_index([FIRST], encoder=ENCODER, root=root)
    assert folder(root) == first
    build_index([FIRST, SECOND], encoder=ENCODER, root=root)
    assert names(root) == {first.name, folder(root).name}


def test_a_damaged_snapshot_is_mended_by_indexing_again(root: Path) -> None:
    before = folder(root)
    (before / Layout.dense).write_bytes(b"x")
    build_index([FIRST], encoder=ENCODER, root=root)
    assert folder(root) == before
    assert load_snapshot(root).documents[0].document == FIRST
    assert names(root) == {before.name}


def test_what_a_killed_writer_left_is_cleaned_up(root: Path) -> None:
    store = root / Layout.snapshots
    old, young = GRACE_SECONDS + 1, 1.0
    for name, seconds in ((".new-" + "1" * 16, old), (".new-" + "2" * 16, young)):
        (store / name / "part").mkdir(parents=True)
        (store / name / MARKER).touch()
        age(store / name, seconds)
    (store / (".new-" + "3" * 16)).mkdir()  # killed before it could mark what it made
    age(store / (".new-" + "3" * 16), old)
    aside = store / f".old-{folder(root).name}"  # killed while it deleted a snapshot
    shutil.copytree(folder(root), aside)
    (aside / Layout.dense).unlink()
    age(aside, old)
    build_index([SECOND], encoder=ENCODER, root=root)
    assert {name for name in names(root) if name.startswith(".")} == {".new-" + "2" * 16}


# --- what is not ours -------------------------------------------------------------------------------


def content(folder: Path) -> dict[str, bytes | None]:
    """Return all that is below a folder: paths with the bytes of files."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
    }


FOREIGN = {
    "2024-05-01": {"照片.jpg": b"x"},
    "0123456789abcdef": {"manifest.json": b"{}", "data": b"x"},  # named like a snapshot
    ".old-0123456789abcdef": {"manifest.json": b'{"files": {}}'},
    ".new-0123456789abcdef": {"draft.txt": b"x"},
    ".new-abc": {"speechqa-workplace": b""},
    "empty": {},
    ".git": {"config": b"x"},
}


def add_foreign(root: Path) -> dict[str, bytes | None]:
    store = root / Layout.snapshots
    for name, files in FOREIGN.items():
        (store / name).mkdir(parents=True)
        for file, data in files.items():
            (store / name / file).write_bytes(data)
        age(store / name, 10 * GRACE_SECONDS)
    (store / "notes.txt").write_text("我的", "utf-8")
    age(store / "notes.txt", 10 * GRACE_SECONDS)
    return content(store)


def test_foreign_folders_beside_the_snapshots_are_never_touched(root: Path) -> None:
    add_foreign(root)
    foreign = set(FOREIGN) | {"notes.txt"}
    for documents in ([SECOND], [FIRST, SECOND], [SECOND, FIRST], [FIRST]):
        build_index(documents, encoder=ENCODER, root=root)
        for path in (root / Layout.snapshots).iterdir():
            age(path, 10 * GRACE_SECONDS)
    kept = content(root / Layout.snapshots)
    for name, files in FOREIGN.items():
        assert kept[name] is None
        assert {kept[f"{name}/{file}"] for file in files} == set(files.values())
    assert kept["notes.txt"] == "我的".encode()
    assert len(names(root) - foreign) <= 3  # while ours are still pruned


def test_a_snapshot_with_a_foreign_file_in_it_is_kept(root: Path) -> None:
    first = folder(root)
    (first / "备注.txt").write_text("我的", "utf-8")
    for documents in ([SECOND], [FIRST, SECOND], [SECOND, FIRST]):
        build_index(documents, encoder=ENCODER, root=root)
        for path in (root / Layout.snapshots).iterdir():
            age(path, 10 * GRACE_SECONDS)
    assert (first / "备注.txt").read_text("utf-8") == "我的"
    before = content(first)
    (first / Layout.dense).write_bytes(b"x")  # to be mended, were it ours alone
    with pytest.raises(SnapshotNotWritten, match="里有不属于索引的文件"):
        build_index([FIRST], encoder=ENCODER, root=root)
    assert set(content(first)) == set(before)


@pytest.mark.parametrize("current", [b"MANIFEST-000001\n", b"", b"prod", b"\xff\xfe", b"x" * 100_000, None])
@pytest.mark.parametrize("foreign", [True, False])
def test_a_folder_with_a_foreign_current_is_refused(
    tmp_path: Path, current: bytes | None, foreign: bool
) -> None:
    root = tmp_path / "数据库"
    root.mkdir()
    if current is None:
        (root / Layout.current).mkdir()
    else:
        (root / Layout.current).write_bytes(current)
    if foreign:
        add_foreign(root)
    before = content(root)
    with pytest.raises(SnapshotNotWritten) as raised:
        build_index([FIRST], encoder=ENCODER, root=root)
    assert str(raised.value) == (
        f"文件夹 {root} 不是索引：里面的 CURRENT 应为一个快照编号，实际是别的内容。什么也没有写。请换一个文件夹。"
    )
    assert content(root) == before
    with pytest.raises(SnapshotDamaged, match="请换一个文件夹"):
        load_snapshot(root)


def test_a_damaged_current_of_our_own_is_mended(root: Path) -> None:
    (root / Layout.current).write_bytes(b"")
    build_index([FIRST], encoder=ENCODER, root=root)
    assert load_snapshot(root).documents[0].document == FIRST


WRITER = """
import sys
from pathlib import Path
from index.build import build_index
from index.reading import read_text
from tests.encoders import CharacterEncoder
for number in range(12):
    text = f"第一，抓好第{number % 4}项工作。\\n第二，要落实责任。"
    build_index([read_text(text, title="新")], encoder=CharacterEncoder(), root=Path(sys.argv[1]))
"""


def test_writers_at_once(root: Path) -> None:
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(root)], cwd=Path(__file__).parents[2])
        for _ in range(2)
    ]
    while any(writer.poll() is None for writer in writers):
        assert load_snapshot(root).documents[0].document.title in ("甲", "新")
    assert [writer.returncode for writer in writers] == [0, 0]
    assert load_snapshot(root).documents[0].document.title == "新"
    assert len(names(root)) == 5  # the fixture's and the four texts, whoever was first


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
import resource, signal, sys
from pathlib import Path
from index.build import build_index
from index.errors import SnapshotNotWritten
from index.reading import builtin_document
from tests.encoders import CharacterEncoder
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
for limit in (0, 10, 500, 5_000, 20_000, 60_000):
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    try:
        build_index([builtin_document()], encoder=CharacterEncoder(), root=Path(sys.argv[1]))
    except SnapshotNotWritten as error:
        sys.stderr.write(f"{error}\\n")
"""


def test_files_above_what_the_system_allows_lose_nothing(root: Path) -> None:
    before = load_snapshot(root)
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(root)],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    message = (
        f"索引写不进 {root}：文件超过系统允许的大小。原有索引没有改动。"
        f"请检查磁盘空间和权限，再运行 speechqa index 文件… --index {root}"
    )
    assert done.stderr.splitlines() == [message] * 6
    assert load_snapshot(root).id == before.id
    assert names(root) == {before.id}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    mount, unmount = shutil.which("mount"), shutil.which("umount")
    disk = tmp_path / "小盘"
    disk.mkdir()
    if mount is None or unmount is None:
        pytest.skip("no mount command")
    mounted = subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("may not mount a file system")
    try:
        yield disk
    finally:
        subprocess.run([unmount, str(disk)], check=True)


def test_a_full_disk_loses_nothing(small_disk: Path) -> None:
    root, filler = small_disk / "索引", small_disk / "其他"
    before = build_index([FIRST], encoder=ENCODER, root=root)
    written = []
    for pages in range(14):  # free space that runs out at every stage of writing, then suffices
        filler.unlink(missing_ok=True)
        status = os.statvfs(small_disk)
        filler.write_bytes(bytes(status.f_bavail * status.f_frsize - pages * 4096))
        try:
            build_index([SECOND], encoder=ENCODER, root=root)
            written.append(True)
            break
        except SnapshotNotWritten as error:
            assert "磁盘已满。原有索引没有改动。" in str(error)
            written.append(False)
            assert load_snapshot(root).documents == before.documents
            assert not {name for name in names(root) if name.startswith(".")}
    assert len(written) > 5
    assert written[-1]
    assert load_snapshot(root).documents[0].document == SECOND


def test_a_file_in_the_folder_s_place(tmp_path: Path) -> None:
    (tmp_path / "索引").write_text("x", "utf-8")
    with pytest.raises(SnapshotNotWritten, match="路径中有一处不是文件夹"):
        build_index([FIRST], encoder=ENCODER, root=tmp_path / "索引")
    with pytest.raises(SnapshotMissing, match="没有索引"):
        load_snapshot(tmp_path / "索引")


@pytest.mark.skipif(os.name != "posix", reason="permissions are posix's")
def test_no_permission(root: Path, nobody: None) -> None:
    with pytest.raises(SnapshotNotWritten, match="没有权限。原有索引没有改动。"):
        build_index([SECOND], encoder=ENCODER, root=root)
    with pytest.raises(SnapshotDamaged, match="没有权限读取索引"):
        load_snapshot(root)


@pytest.fixture
def nobody(root: Path) -> Iterator[None]:
    """Make `root` unreadable, and give up the rights of the administrator, who may read everything."""
    user = os.geteuid()
    root.chmod(0)
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)
        root.chmod(0o755)
