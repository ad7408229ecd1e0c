"""What documents go by, which of them a question names, and which it sets side by side. Nothing is indexed for it."""

from collections.abc import Sequence

import pytest

from index import IndexedDocument, read_text
from qa.directory import Register
from qa.scoping import read_scope
from qa.sides import asked_of_each, sides_of
from tests.yearly import yearly

A23, A24, B24, OLD, NEW, NATION, SPEECH, NOTICE = range(8)
NATIONAL = "各位代表：\n现在，我代表国务院，向大会作政府工作报告，请予审议。\n一、去年工作回顾\n粮食丰收。\n"
SENT = "白山县人民政府关于印发《白山县防汛应急预案》的通知\n各乡镇：\n现印发给你们。\n2020年3月1日\n"
SPOKEN = "在全市教育大会上的讲话\n（2022年3月1日）\n同志们：\n今天的会议很重要。\n"


@pytest.fixture(scope="module")
def register() -> Register:
    documents = [
        *yearly(),
        read_text(NATIONAL, source="2022年国务院政府工作报告.txt"),
        read_text(SPOKEN, source="教育.txt"),
        read_text(SENT, source="通知.txt"),
    ]
    return Register.of([IndexedDocument(document, (), (), ()) for document in documents])


def test_what_documents_go_by(register: Register) -> None:
    entries = register.entries
    assert [entry.year for entry in entries] == [2023, 2024, 2024, 2010, 2021, 2022, 2022, 2020]
    assert entries[A23].places == ("青河县",)
    assert entries[B24].places == ("白山县",)
    assert entries[NATION].issuer == "国务院"
    assert register.series == ((A23, A24),)
    assert (entries[A23].newer, entries[A23].ended) == (A24, False)
    assert (entries[OLD].newer, entries[OLD].ended) == (NEW, True)
    assert [e.number for e in entries if e.newer is None] == [A24, B24, NEW, NATION, SPEECH, NOTICE]


def registered(*texts: str) -> Register:
    documents = [read_text(text, title=text.split("\n")[0]) for text in texts]
    return Register.of([IndexedDocument(document, (), (), ()) for document in documents])


@pytest.mark.parametrize(
    ("said", "ended"),
    [
        ("《白山县养犬管理办法》同时废止。", True),
        ("《白山县养犬管理办法》（县政府令第3号）自本规定施行之日起即行废止。", True),
        ("《白山县养犬管理办法》和2012年5月1日县人民政府发布的《白山县市场管理办法》同时废止。", True),
        ("下列文件宣布失效：《白山县养犬管理办法》等3件规范性文件予以废止。", True),
        ("根据《白山县养犬管理办法》，县里原有的几份通知同时废止。", False),
        ("根据《白山县养犬管理办法》，《白山县宠物登记办法》同时废止。", False),
        ("《白山县养犬管理办法》第五条规定的许可证失效。", False),
        ("《白山县养犬管理办法》施行前的规定与它不一致的，予以废止。", False),
        ("违反《白山县养犬管理办法》的，许可自行失效。", False),
    ],
)
def test_what_ends_and_what_is_only_cited(said: str, ended: bool) -> None:
    old = "白山县养犬管理办法\n2010年5月1日\n第一条 养犬应当登记。\n"
    new = f"白山县动物管理规定\n2021年6月1日\n第一条 本规定自发布之日起施行，{said}\n"
    assert [entry.ended for entry in registered(old, new).entries] == [ended, False]


def test_a_subject_names_no_document() -> None:
    register = registered(
        *(
            f"{title}\n正文说了一些话。\n"
            for title in ("生态环境保护", "就业工作", "民法典", "深入推进乡村全面振兴加快农业现代化")
        )
    )
    for question in ("生态环境保护怎么样", "就业工作有哪些要求"):
        assert read_scope(question, register).documents == ()
    assert read_scope("《就业工作》里有哪些要求", register).documents == (1,)
    assert read_scope("民法典怎么规定", register).documents == (2,)
    assert read_scope("深入推进乡村全面振兴加快农业现代化讲了什么", register).documents == (3,)


def test_what_ends_as_a_place_does_is_none() -> None:
    titles = {
        "大城市治理规定": (), "超大特大城市更新办法": (), "经济开发区管理办法": (), "贫困县退出办法": (), "国旗使用办法": (),
        "工商联盟章程": (), "粮食主产省补偿办法": (), "东北区规划": (),
        "盐城市市容管理办法": ("盐城市",), "凉山彝族自治州条例": ("凉山彝族自治州",), "辛集市养犬办法": ("辛集市",),
    }  # fmt: skip
    register = registered(*(f"{title}\n第一条 为了管理，制定本办法。\n" for title in titles))
    assert {entry.title: entry.places for entry in register.entries} == titles


@pytest.mark.parametrize(
    ("question", "documents", "rest"),
    [
        ("国务院的就业目标", [NATION], "就业目标"),
        ("白山县的粮食产量", [B24, NOTICE], "粮食产量"),
        ("白山的粮食产量", [B24, NOTICE], "粮食产量"),
        ("今年白山县的粮食产量", [B24, NOTICE], "今年粮食产量"),
        ("请问白山县今年修了多少公里路？", [B24, NOTICE], "今年修了多少公里路？"),
        ("2023年的报告里粮食产量是多少", [A23], "粮食产量是多少"),
        ("二〇二三年的报告里粮食产量是多少", [A23], "粮食产量是多少"),
        ("青河县去年的报告怎么说粮食", [A23], "怎么说粮食"),
        ("青河县2024年政府工作报告第二部分讲什么", [A24], "第二部分讲什么"),
        ("《青河县政府工作报告》（2023年）：第二部分讲什么", [A23], "第二部分讲什么"),
        ("教育大会上的讲话强调了什么", [SPEECH], "强调了什么"),
        ("砂石开采管理规定第二条", [NEW], "第二条"),
        ("防汛应急预案里谁负责", [NOTICE], "谁负责"),
        ("《白山县人民政府关于印发《白山县防汛应急预案》的通知》里谁负责", [NOTICE], "谁负责"),
        ("白山县呢", [B24, NOTICE], ""),
        ("白山上半年GDP", [B24, NOTICE], "上半年GDP"),
        ("白山上市公司有哪些", [B24, NOTICE], "上市公司有哪些"),
        ("白山县中医药怎么发展", [B24, NOTICE], "中医药怎么发展"),
        ("白山县内河航运", [B24, NOTICE], "内河航运"),
        ("白山县在建项目有哪些", [B24, NOTICE], "在建项目有哪些"),
        ("白山县旧城改造花了多少", [B24, NOTICE], "旧城改造花了多少"),
        ("白山县从业人员有多少", [B24, NOTICE], "从业人员有多少"),
        ("白山县里修了多少公里路", [B24, NOTICE], "修了多少公里路"),
        ("在白山县那边的粮食产量", [B24, NOTICE], "粮食产量"),
        ("那2023年呢", [A23], ""),
        ("2023年那篇", [A23], ""),
    ],
)
def test_named(register: Register, question: str, documents: list[int], rest: str) -> None:
    scope = read_scope(question, register)
    assert (list(scope.documents), scope.rest) == (documents, rest)


@pytest.mark.parametrize(
    "question",
    [
        "2023年的粮食产量",  # when something was
        "2023年新增就业多少",
        "2024年规划建设多少公里公路",  # 规划 is what is done
        "《乡村振兴促进法》怎么规定",  # no document of the library
        "黑河市的就业目标",
        "路通到白山县吗",  # not what is spoken of
        "报告里怎么说就业",
        "粮食产量是多少",
        "",
        "？",
        "讲话",
    ],
)
def test_nothing_named(register: Register, question: str) -> None:
    scope = read_scope(question, register)
    assert (scope.documents, scope.rest) == ((), question)


def test_a_year_is_a_whole_word(register: Register) -> None:
    for question in ("60岁以上年龄的人", "编号12024", "投入320241万元", "今年轻人多少"):
        assert read_scope(question, register).times == ()
    for question in ("2023年度报告里的粮食产量", "二〇二三年报告里的粮食产量"):
        assert read_scope(question, register).documents == (A23,)
    assert [time.value for time in read_scope("上年的粮食产量", register).times] == [-1]


def test_a_year_that_no_document_is_of_is_said(register: Register) -> None:
    scope = read_scope("2019年的报告里粮食产量是多少", register)
    assert scope.documents == ()
    assert scope.missing == "这里没有2019年的这类文稿。"


@pytest.mark.parametrize(
    ("question", "rest", "loose"),
    [
        ("支持白山县的措施有哪些", "支持白山县的措施有哪些", "白山"),
        ("与白山县的合作项目", "与白山县的合作项目", "白山"),
        ("今年在白山县的投资", "今年投资", "白山"),
        ("从白山县引进的企业", "引进的企业", "白山"),
        ("白山模式是什么", "模式是什么", "白山"),
        ("白山县的粮食产量", "粮食产量", ""),
        ("我想知道白山县的粮食产量", "我想知道粮食产量", ""),
        ("白山县2024年的报告里粮食产量", "粮食产量", ""),
    ],
)
def test_a_place_that_may_be_what_is_spoken_of(
    register: Register, question: str, rest: str, loose: str
) -> None:
    scope = read_scope(question, register)
    assert (scope.rest, scope.loose) == (rest, loose)
    assert B24 in scope.documents


@pytest.mark.parametrize(
    ("question", "sides", "asked"),
    [
        ("去年和今年对粮食安全的要求有什么变化", [A23, A24], "对粮食安全的要求有哪些"),
        ("2023年和2024年的新增就业目标", [A23, A24], "新增就业目标"),
        ("青河县2023年和2024年的粮食产量", [A23, A24], "粮食产量"),
        ("两年的新增就业目标", [A23, A24], "新增就业目标"),
        ("2023年到2024年的货币政策怎么定", [A23, A24], "货币政策怎么定"),
        ("历年的粮食产量", [A23, A24], "粮食产量"),
        ("今年和去年相比，对粮食的要求有什么不同", [A23, A24], "对粮食的要求有哪些"),
        ("青河县和白山县的粮食产量", [A24, B24], "粮食产量"),
        ("对比青河县和白山县的粮食产量", [A24, B24], "粮食产量"),
        ("白山县和青河县的粮食产量分别是多少", [A24, B24], "粮食产量是多少"),
        ("2023年和2024年的报告对就业的要求有什么区别", [A23, A24], "对就业的要求有哪些"),
        ("2023年和2024年首都功能各是什么", [A23, A24], "首都功能是什么"),
        ("去年和今年应对气候变化的措施", [A23, A24], "应对气候变化的措施有哪些"),
        ("2023、2024两年的就业目标", [A23, A24], "就业目标"),
        ("2023年和2024年的粮食产量达到多少", [A23, A24], "粮食产量达到多少"),
        ("2023年和2024年对就业有什么安排", [A23, A24], "对就业有什么安排"),
        ("每年的粮食产量分别是多少", [A23, A24], "粮食产量是多少"),
        ("2023—2024年对粮食的要求有什么变化", [A23, A24], "对粮食的要求有哪些"),
    ],
)
def test_sides(register: Register, question: str, sides: list[int], asked: str) -> None:
    scope = read_scope(question, register)
    assert sorted(sides_of(scope, register)) == sorted(sides)
    assert asked_of_each(scope) == asked


@pytest.mark.parametrize(
    "question",
    [
        "青河县的粮食产量",
        "2023年的粮食产量",
        "去年粮食产量是多少",
        "青河县2023年的报告里粮食产量是多少",
        "有哪些变化较大的指标",
        "如何应对气候变化",
        "怎样缩小城乡差异",
        "比较优势有哪些",
        "每年要培训多少人",
        "每年开展几次演练",
        "近五年来取得了哪些成绩",
        "2021—2025年发展目标",
        "2021年到2025年的发展目标",
        "2023—2024年发展目标",
    ],
)
def test_no_comparison(register: Register, question: str) -> None:
    assert sides_of(read_scope(question, register), register) == ()


def test_documents_without_anything_in_common() -> None:
    documents: Sequence[IndexedDocument] = [
        IndexedDocument(read_text(text), (), (), ()) for text in ("春天来了，花开了。", "秋天来了，叶落了。")
    ]
    register = Register.of(documents)
    assert register.series == ()
    assert read_scope("春天怎么样", register).documents == ()


def test_some_years_are_sides_where_a_comparison_is_asked_for(register: Register) -> None:
    scope = read_scope("近两年粮食产量", register)
    assert sides_of(scope, register) == ()
    assert sides_of(scope, register, asked=True) == (A23, A24)


@pytest.mark.parametrize(
    ("question", "compared"),
    [
        ("就业目标有什么变化", True),
        ("就业目标有什么不同", True),
        ("合同管理的要求有什么不同", True),
        ("就业目标和以前有什么不同", True),
        ("跟以前有什么区别", True),
        ("就业和产业有什么不同", False),
        ("粮食与蔬菜的要求有什么区别", False),
    ],
)
def test_versions_are_compared_but_not_two_subjects(question: str, *, compared: bool) -> None:
    texts = [f"{year}年白山县政府工作报告\n各位代表：\n一、就业\n抓好就业。\n" for year in (2023, 2024)]
    own = registered(*texts)
    assert sides_of(read_scope(question, own), own) == ((0, 1) if compared else ())
