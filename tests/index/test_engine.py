"""A library on an engine: stored whole or not at all, found and loaded as it was, by each of the engines there are here."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index import Encoder, IndexedDocument, LocalStage, Snapshot, Where, build_index, load_encoder, words
from index.engine.address import open_store
from index.engine.checking import check_library
from index.engine.claiming import STALE, Claims
from index.engine.counting import count, prepare, read_head
from index.engine.distant import EngineStage
from index.engine.filling import EngineLibrary, Filled
from index.engine.points import INDEXED, Match, Point, PointStore, every, point_id
from index.engine.stored import marker_id, sparse, term_number
from index.errors import (
    EngineError,
    LibraryBusy,
    LibraryUse,
    SnapshotDamaged,
    SnapshotMissing,
    SnapshotNotWritten,
    SnapshotOtherEncoder,
)
from index.library import Adding
from tests.engines import KINDS, store_of, write_files
from tests.long import scaled
from tests.yearly import FILES, yearly


@pytest.fixture(scope="module")
def fast() -> Encoder:
    return load_encoder("fast")


@pytest.fixture(scope="module")
def snapshot(fast: Encoder) -> Snapshot:
    return build_index(yearly(), encoder=fast)


@pytest.fixture(params=scaled(["edge"], list(KINDS)))  # what is written and when is the same for all of them
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[PointStore]:
    made = store_of(request.param, tmp_path)
    yield made
    made.close()


@pytest.fixture
def light(tmp_path: Path) -> PointStore:
    return store_of("memory", tmp_path)


@pytest.fixture(params=KINDS)
def each(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[PointStore]:
    made = store_of(request.param, tmp_path)
    yield made
    made.close()


def filled(store: PointStore, tmp_path: Path, fast: Encoder, **how: bool) -> Filled:
    folder = write_files(tmp_path / "files")
    return EngineLibrary(store).add([folder / name for name in FILES], fast, Adding(**how))  # type: ignore[arg-type]


def points(store: PointStore) -> set[str]:
    return {f"{p.payload['k']}/{p.payload.get('d')}/{p.payload.get('n')}" for p in every(store, {})}


def test_what_is_loaded_is_what_was_indexed(
    each: PointStore, tmp_path: Path, fast: Encoder, snapshot: Snapshot
) -> None:
    report = filled(each, tmp_path, fast)
    assert [entry.source for entry in report.added] == list(FILES)
    stage = EngineStage(each, fast.fingerprint)
    assert [one.title for one in stage.documents()] == [d.document.title for d in snapshot.documents]
    for number, file in enumerate(stage.load([d.document.id for d in snapshot.documents])):
        first, after = snapshot.span_of(number)
        there: IndexedDocument = snapshot.documents[number].with_apart("")
        assert file.document == there and file.document.knowledge == there.knowledge
        assert (file.vectors == snapshot.dense.vectors(first, after - first)).all()
        assert len(file.tokens) == after - first
    assert list(check_library(each)) == []


def test_candidates_are_those_of_the_snapshot(
    each: PointStore, tmp_path: Path, fast: Encoder, snapshot: Snapshot
) -> None:
    filled(each, tmp_path, fast)
    stage, local = EngineStage(each, fast.fingerprint), LocalStage(snapshot)
    vector = fast.encode_queries(["采砂许可证有效期"])[0]
    here, there = (one.dense(vector, 5, Where()) for one in (local, stage))
    assert [f.key for f in there] == [f.key for f in here]
    assert [f.score for f in there] == pytest.approx([f.score for f in here], abs=1e-6)
    terms = words("采砂许可证有效期")
    assert stage.statistics(terms) == local.statistics(terms)
    weights = {term: snapshot.lexical.idf(term) for term in terms if snapshot.lexical.holds(term)}
    found = stage.lexical(weights, 3, Where())
    assert {f.key for f in found} == {f.key for f in local.lexical(weights, 3, Where())}
    one = frozenset([found[0].key[0]])
    assert {f.key[0] for f in stage.dense(vector, 9, Where(documents=one))} == one
    assert {f.key[0] for f in stage.dense(vector, 99, Where(without=one))} == {
        d.document.id for d in snapshot.documents
    } - one
    assert [f.key for f in stage.lexical(weights, 9, Where(keys=(found[1].key,)))] == [found[1].key]


def test_an_unchanged_file_is_not_read_again(store: PointStore, tmp_path: Path, fast: Encoder) -> None:
    filled(store, tmp_path, fast)
    before = points(store)
    again = filled(store, tmp_path, fast)
    assert [e.source for e in again.same] == list(FILES) and not (again.added or again.replaced)
    assert points(store) == before
    anew = filled(store, tmp_path, fast, anew=True)
    assert [e.source for e in anew.same] == list(FILES) and points(store) == before


def test_a_changed_file_takes_the_place_of_the_old_one(
    store: PointStore, tmp_path: Path, fast: Encoder
) -> None:
    filled(store, tmp_path, fast)
    changed = tmp_path / "files" / "旧办法.txt"
    changed.write_text(FILES["旧办法.txt"].replace("五千元", "八千元"), "utf-8")
    library = EngineLibrary(store)
    before = {e.source: e.id for e in library.entries()}
    report = library.add([changed], fast)
    assert [e.source for e in report.replaced] == ["旧办法.txt"]
    assert len(library.entries()) == len(FILES)
    assert not [name for name in points(store) if before["旧办法.txt"] in name]
    assert (
        "八千元"
        in EngineStage(store, fast.fingerprint).load([report.replaced[0].id])[0].document.document.text
    )


def test_twins_are_kept_once_and_lost_files_mirrored(
    store: PointStore, tmp_path: Path, fast: Encoder
) -> None:
    filled(store, tmp_path, fast)
    copy = tmp_path / "files" / "另存.txt"
    copy.write_text(FILES["旧办法.txt"], "utf-8")
    library = EngineLibrary(store)
    assert [entry.source for _, entry in library.add([copy], fast).twins] == ["旧办法.txt"]
    (tmp_path / "files" / "旧办法.txt").unlink()
    copy.unlink()
    assert [e.source for e in library.add([tmp_path / "files"], fast, Adding(mirror=True)).gone] == [
        "旧办法.txt"
    ]


def test_a_renamed_file_keeps_its_document(light: PointStore, tmp_path: Path, fast: Encoder) -> None:
    filled(light, tmp_path, fast)
    folder, library = tmp_path / "files", EngineLibrary(light)
    before = {e.source: e.id for e in library.entries()}
    (folder / "旧办法.txt").rename(folder / "改名.txt")
    report = library.add([folder], fast, Adding(mirror=True))
    assert (report.twins, report.gone) == ([], [])
    assert {e.id: e.path for e in library.entries()}[before["旧办法.txt"]] == str(folder / "改名.txt")
    assert len(library.entries()) == len(FILES) and list(check_library(light)) == []
    assert len(library.add([folder], fast, Adding(mirror=True)).same) == len(FILES)


@pytest.mark.parametrize("anew", [False, True])
def test_what_a_copy_overwrites_is_not_asked_any_more(
    light: PointStore, tmp_path: Path, fast: Encoder, anew: bool
) -> None:
    filled(light, tmp_path, fast)
    library = EngineLibrary(light)
    over = tmp_path / "files" / "旧办法.txt"
    over.write_text(FILES["白山2024.txt"], "utf-8")
    report = library.add([over], fast, Adding(anew=anew))
    assert [entry.source for _, entry in report.twins] == ["白山2024.txt"]
    assert "旧办法.txt" not in {e.source for e in library.entries()}


def test_what_is_taken_out_is_gone_and_its_terms_are_not_counted(
    store: PointStore, tmp_path: Path, fast: Encoder
) -> None:
    filled(store, tmp_path, fast)
    library = EngineLibrary(store)
    entry = next(e for e in library.entries() if e.source == "白山2024.txt")
    assert library.remove({entry.id}) == [entry]
    assert not [name for name in points(store) if entry.id in name]
    stage = EngineStage(store, fast.fingerprint)
    assert stage.statistics(["林下"]).holding == {"林下": 0}
    assert stage.load([entry.id]) == []
    with pytest.raises(LibraryUse, match="最后的文稿"):
        library.remove({e.id for e in library.entries()})


def test_a_mirror_never_empties_a_library(light: PointStore, tmp_path: Path, fast: Encoder) -> None:
    folder, library = tmp_path / "files", EngineLibrary(light)
    filled(light, tmp_path, fast)
    for name in FILES:
        (folder / name).unlink()
    (folder / "空.txt").write_text("", "utf-8")
    with pytest.raises(LibraryUse, match="最后的文稿"):
        library.add([folder], fast, Adding(mirror=True))
    assert len(library.entries()) == len(FILES)


def test_no_documents_are_not_counted(light: PointStore, tmp_path: Path, fast: Encoder) -> None:
    (tmp_path / "空.txt").write_text("", "utf-8")
    assert EngineLibrary(light).add([tmp_path / "空.txt"], fast).refused
    assert "statistics" not in read_head(light)
    with pytest.raises(SnapshotMissing, match="还没有写完第一批文稿"):
        EngineStage(light, fast.fingerprint)


class Killed(BaseException):
    """What stands for a kill in one process."""


class Dying:
    """An engine whose client dies at its n-th write."""

    def __init__(self, store: PointStore, after: int) -> None:
        self._store, self._left, self.writes = store, after, 0

    def __getattr__(self, name: str) -> object:
        found = getattr(self._store, name)
        if name not in ("upsert", "insert", "swap", "update", "delete"):
            return found

        def writing(*given: object) -> None:
            self._left, self.writes = self._left - 1, self.writes + 1
            if self._left < 0:
                raise Killed
            found(*given)

        return writing


@pytest.mark.parametrize("kind", scaled(["memory"], list(KINDS)))
def test_wherever_a_writer_dies_the_next_add_leaves_nothing_half_added(
    kind: str, tmp_path: Path, fast: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "whole").mkdir()
    whole = Dying(store_of(kind, tmp_path / "whole"), 10_000)
    filled(whole, tmp_path, fast)  # type: ignore[arg-type]
    wanted = points(whole)  # type: ignore[arg-type]
    for after in range(0, whole.writes, scaled(13, 1)):
        (tmp_path / str(after)).mkdir()
        store = store_of(kind, tmp_path / str(after))
        with pytest.raises(Killed):
            filled(Dying(store, after), tmp_path, fast)  # type: ignore[arg-type]
        monkeypatch.setattr("index.engine.claiming._is_alive", lambda pid: False)  # it was another process
        filled(store, tmp_path, fast)
        assert points(store) == wanted
        assert list(check_library(store)) == []


def test_a_removal_that_was_cut_off_is_finished(store: PointStore, tmp_path: Path, fast: Encoder) -> None:
    filled(store, tmp_path, fast)
    entry = EngineLibrary(store).entries()[0]
    with pytest.raises(Killed):
        EngineLibrary(Dying(store, 2)).remove({entry.id})  # type: ignore[arg-type]
    assert any(entry.id in problem for problem in check_library(store))
    told: list[str] = []
    later = EngineLibrary(store, lambda: 1e12)
    later.add([tmp_path / "files" / "青河2024.txt"], fast, Adding(told=told.append))
    assert told == ["有 1 篇文稿上次没有写完（或没有删完），已经清理；要加的会重新加。"]
    assert not [name for name in points(store) if entry.id in name]


def test_what_another_is_at_is_left_to_it_until_its_claim_is_stale(
    store: PointStore, tmp_path: Path, fast: Encoder
) -> None:
    filled(store, tmp_path, fast)
    now = 2_000_000_000.0
    other = {"k": "document", "state": "claimed", "owner": "elsewhere:7:aa", "at": round(now * 1000)}
    new = write_files(tmp_path / "files") / "新.txt"
    new.write_text("关于林场管护的通知\n各单位要落实林场管护责任，每月巡查两次。\n", "utf-8")
    one = EngineLibrary(store_of("memory", tmp_path)).add([new], fast).added[0].id
    store.insert(Point(marker_id(one), {**other, "d": one}))
    store.upsert([Point(point_id("passage", one, 9), {"k": "passage", "d": one, "n": 9})])
    at_once = EngineLibrary(store, lambda: now + STALE - 1).add([new], fast)
    assert at_once.elsewhere == [str(new)] and not at_once.added
    assert any(one in problem for problem in check_library(store))
    later = EngineLibrary(store, lambda: now + STALE + 1).add([new], fast)
    assert [e.id for e in later.added] == [one]
    assert f"passage/{one}/9" not in points(store)


class Losing:
    """An engine in which another machine drops every claim as stale before it is finished."""

    def __init__(self, store: PointStore) -> None:
        self._store = store

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    def swap(self, point: Point, instead: Match) -> None:
        if point.payload["state"] == "done":
            other = Claims(self._store, lambda: 1e12, "elsewhere")
            assert other.repair() == 1
        self._store.swap(point, instead)


def test_a_document_whose_claim_was_lost_is_not_added_and_leaves_nothing(
    light: PointStore, tmp_path: Path, fast: Encoder
) -> None:
    filled(light, tmp_path, fast)
    before = points(light)
    new = tmp_path / "files" / "新.txt"
    new.write_text("关于林场管护的通知\n各单位要落实林场管护责任，每月巡查两次。\n", "utf-8")
    report = EngineLibrary(Losing(light)).add([new], fast)  # type: ignore[arg-type]
    assert report.elsewhere == [str(new)] and not report.added
    assert points(light) == before


def test_few_new_documents_are_not_counted_for(store: PointStore, tmp_path: Path, fast: Encoder) -> None:
    filled(store, tmp_path, fast)
    before = read_head(store)["statistics"]
    assert not count(store)
    markers = {
        f"{n:012x}": {
            "k": "document", "d": f"{n:012x}", "state": "done", "counted": True, "entry": {"sha256": "0"},
        }
        for n in range(400)
    }  # fmt: skip
    store.upsert([Point(marker_id(d), payload) for d, payload in markers.items()])
    store.update({"k": ["head"]}, {"statistics": {**before, "documents": 405, "of": "x"}})
    store.update({"d": list(markers)[:4]}, {"counted": False})
    store.update({"k": ["head"]}, {"statistics": {**before, "documents": 401, "of": "x"}})
    assert not count(store)
    store.update({"d": list(markers)[:9]}, {"counted": False})
    store.update({"k": ["head"]}, {"statistics": {**before, "documents": 396, "of": "x"}})
    assert count(store)


def test_a_document_that_is_written_anew_with_other_terms_is_counted_anew(
    each: PointStore, tmp_path: Path, fast: Encoder
) -> None:
    filled(each, tmp_path, fast)
    entry = EngineLibrary(each).entries()[0]
    fields = {"entry": {**asdict(entry), "sha256": "0" * 64}, "counted": False}  # as another reading wrote it
    each.update({"k": ["document"], "d": [entry.id]}, fields)
    before = read_head(each)["statistics"]["of"]
    EngineLibrary(each).add([Path(entry.path)], fast, Adding(anew=True))
    assert read_head(each)["statistics"]["of"] == before
    each.update({"k": ["document"], "d": [entry.id]}, fields)
    assert count(each) and read_head(each)["statistics"]["of"] != before
    assert not count(each)


class Vanishing:
    """An engine in which another machine takes a document out while its terms are put in force."""

    def __init__(self, store: PointStore, document: str) -> None:
        self._store, self._document = store, document

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    def upsert(self, given: Sequence[Point]) -> None:
        self._store.upsert(given)
        self._store.delete({"d": [self._document]})


def test_a_document_that_goes_while_it_is_counted_is_passed_over(
    each: PointStore, tmp_path: Path, fast: Encoder
) -> None:
    filled(each, tmp_path, fast)
    entry = EngineLibrary(each).entries()[0]
    each.update({"k": ["head"]}, {"statistics": None})
    assert count(Vanishing(each, entry.id))  # type: ignore[arg-type]
    assert read_head(each)["statistics"]["documents"] == len(FILES) - 1
    assert not [name for name in points(each) if entry.id in name]


def test_a_library_that_cannot_be_asked_says_why(each: PointStore, tmp_path: Path, fast: Encoder) -> None:
    with pytest.raises(SnapshotMissing, match="引擎里没有文稿库"):
        EngineStage(each, fast.fingerprint)
    filled(each, tmp_path, fast)
    with pytest.raises(SnapshotOtherEncoder, match="是用编码器“fast”建的"):
        EngineStage(each, "another")
    entry = EngineLibrary(each).entries()[0]
    each.delete({"k": ["part"], "d": [entry.id]})
    with pytest.raises(SnapshotDamaged, match=r"已损坏.*add --again"):
        EngineStage(each, fast.fingerprint).load([entry.id])
    assert any(entry.id in problem for problem in check_library(each))
    assert EngineLibrary(each).add([Path(entry.path)], fast, Adding(anew=True)).same == [entry]
    assert list(check_library(each)) == []


def test_what_a_document_is_found_by_is_checked(each: PointStore, tmp_path: Path, fast: Encoder) -> None:
    filled(each, tmp_path, fast)
    one, two, three, *_ = EngineLibrary(each).entries()
    each.delete({"k": ["passage"], "d": [one.id], "n": [1]})
    each.delete({"k": ["counts"], "d": [two.id]})
    more = {"k": "passage", "d": three.id, "n": three.passages}
    each.upsert([Point(point_id("passage", three.id, three.passages), more)])
    problems = list(check_library(each))
    assert len(problems) == 3
    for entry, wrong in ((one, "缺 1 个（第一个是第 1 号）"), (two, "缺词的统计"), (three, "实际有")):
        assert any(entry.id in problem and wrong in problem for problem in problems)
    paths = [Path(entry.path) for entry in (one, two, three)]
    EngineLibrary(each).add(paths, fast, Adding(anew=True))
    assert list(check_library(each)) == []


def test_a_collection_of_others_is_refused(tmp_path: Path, fast: Encoder) -> None:
    store = store_of("memory", tmp_path)
    store.create(fast.dimension)
    with pytest.raises(EngineError, match="不是讲话问答的文稿库"):
        read_head(store)


def test_a_collection_of_other_vectors_is_refused_before_anything_is_written(
    each: PointStore, fast: Encoder
) -> None:
    each.create(fast.dimension + 1)
    with pytest.raises(SnapshotOtherEncoder, match=f"是 {fast.dimension + 1} 维.*是 {fast.dimension} 维"):
        prepare(each, fast)
    assert not points(each)


def test_a_collection_that_was_left_without_indexes_gets_them(tmp_path: Path, fast: Encoder) -> None:
    store: Any = store_of("edge", tmp_path)
    store.create(fast.dimension)
    for name in store._shard.info().payload_schema:  # its maker was killed before they were there
        store._update(store._q.UpdateOperation.delete_field_index(name))
    assert not store._shard.info().payload_schema
    for _ in range(2):
        prepare(store, fast)
        assert set(store._shard.info().payload_schema) == set(INDEXED)
    store.close()


def test_what_is_loaded_is_kept_up_to_a_bound(store: PointStore, tmp_path: Path, fast: Encoder) -> None:
    filled(store, tmp_path, fast)
    stage = EngineStage(store, fast.fingerprint, cache_bytes=1)
    ids = [entry.id for entry in stage.entries]
    first = stage.load(ids)
    assert stage.load(ids[-1:])[0] is first[-1]
    assert stage.load(ids[:1])[0] is not first[0]


def test_the_terms_numbers_stand_for_them() -> None:
    assert sparse({"粮食": 1.5, "耕地": 2.0}) == ([term_number("粮食"), term_number("耕地")], [1.5, 2.0])
    assert 0 <= term_number("粮食") < 2**32 and np.uint32(term_number("粮食"))


@pytest.mark.parametrize(
    "address",
    [
        "speeches",
        "edge:",
        "qdrant://",
        "qdrant://host",
        "qdrant://host:x/a",
        "qdrant://u:p@host/a",
        "http://host/a",
    ],
)
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(EngineError, match=re.escape(f"实际是“{address}”")):
        open_store(address, {})


@pytest.mark.parametrize("wrong", ["shards=0", "replicas=two", "shards=1001", "shards=²", "shards="])
def test_shards_and_replicas_are_numbers(wrong: str) -> None:
    with pytest.raises(EngineError, match="应为 1 到 1000 的整数"):
        open_store(f"qdrant://host:1/a?{wrong}", {})


@pytest.mark.parametrize("unknown", ["shard", "片"])
def test_what_an_address_does_not_know_is_refused_by_name(unknown: str) -> None:
    with pytest.raises(EngineError, match=f"不认识“{unknown}”"):
        open_store(f"qdrant://host:1/a?shards=2&{unknown}=3", {})


def test_an_address_names_the_library_without_what_it_is_made_with() -> None:
    store = open_store("qdrants://host:1/a?shards=24&replicas=2", {"QDRANT_API_KEY": "k"})
    assert store.name == "qdrants://host:1/a"
    store.close()


def test_a_folder_of_edge_is_one_programs_and_no_others_folder_is_taken(
    tmp_path: Path, fast: Encoder
) -> None:
    store = store_of("edge", tmp_path)
    store.create(fast.dimension)
    with pytest.raises(LibraryBusy, match="正由另一个程序用着"):
        open_store(f"edge:{tmp_path / 'edge'}")
    store.close()
    assert open_store(f"edge:{tmp_path / 'edge'}").dimension() == fast.dimension
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "a.txt").write_text("甲", "utf-8")
    with pytest.raises(SnapshotNotWritten, match="不是 Edge 的文稿库"):
        open_store(f"edge:{tmp_path / 'files'}")
