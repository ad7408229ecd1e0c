"""FILE.toml or FILE.json beside a document: what it corrects, and how a wrong one is refused."""

from pathlib import Path

import pytest

from index.errors import BadSidecar
from index.reading import read_document

TEXT = "在县委全会上的讲话\n（2023年1月5日）\n县委书记　张三\n同志们：\n今天开会。\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "讲话.txt"
    path.write_text(TEXT, "utf-8")
    return path


def test_toml_corrects_what_the_text_shows(file: Path) -> None:
    (file.parent / "讲话.txt.toml").write_text(
        'title = "在 全会上的讲话"\ndate = 2023-01-06\nissuer = "中共甲县委"\nspeaker = "李四"\nkind = "报告"\n',
        "utf-8",
    )
    document = read_document(file)
    found = document.metadata
    assert document.title == found.title.value == "在 全会上的讲话"
    assert document.text == TEXT
    assert found.date is not None
    assert (found.date.value, found.date.start) == ("2023-01-06", None)
    assert [f and f.value for f in (found.issuer, found.speaker, found.kind)] == [
        "中共甲县委",
        "李四",
        "report",
    ]


def test_json_corrects_one_field_and_leaves_the_others(file: Path) -> None:
    (file.parent / "讲话.txt.json").write_text('\ufeff{"date": "2023年2月"}', "utf-8")
    found = read_document(file).metadata
    assert found.date is not None
    assert found.date.value == "2023-02"
    assert found.speaker is not None
    assert (found.title.value, found.speaker.value) == ("在县委全会上的讲话", "张三")


def test_the_flag_wins_over_the_file(file: Path) -> None:
    (file.parent / "讲话.txt.toml").write_text('title = "甲"', "utf-8")
    assert read_document(file).title == "甲"
    assert read_document(file, title="乙").title == "乙"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        (
            "toml",
            'titel = "甲"',
            "里有不认识的项“titel”：可写 title、date、issuer、speaker、kind。请改正或删去它。",
        ),
        (
            "json",
            '{"标题": "甲"}',
            "里有不认识的项“标题”：可写 title、date、issuer、speaker、kind。请改正或删去它。",
        ),
        ("toml", "title = 5", "的 title 应为文字，实际是 int。请加引号。"),
        (
            "json",
            "[]",
            "应为一个对象，写 title、date、issuer、speaker、kind 几项，实际不是。请改正或删去它。",
        ),
        ("toml", 'kind = "诗"', "的 kind 不能是“诗”：可写 讲话、报告、通知、规划、法规、公报、其他。"),
        ("toml", 'date = "2023-13"', "的 date 应为 2024、2024-05 或 2024-05-20，实际是“2023-13”。"),
        ("toml", 'date = "去年"', "的 date 应为 2024、2024-05 或 2024-05-20，实际是“去年”。"),
        ("toml", "= x", "读不了：应为 UTF-8 的 TOML，实际："),
        ("json", "{", "读不了：应为 UTF-8 的 JSON，实际："),
        ("json", "[" * 60_000, "读不了：应为 UTF-8 的 JSON，实际："),
        ("toml", "# " + "a" * 70_000, "太大：应只写 title、date、issuer、speaker、kind 几项。请检查文件。"),
    ],
)
def test_a_wrong_one_is_refused_by_name(file: Path, name: str, content: str, said: str) -> None:
    beside = file.parent / f"讲话.txt.{name}"
    beside.write_text(content, "utf-8")
    with pytest.raises(BadSidecar) as raised:
        read_document(file)
    assert str(raised.value).startswith(f"{beside} {said}")
    assert "\n" not in str(raised.value)


def test_two_of_them_are_refused(file: Path) -> None:
    for name in ("toml", "json"):
        (file.parent / f"讲话.txt.{name}").write_text("", "utf-8")
    with pytest.raises(BadSidecar, match=r"讲话\.txt\.toml 和 讲话\.txt\.json：应只有一个"):
        read_document(file)


def test_a_long_name_has_none_beside_it(tmp_path: Path) -> None:
    path = tmp_path / ("长" * 83 + ".txt")  # 253 bytes: with an ending too long for the disk
    path.write_text(TEXT, "utf-8")
    assert read_document(path).title == "在县委全会上的讲话"
