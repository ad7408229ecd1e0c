"""Whether a question asks for a comparison of documents, and which: 去年和今年…有什么变化, 三年的GDP目标, 上海和北京的…."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from itertools import pairwise

from index import fold, parse_numeral
from qa.directory import Register
from qa.edges import token_edges, without_words
from qa.scoping import Scope, newest_year, without

MOST = 8  # documents side by side: what a table holds

_N = "[两二三四五六七八几\\d]"
_PAPERS = "(?:篇|份)(?:文稿|文件|报告|讲话|材料|文章)?"
_SEVERAL = re.compile(
    rf"(?:这|那)?(?P<n>{_N}){_PAPERS}(?:里|中|都|各|的|分别|之间)*|[各每]{_PAPERS}(?:里|中|都|的)*"
)
_RUN = re.compile(
    rf"(?:^|(?<=[，,。的]))(?:最?近|这|前)?(?P<n>{_N})(?:年|届)(?:来|以来)?(?:里|的|各|都)+|历年(?:来)?的?|各年(?:度)?的?|逐年的?|"
    rf"(?P<loose>最?近(?P<m>{_N})年(?:来|里|的)?|每年的?)"  # runs only where each of them is asked for: 每年要培训多少人
)
_WHAT = "(?:什么|哪些|啥|何|多少|没有|怎样的|多大)"
_CHANGE = "(?:主要|明显|新)?的?(?:变化|不同|区别|差别|差异|异同|变动|不一样)(?:之处|的?地方)?"
_ENDING = "(?:是什么|有哪些|在哪里?|吗|呢|么)?"
# Framed as what is asked for: no 气候变化, no 城乡差异. What has no frame but 的 compares only what is told apart besides.
_CHANGED = re.compile(
    rf"(?:都|各)?(?:有了?|发生了?|出现了?|是){_WHAT}?{_CHANGE}{_ENDING}|(?P<bare>的{_CHANGE}{_ENDING}(?=[，,。？?！!]|$))|"
    rf"有{_WHAT}?新的?(?:提法|说法|变化|表述)(?:吗|呢)?|(?:做|作)?(?:一下|个)?(?:对比|比较)(?:一下)?(?=[，,。？?]|$)|"
    r"^(?:对比|比较)(?:一下)?|(?:是)?(?:怎么|如何|怎样)(?:变|变化|调整)(?:的|了)+"
)
_AGAINST = re.compile(r"(?:的报告)?(?:相比(?:较|起来)?|比(?:较)?起来|相对比)[，,]?")
_BEFORE = re.compile(r"(?:[和与跟同比较]|相比于?|相对于?)$")
_EACH = re.compile(r"(?:分别|各自|各|都)(?=是|为|有|多少|什么|哪|怎|如何|几|[的，,]|$)")
_LINK = re.compile(r"[的\s]*(?:[和与跟及、到至比—\-~～]+|以及|相比)\s*")
_RANGE = re.compile(r"^\s*[到至—\-~～]+\s*$")
_TWO = re.compile("[和与跟同及、]|以及")  # between what is set side by side
_EARLIER = re.compile(
    r"\s*(?:以前|之前|过去|往年|原来|上一?[版次届回]|前几[年版次届]|旧版)"
)  # a version, no subject
_APART = re.compile("不同|区别|差别|差异|异同|不一样")  # tells two things apart; 变化 tells times apart
_APIECE = re.compile("分别|各自|各|对比|比较")
_SAYING = re.compile(r"对(?P<what>.{2,})的(?:表述|提法|说法|论述|阐述|态度)$")  # asks how something is put
_LEAD = re.compile(r"^(?:[，,的和与跟同之间都里中在比、\s]|对(?=比))+|[，,\s]+(?=$)")


def sides_of(scope: Scope, register: Register, *, asked: bool = False) -> tuple[int, ...]:
    """Return the documents to set side by side, oldest first; none where the question asks for no comparison.

    `asked` tells that a comparison is asked for whatever the question says: then 近三年 are three of its sides.
    """
    changed = any(_asks_all(found, scope) for found in _CHANGED.finditer(scope.rest))
    if scope.several and scope.dated and (dated := _versions(scope.documents, register)):
        return dated[-MOST:]
    if scope.several and len(scope.documents) <= MOST:
        chosen = _one_each(scope.documents, register)
        return chosen if len(chosen) > 1 else ()
    among = scope.documents or tuple(range(len(register.entries)))
    if several := _SEVERAL.search(scope.said):
        wanted = parse_numeral((several["n"] or "").replace("两", "二")) if several["n"] else None
        if 1 < len(among) <= MOST and wanted in (None, len(among)):
            return oldest_first(among, register)
    versions = _versions(among, register)
    if not versions:
        return ()
    if (joined := _joined(scope)) or (changed and scope.times):
        years = {t.year(newest_year(register, versions)) for t in scope.times}
        if _RANGE.search(_between(scope)):
            if not changed and not scope.dated and _is_period(scope, versions, register):
                return ()
            years = set(range(min(years), max(years) + 1))
        if len(years) == 1 and not joined:
            years |= {_other(years.copy().pop(), versions, register)}
        sides = tuple(n for n in versions if register.entries[n].year in years)
        return sides[-MOST:] if len(sides) > 1 else ()
    run = _RUN.search(scope.rest)
    if run and (asked or changed or not run["loose"] or _APIECE.search(scope.rest)):
        number = run["n"] or run["m"]
        few = parse_numeral(number.replace("两", "二")) if number and number != "几" else None
        return versions[-min(few or MOST, MOST) :]
    subjects = not scope.documents and _tells_subjects_apart(scope.rest)
    return versions[-2:] if changed and not subjects else ()  # 就业和产业有什么不同 is asked of one text


def _tells_subjects_apart(text: str) -> bool:
    """Tell whether two subjects of one text are set side by side: 就业和产业有什么不同, not 就业跟以前有什么不同."""
    apart = _APART.search(text)
    return apart is not None and any(
        text[: found.start()].strip() and not _EARLIER.match(text, found.end())
        for found in _joiners(text)
        if found.end() < apart.start()
    )


def _joiners(text: str) -> list[re.Match[str]]:
    """Return the words between two things; 同 in 不同 or 合同 is none."""
    edges = token_edges(text)
    return [found for found in _TWO.finditer(text) if {found.start(), found.end()} <= edges]


def _asks_all(found: re.Match[str], scope: Scope) -> bool:
    """Tell whether words of comparing are what a question asks for: they end it, or begin it before what is told apart."""
    text = scope.rest
    apart = bool(scope.times or scope.several or _joiners(scope.said))
    if re.fullmatch("(?:对比|比较)(?:一下)?", found[0]):
        asked = apart or found[0] != "比较"  # 比较优势有哪些
        return asked and {found.start(), found.end()} <= token_edges(text)
    return not text[found.end() :].strip("？?。，,！! ") and (apart or not found["bare"])


def _is_period(scope: Scope, versions: Sequence[int], register: Register) -> bool:
    """Tell whether a range of years is one plan's: 2021—2025年, or without a document of each of its ends."""
    first, last = scope.times[0], scope.times[-1]
    years = {register.entries[n].year for n in versions}
    newest = newest_year(register, versions)
    whole = first.relative or scope.said[first.start : first.end].endswith(("年", "年度"))
    return not whole or not {first.year(newest), last.year(newest)} <= years


def asked_of_each(scope: Scope) -> str:
    """Return what is asked of each document: the question without its years, and without the words of comparing."""
    text = scope.rest
    shift = scope.said.find(text) if text != scope.said else 0
    times = [(t.start - shift, t.end - shift) for t in scope.times]
    links = [(a.end, b.start) for a, b in pairwise(scope.times)]
    times += [(a - shift, b - shift) for a, b in links if _LINK.fullmatch(scope.said, a, b)]
    whole = shift >= 0 and all(0 <= a < b <= len(text) for a, b in times)
    text = without(text, times) if whole else without_words(_YEARS_ANYWHERE, text)
    for pattern in (_SEVERAL, _RUN, _AGAINST, _CHANGED):
        text = pattern.sub("", text)
    edges = token_edges(fold(text))
    text = _EACH.sub(lambda found: "" if found.start() in edges else found[0], text)  # no 都 of 首都
    text = _LEAD.sub("", text).strip(" ，,、？?。")
    text = _SAYING.sub(r"对\g<what>是怎么说的", text)
    if _ASKING.search(text):
        return text
    return _ALL.sub(r"\g<what>有哪些", text) or scope.said


_ALL = re.compile(
    r"(?P<what>要求|部署|安排|举措|措施|任务|重点|成绩|提法|政策|方面)$"
)  # what one asks for as a list
_ASKING = re.compile("什么|哪|多少|几|怎|如何|是否|有没有|吗")
_YEARS_ANYWHERE = re.compile(r"(?:19|20)\d\d年度?|[今去前明]年|上一?年")


def oldest_first(documents: Collection[int], register: Register) -> tuple[int, ...]:
    """Return documents by year and day, the oldest first."""
    entries = register.entries
    return tuple(sorted(documents, key=lambda n: (entries[n].year or 0, entries[n].day, n)))


def _one_each(documents: Sequence[int], register: Register) -> tuple[int, ...]:
    """Return of documents of one title the newest of each place or issuer; where that is one only, all of them.

    Of several titles the one that most of them have is meant: 上海和北京的目标 are in their reports.
    """
    entries = register.entries
    stems = Counter(entries[n].stem for n in _newest(documents, register))
    most = stems.most_common(1)[0][0]
    alike = [n for n in documents if entries[n].stem == most] if stems[most] > 1 else list(documents)
    newest = _newest(alike, register)
    return oldest_first(newest if len(newest) > 1 else alike, register)


def _newest(documents: Collection[int], register: Register) -> list[int]:
    """Return the documents that none of the others takes the place of."""
    among = frozenset(documents)
    return [n for n in documents if register.entries[n].newer not in among]


def _versions(among: Collection[int], register: Register) -> tuple[int, ...]:
    """Return the one series of which several versions may be meant, oldest first; none where there is none or several are."""
    kept = frozenset(among)
    found = [tuple(n for n in versions if n in kept) for versions in register.series]
    found = [versions for versions in found if len(versions) > 1]
    return found[0] if len(found) == 1 else ()


def _joined(scope: Scope) -> bool:
    """Tell whether years of the question are set side by side: 去年和今年的, 2023、2024年."""
    return any(_LINK.fullmatch(scope.said, a.end, b.start) for a, b in pairwise(scope.times))


def _between(scope: Scope) -> str:
    """Return what stands between the first and the last year of a question."""
    return scope.said[scope.times[0].end : scope.times[-1].start] if scope.times else ""


def _other(year: int, versions: Sequence[int], register: Register) -> int:
    """Return the year that another one is compared with: the newest, or for that the one before."""
    years = [y for n in versions if (y := register.entries[n].year)]
    return years[-1] if year != years[-1] else years[-2]
