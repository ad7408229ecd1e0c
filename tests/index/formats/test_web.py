"""html -> text: what the page is about, blocks as lines, tables by their grid."""

from pathlib import Path

import pytest

from index import read_document
from index.errors import DocumentDamaged, EmptyDocument
from index.formats import web

BODY = "各乡镇要把粮食生产放在首位，落实播种面积，确保全年产量稳定。" * 3
PAGE = """<!DOCTYPE html>
<html><head><meta charset="{charset}"><title>关于做好春耕工作的通知_某县人民政府</title>
<meta name="ArticleTitle" content="关于做好春耕工作的通知"><style>p {{color: red}}</style></head>
<body><div class="nav"><a href="/">首页</a><a href="/zw">政务公开</a></div>
<div class="wrap"><div class="crumbs">您现在的位置：首页</div>
<h1>关于做好春耕工作的通知</h1><div>来源：某县人民政府　发布时间：2024-03-01</div>
<div class="TRS_Editor"><p>各乡镇：</p><p>一、总体要求</p><p>{body}</p>
<h2>二、重点任务</h2><p>第一段<br>换行</p><ol><li>落实面积</li><li value="5">保障农资</li></ol>
<p style="display:none">看不见</p><script>var a = "脚本";</script><!-- 注释 --><p>某县人民政府</p></div></div>
<div id="footer">版权所有 京ICP备1号</div></body></html>"""
TEXT = (
    "关于做好春耕工作的通知\n来源：某县人民政府　发布时间：2024-03-01\n各乡镇：\n一、总体要求\n"
    f"{BODY}\n\n二、重点任务\n第一段\n换行\n1.落实面积\n5.保障农资\n某县人民政府\n"
)


def read(tmp_path: Path, page: str | bytes) -> str:
    file = tmp_path / "网页.html"
    file.write_bytes(page.encode() if isinstance(page, str) else page)
    return web.extract(file).text


@pytest.mark.parametrize(
    ("charset", "encoding"),
    [("utf-8", "utf-8"), ("gb2312", "gb18030"), ("GBK", "gbk"), ("utf-8", "utf-8-sig"), ("utf-8", "gb18030"), ("nonsense", "utf-8"), ("gbk", "utf-8")],
)  # fmt: skip
def test_the_main_text_in_any_encoding(tmp_path: Path, charset: str, encoding: str) -> None:
    page = PAGE.format(charset=charset, body=BODY)
    assert read(tmp_path, page.encode(encoding)) == TEXT


def test_it_is_one_document(tmp_path: Path) -> None:
    file = tmp_path / "index"
    file.write_text(PAGE.format(charset="utf-8", body=BODY), "utf-8")
    document = read_document(file)
    assert (document.title, document.format) == ("关于做好春耕工作的通知", "html")


def test_the_title_of_the_page_where_the_text_has_none(tmp_path: Path) -> None:
    file = tmp_path / "a.html"
    file.write_text(
        f"<html><head><title>某县防汛工作要点 - 某县政府网</title></head><body><p>{BODY}</p><p>{BODY}</p></body></html>",
        "utf-8",
    )
    assert read_document(file).title == "某县防汛工作要点"


def test_a_table_keeps_its_columns(tmp_path: Path) -> None:
    page = (
        "<html><body><p>主要指标</p><table><caption>表1</caption><tr><th rowspan=2>指标</th><th colspan=2>产量</th></tr>"
        "<tr><th>2023年</th><th>2024年</th></tr><tr><td>粮食</td><td>50</td><td><p>52</p><p>预计</p></td></tr>"
        "<tr><td></td><td></td><td></td></tr></table></body></html>"
    )
    assert read(tmp_path, page) == "主要指标\n\n表1\n指标\t产量\n\t2023年\t2024年\n粮食\t50\t52 预计\n"


def test_a_table_that_frames_the_page_is_none(tmp_path: Path) -> None:
    page = f"<html><body><table><tr><td>左</td><td><p>第一段</p><p>{BODY * 3}</p></td></tr></table></body></html>"
    assert read(tmp_path, page).startswith("第一段\n各乡镇")


@pytest.mark.parametrize(
    ("inside", "shown"),
    [
        ("<p>甲\n  乙&nbsp;丙&amp;丁</p>", "甲乙\xa0丙&丁"),
        ("<p>GDP\ngrowth</p>", "GDP growth"),
        ("<p><b>一、</b>要求<sup>2</sup></p>", "一、要求2"),
        ("<div>甲<p>乙</p>丙</div>", "甲\n乙\n丙"),
        ("<ol type=a start=2><li>甲<li>乙</ol>", "b.甲\nc.乙"),
        ("<ul><li>甲</li><li>乙</li></ul>", "甲\n乙"),
        ("<svg><text>图</text></svg><p>甲</p><button>提交</button>", "甲"),
    ],
)
def test_elements(tmp_path: Path, inside: str, shown: str) -> None:
    assert read(tmp_path, f"<html><body>{inside}</body></html>") == shown + "\n"


def test_entities_and_links_outside_bring_nothing(tmp_path: Path) -> None:
    page = (
        '<!DOCTYPE html [<!ENTITY x SYSTEM "file:///etc/passwd">]><html><body><p>甲&x;乙</p>'
        '<iframe src="http://127.0.0.1:1/"></iframe><img src="http://127.0.0.1:1/a.png"></body></html>'
    )
    found = read(tmp_path, page)
    assert "root:" not in found
    assert "乙" in found


def test_nested_beyond_reason_does_not_crash(tmp_path: Path) -> None:
    file = tmp_path / "a.html"
    file.write_text("<html><body>" + "<div>" * 50_000 + "字", "utf-8")
    with pytest.raises(EmptyDocument):
        read_document(file)


def test_a_page_of_nothing(tmp_path: Path) -> None:
    with pytest.raises(DocumentDamaged) as raised:
        read(tmp_path, "<!-- -->")
    assert str(raised.value) == "网页.html 里没有网页的内容。请用浏览器打开并另存一份。"
