"""Files of any bytes are read or refused, an index with any damage is loaded as it was or refused; seeded."""

import random
import shutil
from pathlib import Path

import pytest

from index import IndexedDocument, build_index, read_document, read_text
from index.errors import ReadingError, SnapshotError
from index.snapshot import Layout, load_snapshot
from tests.adversarial import PATTERNS
from tests.encoders import CharacterEncoder
from tests.long import scaled
from tests.texts import HOSTILE, REPORT, SPEECH

FILES = scaled(300, 4_000)
INDEXES = scaled(400, 6_000)
ENCODINGS = (
    "utf-8",
    "utf-8-sig",
    "gb18030",
    "big5",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "utf-32",
    "shift-jis",
)
ODD = "\ufeff\u2028\u2029\u0085\x0b\x0c\x00\x1b\u200b\u200e\u202e\ud800\udfff\ufffe\uffff\U0010ffff\u3000\xa0\r\n\t*#|—…“”《》（）①㈠Ⅰ"


def text_of(rng: random.Random) -> str:
    """Return a text made of adversarial patterns, reports and odd characters."""
    pieces = []
    for _ in range(rng.randint(1, 4)):
        kind = rng.random()
        if kind < 0.5:
            pieces.append(PATTERNS[rng.choice(list(PATTERNS))](rng.randint(5, 400)))
        elif kind < 0.8:
            source = rng.choice((REPORT, HOSTILE, SPEECH))
            at = rng.randrange(len(source))
            pieces.append(source[at : at + rng.randint(1, 300)])
        else:
            pieces.append("".join(rng.choices(ODD, k=rng.randint(1, 20))))
    return "".join(pieces)


def damaged(rng: random.Random, data: bytes) -> bytes:
    """Return bytes with some flipped, cut off, doubled, moved or replaced; sometimes as they were."""
    kind = rng.randrange(7)
    at = rng.randrange(len(data) + 1)
    if kind == 0 and data:
        return data[:at] + bytes([rng.randrange(256)]) + data[at + 1 :]
    if kind == 1:
        return data[:at]
    if kind == 2:
        return data + data[at:]
    if kind == 3:
        return data[at:] + data[:at]
    if kind == 4:
        return rng.randbytes(rng.randrange(2_000))
    if kind == 5:
        return data[:at] + rng.randbytes(rng.randint(1, 8)) + data[at:]
    return data


def assert_whole(one: IndexedDocument) -> None:
    """Check that every span lies in the text and in what holds it."""
    length = len(one.document.text)
    for section in one.sections:
        assert 0 <= section.start < section.title_end <= section.end <= length
        assert section.parent is None or section.parent < section.index
    for piece in (*one.sentences, *one.passages):
        assert 0 <= piece.start < piece.end <= length
        assert piece.section is None or piece.section < len(one.sections)


def test_files_of_any_bytes(tmp_path: Path) -> None:
    rng = random.Random(20_000)
    read = 0
    file = tmp_path / "文稿.txt"
    for number in range(FILES):
        data = text_of(rng).encode(rng.choice(ENCODINGS), "replace")
        file.write_bytes(damaged(rng, data))
        try:
            document = read_document(file, title=rng.choice((None, "", " \n", "题\ud800", "题" * 500)))
        except ReadingError as error:
            assert "\n" not in str(error), number
            continue
        read += 1
        assert document.title
        document.text.encode("utf-8")
        if len(document.text) <= 1_500 and not number % 3:
            snapshot = build_index([document], encoder=CharacterEncoder())
            assert_whole(snapshot.documents[0])
    assert FILES // 10 < read < FILES


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("built") / "索引"
    build_index([read_text(REPORT), read_text(HOSTILE)], encoder=CharacterEncoder(), root=root)
    return root


def test_an_index_with_any_damage(built: Path, tmp_path: Path) -> None:
    rng = random.Random(7)
    whole = load_snapshot(built)
    refused = 0
    names = [f"{Layout.snapshots}/{whole.id}/{n}" for n in (*Layout.files, Layout.manifest)] + [
        Layout.current
    ]
    for number in range(INDEXES):
        root = tmp_path / str(number)
        shutil.copytree(built, root)
        for name in rng.sample(names, rng.randint(1, 2)):
            if rng.random() < 0.1:
                (root / name).unlink()
            else:
                (root / name).write_bytes(damaged(rng, (root / name).read_bytes()))
        try:
            loaded = load_snapshot(root)
        except SnapshotError as error:
            refused += 1
            assert "\n" not in str(error), number
        else:
            assert (loaded.id, loaded.documents) == (whole.id, whole.documents), number
        shutil.rmtree(root)
    assert refused > INDEXES // 2
