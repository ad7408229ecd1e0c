"""Documents of one title told apart, in the snapshot and in every citation."""

from pathlib import Path

from index import build_index, load_snapshot, read_text
from qa.citation import citation, document_name
from tests.encoders import CharacterEncoder

HEAD = "政府工作报告\n——{day}在县人民代表大会上\n各位代表：\n一、工作\n今年新建学校{n}所。\n二、目标\n明年再建。\n"


def names(*texts: tuple[str, str], root: Path | None = None) -> list[str]:
    documents = [read_text(text, source=source) for text, source in texts]
    snapshot = build_index(documents, encoder=CharacterEncoder(), root=root)
    if root:
        snapshot = load_snapshot(root)
    assert all(citation(d, d.sentences[-1]).startswith(document_name(d)) for d in snapshot.documents)
    return [document_name(d) for d in snapshot.documents]


def test_by_year_else_by_file_else_by_id(tmp_path: Path) -> None:
    first = HEAD.format(day="2023年1月5日", n=1), "a.txt"
    second = HEAD.format(day="2024年1月5日", n=2), "b.txt"
    third = HEAD.format(day="2024年1月6日", n=3), "c.txt"
    other = "关于值班的通知\n各单位：\n要值班。", "d.txt"
    assert names(first, other) == ["《政府工作报告》", "《关于值班的通知》"]
    assert names(first, second, other, root=tmp_path) == [
        "《政府工作报告》（2023年）", "《政府工作报告》（2024年）", "《关于值班的通知》",
    ]  # fmt: skip
    assert names(first, second, third) == [
        "《政府工作报告》（2023年）", "《政府工作报告》（b.txt）", "《政府工作报告》（c.txt）",
    ]  # fmt: skip
    same = [(text, "a.txt") for text, _ in (second, third)]
    assert [name.startswith("《政府工作报告》（编号") for name in names(*same)] == [True, True]
    assert len(set(names(*same))) == 2


def test_titles_in_a_title_take_the_inner_marks() -> None:
    assert names(("关于印发《办法》的通知\n各乡镇：\n照办。", "a.txt")) == ["《关于印发〈办法〉的通知》"]
