"""Questions in the document's own words: abbreviations spelled out, its own place, misspelt words."""

import time

import pytest

from index import FAST, build_index, load_encoder, read_text
from qa.rewording import at_home, reworded

TEXT = """青河县人民政府关于做好就业工作的通知

一、县发展改革委要做好统筹，人力资源和社会保障局负责落实，卫生健康委配合。
二、全县生产总值去年增长6.1%，新增就业3200人。
三、王建国同志负责联络，财政局拨付资金。

青河县人民政府
2024年3月1日
"""


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("发改委要做什么", "发展改革委要做什么"),
        ("人社局负责什么", "人力资源和社会保障局负责什么"),
        ("卫健委呢", "卫生健康委呢"),
        ("青河去年增长多少", "全县去年增长多少"),
        ("青河县去年增长多少", "全县去年增长多少"),
        ("财政局做什么", "财政局做什么"),
        ("教育局做什么", "教育局做什么"),
        ("王国庆负责什么", "王国庆负责什么"),
    ],
)
def test_the_document_s_own_words(asked: str, meant: str) -> None:
    snapshot = build_index([read_text(TEXT)], encoder=load_encoder(FAST))
    assert reworded(asked, snapshot, {0}) == meant


def test_two_documents_have_no_one_home() -> None:
    other = TEXT.replace("青河县", "高阳县")
    snapshot = build_index([read_text(TEXT), read_text(other)], encoder=load_encoder(FAST))
    assert reworded("青河去年增长多少", snapshot, {0, 1}) == "青河去年增长多少"
    assert at_home("高阳去年增长多少", snapshot.documents[1]) == "全县去年增长多少"


def test_a_long_question_is_looked_through_in_time() -> None:
    snapshot = build_index([read_text(TEXT * 300)], encoder=load_encoder(FAST))
    start = time.thread_time()
    reworded("人力局社保局卫健局发展局" * 80, snapshot, {0})
    assert time.thread_time() - start < 2


def test_an_issuer_that_only_begins_like_a_place_is_none() -> None:
    text = "中国乡镇企业协会关于培训的通知\n\n一、时间。3月1日开始。\n\n中国乡镇企业协会\n2024年2月1日\n"
    snapshot = build_index([read_text(text)], encoder=load_encoder(FAST))
    assert at_home("中国的培训什么时候", snapshot.documents[0]) == "中国的培训什么时候"
