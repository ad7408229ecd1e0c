"""Title, date, issuer, speaker and kind, each with the place that shows it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.reading import read_text
from index.types import DocumentKind


def found(text: str, source: str = "") -> dict[str, str | None]:
    metadata = read_text(text, source=source).metadata
    fields = {name: getattr(metadata, name) for name in ("title", "date", "issuer", "speaker", "kind")}
    for shown in filter(None, fields.values()):
        if shown.start is not None:
            assert 0 <= shown.start < shown.end <= len(text)
    return {name: shown and str(shown.value) for name, shown in fields.items()}


@pytest.mark.parametrize(
    ("text", "date", "issuer", "speaker", "kind"),
    [
        (
            "政府工作报告\n——2025年1月10日在县第十八届人民代表大会上\n青河县人民政府县长　张禾川\n各位代表：\n现在报告工作。",
            "2025-01-10", "青河县人民政府", "张禾川", "report",
        ),
        (
            "青河县人民政府办公室关于印发\n全民健身实施计划的通知\n青政办发〔2024〕18号\n各乡镇人民政府：\n现印发给你们。\n"
            "青河县人民政府办公室\n二〇二四年十月二十一日\n",
            "2024-10-21", "青河县人民政府办公室", None, "notice",
        ),
        (
            "在“不忘初心”主题教育总结大会上的讲话（2020年1月8日）习近平同志们：在全党开展" + "教育，" * 99,
            "2020-01-08", None, "习近平", "speech",
        ),
        (
            "标题：高阳县2018年政府工作报告\n发文单位：高阳县人民政府\n发文时间：2018-01-31\n报告人：高阳县人民政府县长 闫向阳\n正文：\n各位代表：\n好。",
            "2018-01-31", "高阳县人民政府", "闫向阳", "report",
        ),
        ("青河县2024年统计公报\n全县平稳增长，取得成绩。", "2024", None, None, "communique"),
        ("青河县河道管理办法\n第一条 为了加强管理，制定本办法。\n第二条 好。", None, None, None, "regulation"),
        ("青河县防汛应急预案\n1 总则\n为了防汛。", None, None, None, "plan"),
        ("凝心聚力，谱写新篇\n同志们：\n今天开会，我讲几点。", None, None, None, "speech"),
        ("青河县大病保险情况一览\n见下。", None, None, None, "other"),
        ("在座谈会上的讲话\n白玛赤林\n（2021年3月2日）\n同志们：\n好。", "2021-03-02", None, "白玛赤林", "speech"),
        ("在座谈会上的讲话\n前言\n今天开会，我讲几点。", None, None, None, "speech"),
        ("青河县创建文明城市方案\n总体要求\n坚持以人民为中心，三年建成。", None, None, None, "plan"),
    ],
)  # fmt: skip
def test_metadata(text: str, date: str | None, issuer: str | None, speaker: str | None, kind: str) -> None:
    metadata = found(text)
    assert (metadata["date"], metadata["issuer"], metadata["speaker"], metadata["kind"]) == (
        date, issuer, speaker, kind,
    )  # fmt: skip


def test_the_places_are_the_words() -> None:
    text = "政　府　工　作　报　告\n——２０２５年1月10日在大会上\n县长　李　四\n各位代表：\n好。"
    metadata = read_text(text).metadata
    assert metadata.date is not None
    assert metadata.speaker is not None
    assert metadata.title.value == "政府工作报告"
    assert text[metadata.title.start : metadata.title.end] == "政　府　工　作　报　告"
    assert (metadata.date.value, text[metadata.date.start : metadata.date.end]) == (
        "2025-01-10",
        "２０２５年1月10日",
    )
    assert (metadata.speaker.value, text[metadata.speaker.start : metadata.speaker.end]) == ("李四", "李　四")


@pytest.mark.parametrize(
    ("text", "source", "title"),
    [
        ("各位代表：\n现在，我代表国务院，向大会作政府工作报告，请予审议。", "", "国务院政府工作报告"),
        ("各位代表：\n现在，我代表青河县人民政府，向大会报告工作，请予审议。", "", "青河县政府工作报告"),
        (
            "同志们：\n今天，我们召开全县科技工作座谈会，主要任务是听取意见。",
            "",
            "在全县科技工作座谈会上的讲话",
        ),
        ("同志们：\n今天，我们隆重集会，庆祝青河建县60周年。", "", "在庆祝青河建县60周年大会上的讲话"),
        (
            "同志们：\n大家辛苦了，讲三点意见。",
            "在全县人才工作会议上的讲话.txt",
            "在全县人才工作会议上的讲话",
        ),
        (
            "同志们：\n大家辛苦了，讲三点意见。",
            "03 县长在安全生产会上的讲话(1).docx.txt",
            "县长在安全生产会上的讲话",
        ),
        ("同志们：\n大家辛苦了，讲三点意见。", "新建文本文档.txt", "大家辛苦了，讲三点意见"),
        ("同志们：\n大家辛苦了，讲三点意见。", "document.txt", "大家辛苦了，讲三点意见"),
    ],
)
def test_a_speech_without_a_title(text: str, source: str, title: str) -> None:
    assert found(text, source)["title"] == title


PIECES = st.sampled_from(
    [
        "关于加强", "的通知", "在县委全会上", "的讲话", "政府工作报告", "青河县人民政府", "各位代表：", "同志们：", "标题：", "来源：日报",
        "——2025年1月10日", "（试行）", "《", "》", "| 某网", "_某网", "\n", "\n\n", "　", "张三", "县长 李四", "首页", "打印", "# ", "**",
        "新华社北京3月2日电", "图为会场。", "一、总体要求", "今天，我们召开座谈会。", "我代表国务院，向大会作政府工作报告。", "2024年13月40日",
        "二〇二四年十月", "向阳", "。", "附件1", "青政发〔2024〕1号", "召开", "庆祝", "集会，",
    ]
)  # fmt: skip


@given(st.lists(PIECES, min_size=1, max_size=14).map(lambda p: "".join(p) + "字"))
def test_any_head_has_a_title_and_places_that_fit(text: str) -> None:
    metadata = found(text)
    assert metadata["title"]
    assert "\n" not in metadata["title"]
    assert metadata["kind"] in set(DocumentKind)
