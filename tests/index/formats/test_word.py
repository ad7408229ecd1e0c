"""docx -> text: what Word prints, in the order in which it is read."""

import time
from pathlib import Path

import pytest
from docx import Document as WordFile

from index import index_document, read_document, read_text
from index.errors import DocumentDamaged, Unsafe
from index.formats import word
from index.formats.numerals import label
from tests.index.formats.made import SPACES, docx, level, listed, numbering, p, write_zip

OFFICIAL = (
    level(0, "chineseCountingThousand", "%1、"),
    level(1, "chineseCountingThousand", "（%2）"),
    level(2, "decimal", "%3."),
    level(3, "decimalEnclosedCircle", "%4"),
)


def text_of(path: Path) -> str:
    return word.extract(path).text


def lines(tmp_path: Path, body: str, **parts: str) -> list[str]:
    return [line for line in text_of(docx(tmp_path / "a.docx", body, **parts)).split("\n") if line]


# --- numbers that Word generates --------------------------------------------------------------------


def test_the_numbers_of_an_official_paper(tmp_path: Path) -> None:
    levels = (0, 1, 1, 2, 2, 3, 3, 1, 2, 0, 1)
    body = "".join(listed("甲", level) for level in levels)
    assert lines(tmp_path, body, numbering=numbering(*OFFICIAL)) == [
        "一、甲", "（一）甲", "（二）甲", "1.甲", "2.甲", "①甲", "②甲", "（三）甲", "1.甲", "二、甲", "（一）甲",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("form", "text", "shown"),
    [
        ("chineseCounting", "第%1章", "第一章 总则"),
        ("japaneseCounting", "第%1条", "第一条 总则"),
        ("decimal", "%1.", "1.总则"),
        ("decimal", "(%1)", "(1)总则"),
        ("decimal", "%1．", "1．总则"),
        ("decimal", "%1", "1 总则"),
        ("lowerLetter", "%1)", "a)总则"),
        ("ideographTraditional", "%1、", "甲、总则"),
        ("upperRoman", "%1.", "I.总则"),
        ("none", "", "总则"),
        ("none", "——", "——总则"),
        ("bullet", "\uf0b7", "●总则"),
        ("bullet", "—", "—总则"),
        ("decimalEnclosedCircleChinese", "%1", "①总则"),
        ("aFormOfTheFuture", "%1、", "1、总则"),
    ],
)
def test_forms_of_numbers(tmp_path: Path, form: str, text: str, shown: str) -> None:
    assert lines(tmp_path, listed("总则"), numbering=numbering(level(0, form, text))) == [shown]


def test_a_point_before_a_figure_is_no_decimal_point(tmp_path: Path) -> None:
    assert lines(tmp_path, listed("2024年增长"), numbering=numbering(level(0, "decimal", "%1."))) == [
        "1. 2024年增长"
    ]


@pytest.mark.parametrize(
    ("form", "count", "shown"),
    [
        ("chineseCounting", 10, "十"), ("chineseCounting", 11, "十一"), ("chineseCounting", 20, "二十"),
        ("chineseCounting", 101, "一百零一"), ("chineseCounting", 110, "一百一十"), ("chineseCounting", 1005, "一千零五"),
        ("ideographDigital", 12, "一二"), ("chineseLegalSimplified", 23, "贰拾叁"), ("lowerLetter", 27, "aa"),
        ("lowerRoman", 9, "ix"), ("decimalEnclosedCircle", 21, "㉑"), ("decimalEnclosedCircle", 51, "51"),
        ("ideographZodiac", 13, "子"), ("decimalFullWidth", 12, "１２"), ("decimalZero", 3, "03"), ("upperRoman", 0, "0"),
    ],
)  # fmt: skip
def test_numerals(form: str, count: int, shown: str) -> None:
    assert label(count, form) == shown


def test_levels_of_levels(tmp_path: Path) -> None:
    levels = (
        level(0, "chineseCounting", "第%1章"),
        level(1, "decimal", "%1.%2", "<w:isLgl/>"),
        level(2, "decimal", "%3、", '<w:lvlRestart w:val="0"/>'),
    )
    body = "".join(listed("甲", n) for n in (0, 1, 2, 1, 2, 0, 1, 2))
    assert lines(tmp_path, body, numbering=numbering(*levels)) == [
        "第一章 甲", "1.1 甲", "1、甲", "1.2 甲", "2、甲", "第二章 甲", "2.1 甲", "3、甲",
    ]  # fmt: skip


def test_a_level_that_begins_without_the_one_above(tmp_path: Path) -> None:
    levels = (level(0, "decimal", "%1"), level(1, "decimal", "%1.%2"))
    assert lines(tmp_path, listed("甲", 1) + listed("乙", 0), numbering=numbering(*levels)) == [
        "1.1 甲",
        "1 乙",
    ]


def test_lists_of_one_definition_go_on_and_begin_anew_where_they_say_so(tmp_path: Path) -> None:
    more = (
        '<w:num w:numId="2"><w:abstractNumId w:val="0"/></w:num>'
        '<w:num w:numId="3"><w:abstractNumId w:val="0"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride></w:num>'
        '<w:num w:numId="4"><w:abstractNumId w:val="0"/><w:lvlOverride w:ilvl="0">'
        + level(0, "upperLetter", "%1.", start=3)
        + "</w:lvlOverride></w:num>"
    )
    body = "".join(listed("甲", 0, number) for number in (1, 1, 2, 3, 3, 4))
    found = lines(tmp_path, body, numbering=numbering(level(0, "decimal", "%1."), more=more))
    assert found == ["1.甲", "2.甲", "3.甲", "1.甲", "2.甲", "C.甲"]


def test_numbers_of_the_paragraphs_style(tmp_path: Path) -> None:
    styles = (
        '<w:style w:type="paragraph" w:styleId="H1"><w:name w:val="heading 1"/><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr><w:outlineLvl w:val="0"/></w:pPr></w:style>'
        '<w:style w:type="paragraph" w:styleId="H2"><w:name w:val="heading 2"/><w:basedOn w:val="H1"/><w:pPr><w:numPr><w:ilvl w:val="1"/></w:numPr></w:pPr></w:style>'
        '<w:style w:type="paragraph" w:styleId="H3"><w:basedOn w:val="H1"/></w:style>'
    )
    levels = (
        level(0, "chineseCounting", "%1、", '<w:pStyle w:val="H1"/>'),
        level(1, "chineseCounting", "（%2）", '<w:pStyle w:val="H2"/>'),
        level(2, "decimal", "%3.", '<w:pStyle w:val="H3"/>'),
    )
    body = "".join(p("甲", f'<w:pStyle w:val="{style}"/>') for style in ("H1", "H2", "H3", "H2", "H1"))
    body += p("乙", '<w:pStyle w:val="H1"/><w:numPr><w:ilvl w:val="0"/><w:numId w:val="0"/></w:numPr>')
    found = lines(tmp_path, body, numbering=numbering(*levels), styles=styles)
    assert found == ["一、甲", "（一）甲", "1.甲", "（二）甲", "二、甲", "乙"]


def test_a_list_by_a_numbering_style(tmp_path: Path) -> None:
    numbers = (
        '<w:abstractNum w:abstractNumId="0"><w:numStyleLink w:val="S"/></w:abstractNum>'
        f'<w:abstractNum w:abstractNumId="1">{level(0, "decimal", "%1、")}</w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num><w:num w:numId="2"><w:abstractNumId w:val="1"/></w:num>'
    )
    styles = '<w:style w:type="numbering" w:styleId="S"><w:pPr><w:numPr><w:numId w:val="2"/></w:numPr></w:pPr></w:style>'
    assert lines(tmp_path, listed("甲") + listed("乙"), numbering=numbers, styles=styles) == [
        "1、甲",
        "2、乙",
    ]


def test_empty_paragraphs_count_and_hidden_ones_do_not(tmp_path: Path) -> None:
    hidden = p("丙", '<w:numPr><w:numId w:val="1"/></w:numPr><w:rPr><w:vanish/></w:rPr>', "<w:vanish/>")
    body = listed("甲") + listed("") + hidden + listed("乙")
    assert lines(tmp_path, body, numbering=numbering(level(0, "decimal", "%1、"))) == ["1、甲", "3、乙"]


def test_a_list_that_is_not_there(tmp_path: Path) -> None:
    assert lines(tmp_path, listed("甲", 0, 9) + listed("乙", 12), numbering=numbering(*OFFICIAL)) == [
        "甲",
        "乙",
    ]


def test_the_tree_is_that_of_the_text_with_its_numbers_written_out(tmp_path: Path) -> None:
    """What the issue is about: without the generated numbers there is no tree."""
    plan = [
        (0, "总体要求"),
        (1, "指导思想"),
        (1, "基本原则"),
        (0, "主要任务"),
        (1, "抓好粮食生产"),
        (2, "落实面积"),
        (2, "保障农资"),
        (1, "抓好项目建设"),
    ]
    body = p("关于做好春耕工作的通知")
    body += "".join(listed(head, n) + p(f"要认真落实{head}的各项要求，确保取得实效。") for n, head in plan)
    found = index_document(read_document(docx(tmp_path / "通知.docx", body, numbering=numbering(*OFFICIAL))))
    written = ["一、", "（一）", "（二）", "二、", "（一）", "1.", "2.", "（二）"]
    text = "关于做好春耕工作的通知\n" + "".join(
        f"{number}{head}\n要认真落实{head}的各项要求，确保取得实效。\n"
        for number, (_, head) in zip(written, plan, strict=True)
    )
    same = index_document(read_text(text))
    assert len(found.sections) == len(plan)
    assert [(s.level, s.heading, s.parent) for s in found.sections] == [
        (s.level, s.heading, s.parent) for s in same.sections
    ]


# --- what is kept and what is left out --------------------------------------------------------------


def run(text: str, properties: str = "") -> str:
    return f"<w:r><w:rPr>{properties}</w:rPr><w:t>{text}</w:t></w:r>"


def field(kind: str) -> str:
    return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'


@pytest.mark.parametrize(
    ("inside", "shown"),
    [
        (f"{run('甲')}<w:del><w:r><w:delText>旧</w:delText></w:r></w:del><w:ins>{run('新')}</w:ins>{run('乙')}", "甲新乙"),
        (f"<w:moveFrom>{run('旧')}</w:moveFrom><w:moveTo>{run('新')}</w:moveTo>", "新"),
        (run("甲") + run("密", "<w:vanish/>") + run("乙", '<w:vanish w:val="0"/>'), "甲乙"),
        (run("甲") + "<w:r><w:br/><w:t>乙</w:t></w:r>", "甲\n乙"),
        (run("甲") + "<w:r><w:tab/><w:t>乙</w:t></w:r>", "甲\t乙"),
        (run("一") + "<w:r><w:noBreakHyphen/></w:r>" + run("二"), "一-二"),
        (f"{field('begin')}<w:r><w:instrText>PAGE</w:instrText></w:r>{field('separate')}{run('3')}{field('end')}{run('页')}", "3页"),
        (f"{field('begin')}{run('令')}{field('begin')}{run('令')}{field('separate')}{run('令')}{field('end')}{field('separate')}{run('果')}{field('end')}", "果"),
        (f'<w:fldSimple w:instr="DATE">{run("今天")}</w:fldSimple>', "今天"),
        (f"<w:hyperlink>{run('链接')}</w:hyperlink>", "链接"),
        (f"<w:sdt><w:sdtPr/><w:sdtContent>{run('控件')}</w:sdtContent></w:sdt>", "控件"),
        (f"<w:smartTag>{run('北京')}</w:smartTag>", "北京"),
        (f'<w:commentRangeStart w:id="0"/>{run("正文")}<w:commentRangeEnd w:id="0"/><w:r><w:commentReference w:id="0"/></w:r>', "正文"),
        (f"<w:r><w:ruby><w:rt>{run('zì')}</w:rt><w:rubyBase>{run('字')}</w:rubyBase></w:ruby></w:r>", "字"),
        ("<m:oMath><m:r><m:t>x=1</m:t></m:r></m:oMath>", "x=1"),
        ('<w:r><w:sym w:font="Wingdings" w:char="F0FE"/></w:r>' + run("同意"), "☑同意"),
        (run("未完") + field("begin") + run("令"), "未完"),
    ],
)  # fmt: skip
def test_inside_a_paragraph(tmp_path: Path, inside: str, shown: str) -> None:
    body = f"<w:p>{inside}</w:p>" + p("下一段")
    assert text_of(docx(tmp_path / "a.docx", body)).split("\n下一段")[0].strip("\n") == shown


def test_a_deleted_paragraph_end_joins_two(tmp_path: Path) -> None:
    body = p("甲", "<w:rPr><w:del/></w:rPr>") + p("乙") + p("", "<w:rPr><w:del/></w:rPr>") + p("丙")
    assert lines(tmp_path, body) == ["甲乙", "丙"]


def test_text_hidden_by_a_style(tmp_path: Path) -> None:
    styles = (
        '<w:style w:type="paragraph" w:styleId="A"><w:rPr><w:vanish/></w:rPr></w:style>'
        '<w:style w:type="character" w:styleId="B"><w:basedOn w:val="A"/></w:style>'
    )
    body = p("密", '<w:pStyle w:val="A"/>') + p("密", "", '<w:rStyle w:val="B"/>') + p("明")
    assert lines(tmp_path, body, styles=styles) == ["明"]


def test_a_text_box_is_read_once(tmp_path: Path) -> None:
    box = f"<w:txbxContent>{p('框中的字')}</w:txbxContent>"
    both = (
        f"<w:r><mc:AlternateContent><mc:Choice><wps:wsp><wps:txbx>{box}</wps:txbx></wps:wsp></mc:Choice>"
        f"<mc:Fallback><w:pict><v:shape><v:textbox>{box}</v:textbox></v:shape></w:pict></mc:Fallback></mc:AlternateContent></w:r>"
    )
    old = f"<w:r><w:pict><v:shape><v:textbox>{box}</v:textbox></v:shape></w:pict></w:r>"
    assert lines(tmp_path, f"<w:p>{run('甲')}{both}{run('乙')}</w:p>") == ["甲乙", "框中的字"]
    assert lines(tmp_path, f"<w:p>{run('甲')}{old}</w:p>") == ["甲", "框中的字"]


def test_footnotes_and_endnotes_stand_at_the_end(tmp_path: Path) -> None:
    refer = '<w:r><w:{}Reference w:id="{}"/></w:r>'
    body = (
        f"<w:p>{run('粮食产量')}{refer.format('footnote', 2)}{run('稳定。')}</w:p>"
        f"<w:p>{run('投资')}{refer.format('endnote', 1)}{run('增长')}{refer.format('footnote', 9)}</w:p>"
    )
    notes = {
        "footnotes": f'<w:footnote w:type="separator" w:id="0">{p("分隔")}</w:footnote><w:footnote w:id="2">{p("指全年产量。")}{p("含薯类。")}</w:footnote>',
        "endnotes": f'<w:endnote w:id="1">{p("固定资产投资。")}</w:endnote>',
    }
    path = docx(tmp_path / "a.docx", body, **notes)
    assert (
        text_of(path)
        == "粮食产量[1]稳定。\n投资[2]增长[3]\n\n[1] 指全年产量。 含薯类。\n[2] 固定资产投资。\n[3]\n"
    )
    from index.reading import read_view

    assert read_view(text_of(path)).text.startswith("粮食产量稳定。\n投资增长")


def test_headings_stand_apart_and_headers_and_footers_are_left_out(tmp_path: Path) -> None:
    file = WordFile()
    file.sections[0].header.paragraphs[0].text = "页眉"
    file.sections[0].footer.paragraphs[0].text = "页脚"
    file.core_properties.title = "关于做好工作的通知"
    file.add_paragraph("各乡镇要抓好落实。")
    file.add_heading("工作要求", 1)
    file.add_paragraph("要加强领导。")
    file.save(str(tmp_path / "a.docx"))
    found = word.extract(tmp_path / "a.docx")
    assert found.text == "各乡镇要抓好落实。\n\n工作要求\n要加强领导。\n"
    assert found.title == "关于做好工作的通知"
    assert read_document(tmp_path / "a.docx").title == "关于做好工作的通知"


# --- tables -----------------------------------------------------------------------------------------


def cell(text: str, properties: str = "") -> str:
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{text if text.startswith('<') else p(text)}</w:tc>"


def table(*rows: str) -> str:
    return "<w:tbl>" + "".join(f"<w:tr>{row}</w:tr>" for row in rows) + "</w:tbl>"


def test_a_table_is_read_row_by_row(tmp_path: Path) -> None:
    body = p("主要指标如下：") + table(
        cell("指标") + cell("2023年") + cell("2024年"),
        cell("粮食产量（万吨）") + cell("50") + cell(p("52") + p("（预计）")),
    )
    assert (
        text_of(docx(tmp_path / "a.docx", body))
        == "主要指标如下：\n\n指标\t2023年\t2024年\n粮食产量（万吨）\t50\t52 （预计）\n"
    )


def test_merged_cells_are_read_once(tmp_path: Path) -> None:
    rows = (
        cell("部门", '<w:vMerge w:val="restart"/>') + cell("任务", '<w:gridSpan w:val="2"/>') + cell("时限"),
        cell("部门", "<w:vMerge/>") + cell("一") + cell("二") + cell("三"),
    )
    assert lines(tmp_path, table(*rows)) == ["部门\t任务\t\t时限", "\t一\t二\t三".strip("\n")]


def test_a_frame_of_one_cell_is_text_and_a_nested_table_stands_inline(tmp_path: Path) -> None:
    frame = table(cell(p("第一段。") + p("第二段。")))
    assert lines(tmp_path, frame) == ["第一段。", "第二段。"]
    nested = table(cell("外") + cell(table(cell("甲") + cell("乙"), cell("丙") + cell("丁")) + p("")))
    assert lines(tmp_path, nested) == ["外\t甲 乙 丙 丁"]


def test_rows_that_are_deleted_or_wrapped(tmp_path: Path) -> None:
    rows = f"<w:tbl><w:tr><w:trPr><w:del/></w:trPr>{cell('旧')}{cell('旧')}</w:tr><w:sdt><w:sdtContent><w:tr>{cell('甲')}{cell('乙')}</w:tr></w:sdtContent></w:sdt></w:tbl>"
    assert lines(tmp_path, rows) == ["甲\t乙"]


# --- other shapes of the file -----------------------------------------------------------------------


def test_strict_files_and_other_names_of_the_main_part(tmp_path: Path) -> None:
    space = 'xmlns:w="http://purl.oclc.org/ooxml/wordprocessingml/main"'
    kind = "http://purl.oclc.org/ooxml/officeDocument/relationships/officeDocument"
    files = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": f'<Relationships><Relationship Type="{kind}" Target="/word/document2.xml"/></Relationships>',
        "word/document2.xml": f"<w:document {space}><w:body><w:p><w:r><w:t>严格格式</w:t></w:r></w:p></w:body></w:document>",
    }
    assert text_of(write_zip(tmp_path / "a.docx", files)) == "严格格式\n"


def test_what_a_part_names_outside_is_not_followed(tmp_path: Path) -> None:
    files = {
        "_rels/.rels": '<Relationships><Relationship Type="x/officeDocument" TargetMode="External" Target="file:///etc/passwd"/>'
        '<Relationship Type="x/officeDocument" Target="../../../etc/passwd"/></Relationships>',
        "word/document.xml": f"<w:document {SPACES}/>",
    }
    with pytest.raises(DocumentDamaged) as raised:
        text_of(write_zip(tmp_path / "a.docx", files))
    assert str(raised.value) == "a.docx 已损坏：打不开其中的内容。请用原来的软件打开并另存一份，或重新下载。"


def test_entities_are_refused(tmp_path: Path) -> None:
    bomb = '<!DOCTYPE a [<!ENTITY a "哈哈哈哈哈哈"><!ENTITY b "&a;&a;&a;&a;">]>'
    files = {"word/document.xml": f"{bomb}<w:document {SPACES}><w:body>&b;</w:body></w:document>"}
    with pytest.raises(Unsafe) as raised:
        text_of(write_zip(tmp_path / "a.docx", files))
    assert (
        str(raised.value) == "a.docx 里定义了实体（DOCTYPE）：办公文档不应有。请用原来的软件打开并另存一份。"
    )


def test_tables_nested_beyond_reason_are_damaged(tmp_path: Path) -> None:
    body = p("字")
    for _ in range(100):
        body = table(cell(body))
    with pytest.raises(DocumentDamaged):
        text_of(docx(tmp_path / "a.docx", body))


def test_twenty_pages_are_read_within_five_seconds(tmp_path: Path) -> None:
    file = WordFile()
    for number in range(20):
        file.add_heading(f"第{number}项工作", 1)
        for _ in range(7):
            file.add_paragraph(
                "各级各部门要提高认识，加强领导，明确责任，落实措施，确保各项任务按时完成、取得实效。" * 3
            )
        rows = file.add_table(4, 4)
        for row in rows.rows:
            for one in row.cells:
                one.text = "指标"
    file.save(str(tmp_path / "a.docx"))
    begun = time.monotonic()
    document = read_document(tmp_path / "a.docx")
    assert time.monotonic() - begun < 5
    assert document.format == "docx"
    assert len(document.text) > 17_000
