"""Cases made from what the encoders confuse, and near misses that are made."""

from __future__ import annotations

import json
import lzma
import random
from pathlib import Path

from index.encoder import SHIPPED, StaticEncoder
from index.loading import FAST
from index.training.reader.cases import Library, asked_cases
from index.training.reader.hard import told_questions
from index.training.reader.mined import ENCYCLOPEDIAS, _broken, mined_cases, read_cases
from index.training.reader.pairs import PASSAGE, QUERY, asked_values
from index.transformer import ASKED, READER, WHYS, Reader

TEXT = "一、农业\n全年粮食总产达到2.1万吨。\n二、厕所\n完成农村改厕5083座。\n三、道路\n新修乡村公路三条。\n四、水利\n疏通河道十二处。\n"


def told(library: Library, place: int) -> str:
    names = {at: text for text, at in library._places.items()}
    return names[place].removeprefix(QUERY).removeprefix(PASSAGE)


def test_a_record_for_one_head_tells_no_other(tmp_path: Path) -> None:
    record = {
        "question": "那第二条呢", "history": ["今年有哪几条任务"], "relation": "item", "wants": "text", "answer": "quote",
        "facet": "none",
    }  # fmt: skip
    whole = asked_values(record)
    assert -1 not in whole
    relation = list(ASKED).index("relation")
    only = tuple(value if head == relation else -1 for head, value in enumerate(whole))
    assert asked_values(record | {"only": "relation"}) == only
    library = Library(Reader(READER, cross=False))
    cases = asked_cases([record, record | {"only": "relation"}], library)
    assert [case.asked for case in cases] == [whole, only]
    (tmp_path / "understanding.jsonl").write_text(json.dumps(record) + "\n", "utf-8")
    assert not any(
        "only" in r for r in told_questions(tmp_path)
    )  # what the shipped reader was taken further over


def test_a_question_stands_beside_the_rest_of_its_document() -> None:
    library = Library(Reader(READER, cross=False))
    record = {
        "title": "甲", "group": "gov", "sentence": "完成农村改厕5083座。", "colloquial": "乡下旱茅房换下去多少",
        "question": "", "trap": "改厕花了多少钱", "why": "figure_absent",
    }  # fmt: skip
    cases = mined_cases([record] * 8, {"甲": TEXT}, library, StaticEncoder(SHIPPED, FAST))
    case = cases["everyday"][0]
    assert case.right == (True, False, False, False)
    assert "5083座" in told(library, case.candidates[0])
    assert len({told(library, c) for c in case.candidates}) == 4
    assert all(not any(c.right) and WHYS[c.why] == "figure_absent" for c in cases["traps"])
    assert cases["broken"]
    for broken in cases["broken"]:
        assert not any(broken.right)
        assert told(library, broken.candidates[0]).endswith("完成农村改厕。")


def test_a_figure_is_taken_out_only_where_that_is_exact() -> None:
    always = random.Random(1)
    always.random = lambda: 0.0  # type: ignore[method-assign]
    assert _broken("改厕多少座", "改厕5083座。", always) == ("改厕。", False)
    assert _broken("乡下厕所归谁改", "改厕5083座。", always) == ("改厕。", True)
    for question in ("今年目标是啥", "增速如何", "涨到哪一档", "厕所咋办的"):  # they may ask for the figure
        assert _broken(question, "同比增长8%。", always) is None
    assert _broken("改厕多少座", "改厕5083座，修路12公里。", always) is None
    assert _broken("2018年改了厕所没", "改厕5083座。", always) is None
    assert _broken("谁在2018年改的厕", "2018年改厕。", always) is None
    assert _broken("谁改的厕", "2018年改厕。", always) is None


def test_an_answer_that_is_taken_out_answers_no_more(tmp_path: Path) -> None:
    records = [
        {
            "question": f"第{n}座桥哪年建成",
            "context": f"那里有桥。第{n}座桥于18{n}年建成通车。后来又修过。",
            "answers": [f"18{n}年"],
        }
        for n in range(10, 18)
    ]
    for name in ENCYCLOPEDIAS:
        with lzma.open(tmp_path / name, "wt", encoding="utf-8") as file:
            file.writelines(json.dumps(r, ensure_ascii=False) + "\n" for r in records)
            records = []
    library = Library(Reader(READER, cross=False))
    cases = read_cases(tmp_path, 8, library)
    assert len(cases) == 8
    for case in cases:
        rows = [told(library, c) for c in case.candidates]
        assert sum(case.right) <= 1
        assert all(
            ("年建成" in row) == yes or "年" not in row
            for row, yes in zip(rows, case.right, strict=True)
            if "桥于" in row
        )
    assert {any(case.right) for case in cases} == {True, False}
