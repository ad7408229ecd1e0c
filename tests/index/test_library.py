"""A library: what is put in, recognised, replaced, taken out; the same answers as an index that is built at once."""

from __future__ import annotations

import errno
import json
import os
import time
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from index.build import build_index, index_document, passage_terms
from index.catalogue import DOCUMENTS, LIBRARY, PREVIOUS, pointer
from index.docfile import StoredDocument
from index.encoder import Vectors
from index.errors import (
    FileUnreadable,
    LibraryBusy,
    LibraryUse,
    SnapshotDamaged,
    SnapshotNotWritten,
    SnapshotOtherEncoder,
    SpeechIndexError,
)
from index.frequencies import Frequencies, merged
from index.library import (
    Adding,
    Done,
    Report,
    add_documents,
    add_files,
    collect_garbage,
    entries_of,
    go_back,
    remove_documents,
)
from index.locking import LOCK, writing
from index.publishing import GRACE_SECONDS
from index.reading import read_document, read_text
from index.shelving import BATCH_DOCUMENTS
from index.snapshot import Layout, Snapshot, load_snapshot
from index.types import Document, IndexedDocument
from index.verifying import verify
from tests.encoders import CharacterEncoder
from tests.texts import REPORT

ENCODER = CharacterEncoder()
TEXTS = {
    "甲.txt": "甲镇工作报告\n第一，抓好粮食生产。要落实播种面积。\n第二，抓好项目建设。要加快进度。",
    "乙.txt": "乙镇工作报告\n一是保障民生。要办好三件实事。\n二是守住底线。",
    "丙.md": REPORT,
}


class Counting(CharacterEncoder):
    """An encoder that remembers what it was given."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def encode_passages(self, texts: Sequence[str], progress: bool = False) -> Vectors:
        self.texts += texts
        return super().encode_passages(texts, progress)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "文稿"
    folder.mkdir()
    for name, text in TEXTS.items():
        (folder / name).write_text(text, "utf-8")
    return folder


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "库"


def add(root: Path, *paths: Path, **how: object) -> Report:
    return add_files(root, paths, ENCODER, Adding(**how))  # type: ignore[arg-type]


def titles(root: Path) -> list[str]:
    return [one.document.title for one in load_snapshot(root).documents]


def assert_same(library: Snapshot, built: Snapshot) -> None:
    """Whatever is asked of the one is asked of the other: every part is the same, to the bit."""
    assert len(library.documents) == len(built.documents)
    for own, other in zip(library.documents, built.documents, strict=True):
        assert own == other
        assert own.knowledge == other.knowledge
        assert (own.apart, own.path_of(0 if own.sections else None)) == (
            other.apart,
            other.path_of(0 if other.sections else None),
        )
    assert library.rows == built.rows
    assert library.lexical.to_bytes() == built.lexical.to_bytes()
    assert library.dense.to_bytes() == built.dense.to_bytes()
    assert library.tokens.to_bytes() == built.tokens.to_bytes()


def test_a_library_is_to_the_bit_what_is_built_at_once(root: Path, files: Path) -> None:
    report = add(root, files)
    assert [e.title for e in report.added] == [e.title for e in entries_of(root)]
    documents = [replace(read_document(f), notes=()) for f in sorted(files.iterdir())]
    assert_same(load_snapshot(root), build_index(documents, encoder=ENCODER))


def test_in_any_steps_it_is_the_same(root: Path, files: Path, tmp_path: Path) -> None:
    for name in sorted(TEXTS):
        add(root, files / name)
    add(tmp_path / "一次", files)
    assert pointer(root) == pointer(tmp_path / "一次")


def test_documents_of_one_title_are_told_apart(root: Path, tmp_path: Path) -> None:
    documents = [
        read_text(f"工作报告\n第{n}，抓好粮食。", title="工作报告", source=f"{n}.txt") for n in "一二"
    ]
    add_documents(root, documents, ENCODER)
    assert [one.apart for one in load_snapshot(root).documents] == ["一.txt", "二.txt"]


def test_what_has_not_changed_is_not_read_again(root: Path, files: Path) -> None:
    add(root, files)
    counting = Counting()
    report = add_files(root, [files], counting, Adding())
    assert (len(report.same), len(report.added), counting.texts) == (3, 0, [])
    again = add(root, files, anew=True)
    assert (len(again.same), again.replaced) == (3, [])


def test_a_file_that_changed_replaces_its_document_and_keeps_the_vectors_of_the_rest(
    root: Path, files: Path
) -> None:
    add(root, files)
    place = titles(root).index("甲镇工作报告")
    (files / "甲.txt").write_text(TEXTS["甲.txt"] + "\n第三，抓好生态保护。", "utf-8")
    counting = Counting()
    report = add_files(root, [files], counting, Adding())
    assert [e.title for e in report.replaced] == ["甲镇工作报告"]
    assert len(report.same) == 2
    assert len(counting.texts) == 1
    assert "生态保护" in counting.texts[0]
    found = load_snapshot(root)
    assert len(found.documents) == 3
    assert "生态保护" in found.documents[place].document.text
    everything = [replace(read_document(f), notes=()) for f in sorted(files.iterdir())]
    assert_same(found, build_index(everything, encoder=ENCODER))


def test_a_title_beside_the_file_replaces_the_one_that_was_read(root: Path, files: Path) -> None:
    add(root, files)
    (files / "甲.txt.toml").write_text('title = "另一个标题"', "utf-8")
    assert [e.title for e in add(root, files).replaced] == ["另一个标题"]


def test_the_same_text_under_another_name_is_said(root: Path, files: Path) -> None:
    add(root, files)
    (files / "副本.txt").write_text(TEXTS["甲.txt"], "utf-8")
    report = add(root, files)
    assert [(Path(name).name, e.source) for name, e in report.twins] == [("副本.txt", "甲.txt")]
    assert len(entries_of(root)) == 3


def test_a_file_that_was_moved_is_the_same_document(root: Path, files: Path) -> None:
    add(root, files)
    (files / "甲.txt").rename(files / "搬走.txt")
    report = add(root, files)
    assert (len(report.same), report.twins) == (2, [])
    assert [e.path for e in report.replaced] == [str(files / "搬走.txt")]  # its file's name has changed
    assert len(entries_of(root)) == 3


def test_one_bad_file_does_not_stop_the_rest(root: Path, files: Path) -> None:
    (files / "坏.pdf").write_bytes(b"%PDF-1.4 broken")
    (files / "空.txt").write_bytes(b"  ")
    report = add(root, files, files / "没有.txt")
    assert len(report.added) == 3
    assert {Path(r.name).name: r.code for r in report.refused} == {
        "坏.pdf": "document_damaged",
        "空.txt": "empty_document",
        "没有.txt": FileUnreadable.code,
    }


def test_a_folder_without_files_is_refused(root: Path, tmp_path: Path) -> None:
    (tmp_path / "空").mkdir()
    assert "里没有文件" in add(root, tmp_path / "空").refused[0].message


def test_documents_of_a_zip(root: Path, files: Path, tmp_path: Path) -> None:
    packed = tmp_path / "包.zip"
    with zipfile.ZipFile(packed, "w") as zipped:
        for name, text in TEXTS.items():
            zipped.writestr(name, text)
    assert len(add(root, packed).added) == 3
    assert [Path(e.path).name for e in entries_of(root)] == sorted(TEXTS)
    assert len(add(root, packed).same) == 3
    assert len(add(root, packed, mirror=True).same) == 3


def test_mirror_takes_out_what_the_folder_lost(root: Path, files: Path) -> None:
    add(root, files)
    (files / "乙.txt").unlink()
    assert add(root, files).gone == []
    assert [e.title for e in add(root, files, mirror=True).gone] == ["乙镇工作报告"]
    assert "乙镇工作报告" not in titles(root)


def test_progress_counts_files_and_bytes(root: Path, files: Path) -> None:
    seen: list[Done] = []
    add(root, files, progress=seen.append)
    assert [one.files for one in seen] == [0, 1, 2, 3]
    assert seen[-1].bytes == seen[-1].of_bytes == sum(len(text.encode()) for text in TEXTS.values())


def test_every_batch_is_published(root: Path, tmp_path: Path) -> None:
    folder = tmp_path / "多"
    folder.mkdir()
    for number in range(BATCH_DOCUMENTS + 2):
        (folder / f"{number:03}.txt").write_text(f"第{number}号报告\n要抓好第{number}项工作。", "utf-8")
    seen: list[int] = []

    def progress(_: Done) -> None:
        seen.append(len(entries_of(root)) if pointer(root) else 0)

    add(root, folder, progress=progress)
    assert sorted(set(seen)) == [0, BATCH_DOCUMENTS]
    assert len(entries_of(root)) == BATCH_DOCUMENTS + 2


def test_what_stops_in_the_middle_keeps_what_was_read(root: Path, files: Path) -> None:
    def progress(done: Done) -> None:
        if done.files == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        add(root, files, progress=progress)
    assert len(titles(root)) == 2
    assert len(add(root, files).same) == 2


def test_an_index_that_was_built_at_once_becomes_a_library(root: Path, files: Path) -> None:
    documents = [replace(read_document(f), notes=()) for f in sorted(files.iterdir())]
    build_index(documents[:2], encoder=ENCODER, root=root)
    counting = Counting()
    add_documents(root, documents[2:], counting)
    assert len(counting.texts) == len(index_document(documents[2]).passages)
    assert_same(load_snapshot(root), build_index(documents, encoder=ENCODER))


def test_an_index_built_over_a_library_can_be_gone_back_from(root: Path, files: Path) -> None:
    add(root, files)
    library = pointer(root)
    build_index([read_text("新的。", title="新")], encoder=ENCODER, root=root)
    assert titles(root) == ["新"]
    go_back(root, library)
    assert len(titles(root)) == 3


def test_another_encoder_is_refused(root: Path, files: Path) -> None:
    add(root, files)
    other = CharacterEncoder()
    other.fingerprint = "another"
    with pytest.raises(SnapshotOtherEncoder, match="用编码器“characters”建的"):
        add_files(root, [files], other)
    with pytest.raises(SnapshotOtherEncoder, match="换一个文件夹"):
        load_snapshot(root, fingerprint="another")


def test_documents_are_taken_out(root: Path, files: Path) -> None:
    add(root, files)
    first, *others = entries_of(root)
    assert remove_documents(root, {first.id}, ENCODER) == [first]
    assert entries_of(root) == tuple(others)
    assert remove_documents(root, {"000000000000"}, ENCODER) == []
    with pytest.raises(LibraryUse, match="最后的文稿"):
        remove_documents(root, {e.id for e in others}, ENCODER)


# --- going back and tidying up ----------------------------------------------------------------------


def test_back_to_before_the_last_command_and_forth(root: Path, files: Path) -> None:
    add(root, files / "甲.txt")
    first = pointer(root)
    add(root, files)
    second = pointer(root)
    assert pointer(root, PREVIOUS) == first
    assert go_back(root) == (second, first)
    assert titles(root) == ["甲镇工作报告"]
    assert go_back(root) == (first, second)
    assert len(titles(root)) == 3


def test_nothing_to_go_back_to(root: Path, files: Path) -> None:
    add(root, files)
    with pytest.raises(LibraryUse, match="没有记下上一个快照；这里没有别的快照"):
        go_back(root)
    with pytest.raises(LibraryUse, match="没有快照 0123456789abcdef"):
        go_back(root, "0123456789abcdef")
    with pytest.raises(LibraryUse, match="就是现在用的"):
        go_back(root, pointer(root))


def test_no_way_back_to_a_damaged_snapshot(root: Path, files: Path) -> None:
    add(root, files / "甲.txt")
    (lost,) = entries_of(root)
    add(root, files)
    remove_documents(root, {lost.id}, ENCODER)
    now = pointer(root)
    (root / DOCUMENTS / lost.object).write_bytes(b"x")
    with pytest.raises(SnapshotDamaged, match="不能用：文稿《甲镇工作报告》的文件"):
        go_back(root)
    assert pointer(root) == now


def age(root: Path) -> None:
    for folder in (root / Layout.snapshots).iterdir():
        os.utime(folder, (0, time.time() - GRACE_SECONDS - 5))


def test_what_nobody_needs_goes(root: Path, files: Path) -> None:
    for name in sorted(TEXTS):
        add(root, files / name)
    first, second, third = entries_of(root)
    remove_documents(root, {first.id}, ENCODER)
    remove_documents(root, {second.id}, ENCODER)
    (root / DOCUMENTS / ".new-0123").write_bytes(b"left by a killed writer")
    (root / DOCUMENTS / "我的.txt").write_text("不是我们的", "utf-8")
    young = collect_garbage(root)
    assert (young.documents, young.snapshots, young.young) == (1, 0, 3)
    age(root)
    found = collect_garbage(root)
    assert (found.documents, found.snapshots, found.young) == (1, 3, 0)
    assert found.bytes > (root / DOCUMENTS / second.object).stat().st_size
    left = {file.name for file in (root / DOCUMENTS).iterdir()}
    assert left == {second.object, third.object, "我的.txt"}  # the one in force and the one before it
    go_back(root)
    assert len(titles(root)) == 2
    assert collect_garbage(root).bytes == 0


def test_nothing_goes_where_a_snapshot_cannot_be_read(root: Path, files: Path) -> None:
    add(root, files / "甲.txt")
    add(root, files)
    (root / Layout.snapshots / str(pointer(root, PREVIOUS)) / Layout.manifest).write_bytes(b"x")
    found = collect_garbage(root)
    assert (found.unsure, found.documents) == (True, 0)


def test_a_lost_pointer_loses_no_document(root: Path, files: Path) -> None:
    add(root, files / "甲.txt", files / "乙.txt")
    (root / "CURRENT").unlink()
    age(root)
    (problem,) = verify(root)
    assert "speechqa add 文件…" in problem
    add(root, files / "丙.md")
    assert len(titles(root)) == 3
    assert len(go_back(root)) == 2
    assert len(titles(root)) == 2


# --- verify -----------------------------------------------------------------------------------------


def test_a_whole_library_has_nothing_wrong(root: Path, files: Path, tmp_path: Path) -> None:
    add(root, files / "甲.txt")
    add(root, files)
    assert list(verify(root)) == []
    build_index([read_text(REPORT)], encoder=ENCODER, root=tmp_path / "一次")
    assert list(verify(tmp_path / "一次")) == []


def test_damage_is_named_with_the_command_that_mends_it(root: Path, files: Path) -> None:
    add(root, files)
    entry = next(e for e in entries_of(root) if e.source == "甲.txt")
    file = root / DOCUMENTS / entry.object
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    (problem,) = verify(root)
    assert problem == (
        f"文稿《甲镇工作报告》的文件 {file} 已损坏：校验和不符。修复：speechqa add {files}/甲.txt --index {root}"
    )
    with pytest.raises(SnapshotDamaged, match="speechqa verify"):
        load_snapshot(root)
    assert [e.id for e in add(root, files).replaced] == [entry.id]
    assert list(verify(root)) == []
    assert len(titles(root)) == 3
    file.unlink()
    (files / "甲.txt").unlink()
    (problem,) = verify(root)
    assert f"speechqa remove {entry.id}" in problem


def test_a_damaged_manifest_leads_back(root: Path, files: Path) -> None:
    add(root, files / "甲.txt")
    add(root, files)
    (root / Layout.snapshots / str(pointer(root)) / Layout.manifest).write_bytes(b"x")
    (problem,) = verify(root)
    assert "上一个快照" in problem
    assert "speechqa rollback" in problem
    go_back(root)
    assert titles(root) == ["甲镇工作报告"]


def test_offsets_that_do_not_fit_are_found(root: Path, files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def shifted(document: Document) -> object:
        one = index_document(document)
        wrong = replace(one.passages[0], end=len(document.text) + 1)
        return replace(one, passages=(wrong, *one.passages[1:]))

    monkeypatch.setattr("index.shelving.index_document", shifted)
    monkeypatch.setattr("index.shelving.passage_texts", lambda one: ["x"] * len(one.passages))
    add_documents(root, [read_text(REPORT)], ENCODER)
    (problem,) = verify(root)
    assert "第 1 段的位置不对" in problem


# --- one writer at a time ---------------------------------------------------------------------------


def test_two_writers_at_once(root: Path, files: Path) -> None:
    with writing(root, "speechqa add"), pytest.raises(LibraryBusy) as raised:
        add(root, files)
    message = str(raised.value)
    assert f"另一个程序（进程 {os.getpid()}，主机 " in message
    assert "开始，已 " in message
    assert "请等它写完，再运行 speechqa add 文件… --index" in message
    assert len(add(root, files).added) == 3


def test_a_lock_left_behind_is_taken_over_and_said(root: Path, files: Path) -> None:
    root.mkdir()
    (root / LOCK).write_text(json.dumps({"pid": 4711, "host": "别处", "started": 1000.0}), "utf-8")
    said: list[str] = []
    assert len(add_files(root, [files], ENCODER, Adding(told=said.append, clock=lambda: 1300.0)).added) == 3
    assert len(said) == 1
    assert "进程 4711，主机 别处" in said[0]
    assert "已 5 分钟）：那个进程已经不在，锁已接过来" in said[0]
    assert (root / LOCK).read_bytes() == b""


@pytest.mark.parametrize(("left", "shown"), [(b"{", "进程 ?"), (b"[]", "进程 ?"), (b'{"pid": 7}', "进程 7")])
def test_whatever_a_killed_writer_left_in_the_lock(root: Path, files: Path, left: bytes, shown: str) -> None:
    root.mkdir()
    (root / LOCK).write_bytes(left)
    said: list[str] = []
    add(root, files, told=said.append)
    assert shown in said[0]


def test_a_clock_that_was_set_back(root: Path, files: Path) -> None:
    add(root, files / "甲.txt")
    add(root, files / "乙.txt")
    add(root, files / "丙.md")
    ahead = time.time() + 86_400
    for folder in (root / Layout.snapshots).iterdir():
        os.utime(folder, (ahead, ahead))  # written before the clock was set back by a day
    assert collect_garbage(root).snapshots == 0
    go_back(root)
    assert len(titles(root)) == 2
    (root / LOCK).write_text(json.dumps({"pid": 1, "started": ahead}), "utf-8")
    said: list[str] = []
    add(root, files, told=said.append)
    assert "时钟调慢过" in said[0]


def test_the_folder_is_moved(root: Path, files: Path, tmp_path: Path) -> None:
    add(root, files)
    moved = root.rename(tmp_path / "搬到这里")
    assert len(titles(moved)) == 3
    assert len(add(moved, files).same) == 3
    assert list(verify(moved)) == []


def test_another_programs_folder_is_refused(tmp_path: Path, files: Path) -> None:
    (tmp_path / "CURRENT").write_text("MANIFEST-000001\n", "utf-8")
    with pytest.raises(SnapshotNotWritten, match="不是索引"):
        add(tmp_path, files)
    assert not (tmp_path / DOCUMENTS).exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_only_be_read(root: Path, files: Path) -> None:
    add(root, files)
    root.chmod(0o555)
    try:
        assert len(titles(root)) == 3
        with pytest.raises(SnapshotNotWritten, match="没有权限"):
            add(root, files)
    finally:
        root.chmod(0o755)


# --- the parts --------------------------------------------------------------------------------------


def test_frequencies_of_no_passage_and_of_one() -> None:
    empty = Frequencies.of([])
    assert len(merged([empty])) == 0
    assert Frequencies.from_arrays(empty.arrays()).terms == ()
    indexed = index_document(read_text(REPORT))
    one = Frequencies.of(passage_terms(indexed))
    read = Frequencies.from_arrays(one.arrays())
    assert merged([read]).to_bytes() == merged([one]).to_bytes()


@pytest.mark.parametrize("name", ["sizes", "rows", "codes"])
def test_frequencies_that_do_not_fit(name: str) -> None:
    arrays = Frequencies.of(passage_terms(index_document(read_text(REPORT)))).arrays()
    with pytest.raises(ValueError, match=r"postings|rows"):
        Frequencies.from_arrays(arrays | {name: arrays[name][:-1]})
    with pytest.raises(ValueError, match=r"rows|postings"):
        Frequencies.from_arrays(arrays | {name: np.full_like(arrays[name], 200)})


def test_of_a_document_nothing_is_read_before_it_is_asked(root: Path, files: Path) -> None:
    add(root, files)
    one, other = load_snapshot(root).documents[:2]
    assert isinstance(one, StoredDocument)
    assert one != other
    assert not {"sections", "sentences", "passages", "knowledge"} & set(vars(one))
    assert one.passages
    assert one.with_apart("某年") != one
    assert one.with_apart("某年").passages is one.passages


def test_the_manifest_of_a_library(root: Path, files: Path) -> None:
    add(root, files)
    manifest = json.loads((root / Layout.snapshots / str(pointer(root)) / Layout.manifest).read_text("utf-8"))
    assert manifest["format"] == LIBRARY
    assert [d["source"] for d in manifest["documents"]] == sorted(TEXTS)


def test_names_that_are_swapped_lose_nothing(root: Path, files: Path) -> None:
    add(root, files)
    known = sorted(titles(root))
    one, other = files / "甲.txt", files / "乙.txt"
    texts = one.read_bytes(), other.read_bytes()
    one.write_bytes(texts[1])
    other.write_bytes(texts[0])
    add(root, files)
    assert sorted(titles(root)) == known
    assert {Path(e.path).name: e.title for e in entries_of(root)}["乙.txt"] == "甲镇工作报告"


def test_a_copy_goes_on_where_its_original_is_edited(root: Path, files: Path) -> None:
    text = (files / "甲.txt").read_text("utf-8")
    (files / "0副本.txt").write_text(text, "utf-8")
    (files / "甲.txt").unlink()
    (files / "甲.txt").write_text(text, "utf-8")
    add(root, files)
    (files / "甲.txt").write_text(text + "\n第四，抓好夜校。", "utf-8")
    add(root, files)
    kept = [one.document.text for one in load_snapshot(root).documents]
    assert text.strip() in [one.strip() for one in kept] and any("夜校" in one for one in kept)


def test_a_name_in_no_encoding_is_no_obstacle(root: Path, files: Path) -> None:
    name = os.fsdecode("讲话.txt".encode("gbk"))
    try:
        (files / name).write_text("在会上的讲话\n第一，抓好春耕。", "utf-8")
    except OSError:
        pytest.skip("this disk has names in UTF-8 only")
    add(root, files)
    assert len(entries_of(root)) == len(TEXTS) + 1
    assert list(verify(root)) == []
    assert len(add(root, files).same) == len(TEXTS) + 1


def test_anew_reads_what_a_former_program_read_wrongly(
    root: Path, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrongly(document: Document) -> IndexedDocument:
        found = index_document(document)
        return replace(found, passages=(replace(found.passages[0], end=10**6), *found.passages[1:]))

    monkeypatch.setattr("index.shelving.index_document", wrongly)
    add(root, files)
    monkeypatch.undo()
    problems = list(verify(root))
    assert len(problems) == len(TEXTS) and all("speechqa add --again " in problem for problem in problems)
    assert len(add(root, files).same) == len(TEXTS)
    assert len(add(root, files, anew=True).replaced) == len(TEXTS)
    assert [problem for problem in verify(root) if not problem.startswith("（上一个快照）")] == []


def test_a_folder_that_is_away_takes_nothing_out(root: Path, tmp_path: Path, files: Path) -> None:
    marked = tmp_path / "重要!"
    files.rename(marked)
    add(root, marked)
    assert add(root, marked, mirror=True).gone == []  # a mark in a folder's name is none of a zip
    for file in marked.iterdir():
        file.unlink()
    assert add(root, marked, mirror=True).gone == []
    assert len(entries_of(root)) == len(TEXTS)


def test_a_failed_command_leaves_the_way_back(
    root: Path, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(root, files / "甲.txt")
    first = pointer(root)
    add(root, files / "乙.txt")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr("index.shelving.publish", full)
    with pytest.raises(SnapshotNotWritten):
        add(root, files)
    monkeypatch.undo()
    assert go_back(root)[1] == first


def test_an_index_built_over_a_library_waits_for_its_writer(root: Path, files: Path) -> None:
    add(root, files)
    before = pointer(root)
    with writing(root, "add"), pytest.raises(LibraryBusy):
        build_index([read_text("通知\n第一，值班。")], encoder=ENCODER, root=root)
    assert pointer(root) == before
    build_index([read_text("通知\n第一，值班。")], encoder=ENCODER, root=root)
    assert go_back(root)[1] == before


def test_a_stranger_s_folder_is_not_written_in(tmp_path: Path, files: Path) -> None:
    (tmp_path / "CURRENT").write_text("someone else's", "utf-8")
    before = sorted(tmp_path.iterdir())
    with pytest.raises(SnapshotNotWritten):
        add(tmp_path, files)
    assert sorted(tmp_path.iterdir()) == before
    for command in (collect_garbage, go_back):
        with pytest.raises(SpeechIndexError):
            command(tmp_path / "没有")
    assert not (tmp_path / "没有").exists()
