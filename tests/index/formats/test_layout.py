"""Placed pieces → text: rows, paragraphs over pages, margins, columns, tables, footnotes."""

import pytest

from index.formats.layout import lay_out
from index.formats.letters import letter
from index.formats.placed import Piece, Rule, Sheet
from tests.index.formats import official

Placed = official.Placed
BODY = official.BODY


def sheet(page: list[Placed], number: int = 1, rules: list[Rule] | None = None) -> Sheet:
    """Return a page with a piece for each character."""
    pieces = []
    for text, x, base, size in page:
        for char in text:
            width = (0.5 if char.isascii() else 1.0) * size
            if not char.isspace():
                pieces.append(Piece(char, x, x + width, base, size))
            x += width
    return Sheet(number, official.WIDTH, official.HEIGHT, pieces, rules or [])


def text_of(*pages: list[Placed]) -> str:
    return lay_out([sheet(page, number + 1) for number, page in enumerate(pages)]).text


def spread(text: str, x: float, base: float, step: float, size: float = 16.0) -> list[Placed]:
    return [(char, x + step * at, base, size) for at, char in enumerate(text)]


def test_a_document_comes_back_as_it_was() -> None:
    assert text_of(*official.pages(header="全县文件汇编")) == official.as_text()


def test_pages_are_the_places_of_the_text() -> None:
    pages = [sheet(page, number + 1) for number, page in enumerate(official.pages(body=BODY * 3))]
    found = lay_out(pages)
    assert [page.number for page in found.pages] == list(range(1, len(pages) + 1))
    assert found.pages[0].start == 0
    for above, page in zip(found.pages, found.pages[1:], strict=False):
        assert above.start < above.end <= page.start <= above.end + 1
    first = "".join(text for text, *_ in official.pages(body=BODY * 3)[1][:-1])
    assert found.text[found.pages[1].start : found.pages[1].end].replace("\n", "") == first


def test_margins_that_change_from_page_to_page_are_found() -> None:
    pages = official.pages(header="全县文件汇编", body=BODY[1:] * 3)
    moved = [
        [(text, x + (0, 28)[at % 2], base, size) for text, x, base, size in page]
        for at, page in enumerate(pages)
    ]
    assert text_of(*moved) == text_of(*pages)
    assert text_of(*moved).splitlines()[1:] == list(BODY[1:] * 3)


def test_an_empty_page_has_no_text() -> None:
    pages = official.pages()
    found = lay_out([sheet(pages[0]), Sheet(2, 595, 842), sheet(pages[1], 3)])
    assert found.text == official.as_text()
    assert found.pages[1].start == found.pages[1].end == found.pages[2].start
    assert lay_out([Sheet(1, 595, 842)]).text == ""
    assert lay_out([]).text == ""


@pytest.mark.parametrize(
    "number", ["— {} —", "- {} -", "第 {} 页", "第{}页 共9页", "{}/9", "{}", "Page {} of 9"]
)
def test_page_numbers_are_left_out(number: str) -> None:
    pages = [
        [*page[:-1], (number.format(at + 1), 280.0, 800.0, 10.0)] for at, page in enumerate(official.pages())
    ]
    assert text_of(*pages) == official.as_text()


def test_numbers_that_do_not_count_with_the_pages_stay() -> None:
    pages = [
        [*page[:-1], (number, 280.0, 800.0, 16.0)]
        for number, page in zip(["2035", "1949"], official.pages(), strict=True)
    ]
    assert "2035" in text_of(*pages)
    assert "1949" in text_of(*pages)


def test_headers_of_even_and_odd_pages_are_left_out() -> None:
    pages = official.pages(body=BODY * 4)
    for at, page in enumerate(pages):
        page.insert(0, (("县委办公室", "全县文件汇编")[at % 2], 73.0 if at % 2 else 400.0, 60.0, 10.0))
    text = text_of(*pages)
    assert "汇编" not in text
    assert "县委办公室" not in text


def test_letters_that_are_spread_are_one_word() -> None:
    first, second = official.pages(head="")
    page = [*spread("税务总局文件", 193, 60, 40), *first]
    assert text_of(page, second) == "税务总局文件\n" + official.as_text().partition("\n")[2]


def test_latin_words_are_parted_and_chinese_ones_are_not() -> None:
    page = [
        ("The", 100, 100, 16),
        ("plan", 130, 100, 16),
        ("共", 168, 100, 16),
        ("5", 190, 100, 16),
        ("项", 202, 100, 16),
    ]
    assert text_of(page) == "The plan共5项\n"


def test_raised_numbers_are_marked_as_such() -> None:
    page = [("面积", 100, 100, 16), ("20m", 132, 100, 16), ("2", 156, 93, 9), ("，见说明", 161, 100, 16)]
    assert text_of(page) == "面积20m²，见说明\n"


def test_bold_type_drawn_twice_is_read_once_and_doubled_digits_twice() -> None:
    page = [("达到2.99亿元", 100, 100, 16), ("达到2.99亿元", 100.4, 100, 16)]
    assert text_of(page) == "达到2.99亿元\n"


def test_two_columns_are_read_one_after_the_other() -> None:
    rows = [row for paragraph in BODY for row in official.wrapped(paragraph, 18)]
    half = len(rows) // 2
    page: list[Placed] = [(official.HEAD, 190.0, 80.0, 16.0)]
    for side, part in enumerate((rows[:half], rows[half:])):
        for at, (text, indent) in enumerate(part):
            page.append((text, 60.0 + 250 * side + 12 * indent, 120.0 + 18 * at, 12.0))
    assert text_of(page) == official.as_text()


def grid(xs: list[float], ys: list[float]) -> list[Rule]:
    return [Rule(x, ys[0], x, ys[-1]) for x in xs] + [Rule(xs[0], y, xs[-1], y) for y in ys]


def test_a_ruled_table_is_read_row_by_row() -> None:
    page = [
        ("各项任务分工如下。", 105, 80, 16),
        ("序号", 105, 120, 12), ("任务名称", 160, 120, 12), ("责任单位", 310, 120, 12),
        ("1", 105, 150, 12), ("建设城东水厂及配套管", 155, 150, 12), ("住房和城乡建设局", 310, 158, 12),
        ("网工程", 155, 166, 12),
        ("2", 105, 190, 12), ("县医院", 155, 190, 12),
        ("请抓好落实。", 105, 240, 16),
    ]  # fmt: skip
    rules = grid([100, 150, 300, 420], [105, 130, 172, 200])
    assert lay_out([sheet(page, rules=rules)]).text.splitlines() == [
        "各项任务分工如下。",
        "序号\t任务名称\t责任单位",
        "1\t建设城东水厂及配套管网工程\t住房和城乡建设局",
        "2\t县医院\t",
        "请抓好落实。",
    ]


def test_merged_cells_are_read_once() -> None:
    page = [
        ("单位：亿元", 180, 118, 12),
        ("地区", 105, 148, 12), ("2023年", 160, 138, 12), ("2024年", 260, 138, 12),
        ("一季度", 160, 158, 12), ("二季度", 260, 158, 12),
    ]  # fmt: skip
    rules = [*grid([100, 350], [105, 125, 165]), Rule(150, 145, 350, 145)]
    rules += [Rule(150, 125, 150, 165), Rule(250, 125, 250, 165)]
    assert lay_out([sheet(page, rules=rules)]).text.splitlines() == [
        "单位：亿元",
        "地区\t2023年\t2024年",
        "\t一季度\t二季度",
    ]


def test_a_table_without_lines_is_read_by_its_columns() -> None:
    cells = [("指标", "2023年", "2024年"), ("生产总值", "120.5", "130.2"), ("财政收入", "17", "18.6")]
    page: list[Placed] = [("主要指标如下。", 105, 80, 16)]
    for row, texts in enumerate(cells):
        page += [(text, 100 + 150 * column, 110 + 24 * row, 14) for column, text in enumerate(texts)]
    assert text_of(page).splitlines() == ["主要指标如下。", *("\t".join(row) for row in cells)]


def test_footnotes_stand_above_the_paragraph_that_goes_on() -> None:
    first, second = official.pages()
    cut = [*first[:-1], ("①以上年末数为准。", 73.0, 745.0, 10.0), first[-1]]
    lines = text_of(cut, second).splitlines()
    assert [line for line in lines if not line.startswith("①")] == official.as_text().splitlines()
    at = lines.index("①以上年末数为准。")
    found = lay_out([sheet(cut), sheet(second, 2)])
    assert found.text.index("①") < found.pages[0].end
    assert lines[at + 1][-1] == "。"


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (0x4E00, "一"), (0x2F00, "一"), (0x2F08, "人"), (0x2ED3, "长"), (0x2ED4, "门"), (0x2EC5, "见"), (0xF9DC, "隆"),
        (0xFB01, "fi"), (0xAD, "-"), (0x20, ""), (0x3000, ""), (0, ""), (0xE000, ""), (0xFFFF, ""), (0xD800, ""),
        (0x200B, ""), (0x20000, "𠀀"), (0x110000, ""),
    ],
)  # fmt: skip
def test_letters(code: int, text: str) -> None:
    assert letter(code) == text
