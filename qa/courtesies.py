"""What stands around a question and asks for nothing; and asking for what a text says as a whole."""

from __future__ import annotations

import re

_STOPS = ("？", "?", "。", "，", ",", "！", "!", " ")
_WHAT_COMES = "(?![一半面列级步阶周个月次])"  # 请问下半年…: 下 is none of the courtesy
_BEFORE = re.compile(
    rf"(?:[您你]好(?=[，,。！!～~、\s])|(?:请问|麻烦问|想?请教|打扰|劳驾|问)(?:一下|下{_WHAT_COMES})|请问|麻烦(?=[，,\s])|不好意思(?=[，,\s]))[，,。！!～~、\s]*"
)
_BEHIND = re.compile(
    r"(?:谢谢[您你]?|谢了|多谢|感谢|拜托|辛苦|麻烦[您你]?)(?:了|啦|哈)?[！!。.～~\s]*$"
)  # only behind a stop or a blank
# Asking for what a text says as a whole: its names, the verbs of summing up, and what is asked for.
PAPER = (
    "讲话|演讲|致辞|报告|文件|文章|文稿|文档|材料|稿子|稿件|通知|通报|公告|公报|条例|章程|制度|规定|规则|办法|意见|方案|计划|规划|纲要|"
    "总结|纪要|协议|决定|决议|批复|函|信|预案|细则|法规|会议|内容|文"
)
_SHORT = "[^\\W\\d_里中内对的关上下]{1,3}"
# What is counted in 篇, 份, 封 or 部 is a text, whatever it is called: 这份任务书.
_TEXT = (
    rf"(?:这|本|该|此)(?:一)?(?:[篇份封]|部(?!分))(?:[\u4e00-\u9fff]{{0,4}}?(?:{PAPER})|{_SHORT})|"
    rf"(?:(?:这|本|该|此)(?:一)?(?:个|次|项)?|整篇|整份|整个|全篇|通篇)(?:的)?(?:{PAPER})|全文|本文|原文|文章|讲话|报告|文件|文稿"
)
_SUM_UP = "(?:简要|简单|总体)?(?:总结|概括|概述|综述|归纳|提炼|浓缩|简述|介绍|梳理)"
_GIST = "(?:主要|核心|基本|大概|大体|中心|总体|关键)?(?:内容|意思|要点|观点|思想|精神|大意|主旨|概要|摘要)"
_SAYS = "(?:主要|大概|大致|大体|都|究竟|到底|总的)*(?:是)?(?:讲|说|写|谈|讲述)(?:的|了)?(?:是)?(?:些)?(?:个)?(?:什么|啥|哪些(?:内容|方面|事|东西)?)(?:内容|事|东西|意思)?"
_OVERVIEW = re.compile(
    rf"(?:请|帮我|帮忙|给我|替我|能否|能不能|可以)*(?:(?:把|将|对)?(?P<first>{_TEXT})(?:进行|做|作)?(?:个|一个)?)?"
    rf"(?:(?:{_SUM_UP})(?:一下子|一下|下|出)?(?:(?P<of>{_TEXT})(?:的)?)?(?:的)?(?:{_GIST})?(?:{_SAYS})?"
    rf"|(?P<behind>{_TEXT})(?:的)?(?:{_SAYS}(?:的)?|(?!$){_GIST}(?:是什么|是啥|有哪些|有什么)?)"
    rf"|(?:的)?(?:{_SAYS}|(?:主要|核心|基本|大概|中心)(?:内容|意思|观点|思想|精神|大意)(?:是什么|是啥|有哪些)?|(?:总结|概括|概述|归纳|摘要|概要)))"
)


def without_courtesies(question: str) -> str:
    """Return a question without 请问 in front and 谢谢 behind; as it is where it says nothing else."""
    rest = question.strip()
    while (found := _BEFORE.match(rest)) and found.end() < len(rest):
        rest = rest[found.end() :]
    while (found := _BEHIND.search(rest)) and rest[: found.start()].endswith(_STOPS):
        rest = rest[: found.start()].rstrip("，, ")
    return rest or question


def asks_overview(question: str, *, alone: bool) -> bool:
    """Tell whether nothing is asked but what the whole text says: 总结全文, 这篇讲话主要讲了什么.

    Behind other questions (not `alone`) only where the text is named: 概括一下 may mean what was said last.
    """
    bare = without_courtesies(question).strip("？?。！!，, 吧呢啊呀")
    found = _OVERVIEW.fullmatch(bare)
    named = found is not None and any(found[name] for name in ("of", "behind", "first"))
    return found is not None and (named or alone)
