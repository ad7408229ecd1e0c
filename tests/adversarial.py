"""Adversarial documents by pattern: each is about `size` characters long and made to be slow to read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count

Pattern = Callable[[int], str]

_DIGITS = "零一二三四五六七八九"
_HEAD = "在全市工作会议上的讲话\n同志们：\n"
_LONG = "各项工作要抓紧抓实抓出成效"  # a sentence's worth without a mark


def numeral(number: int) -> str:
    """Return a number above 0 in Chinese numerals."""
    if number > 9999:
        rest = number % 10_000
        return numeral(number // 10_000) + "万" + (numeral(rest) if rest else "")
    parts = ""
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, unit)
        if digit:
            parts += _DIGITS[digit] + name
        elif parts and number and not parts.endswith("零"):
            parts += "零"
    return parts.removeprefix("一") if parts.startswith("一十") else parts


def repeated(piece: str, head: str = "", tail: str = "") -> Pattern:
    """Return the pattern of `piece` again and again between `head` and `tail`."""
    return lambda size: head + piece * max(1, (size - len(head) - len(tail)) // len(piece)) + tail


def series(make: Callable[[int], str], head: str = _HEAD) -> Pattern:
    """Return the pattern of make(1), make(2), …."""

    def grow(size: int) -> str:
        pieces, length = [head], len(head)
        for number in count(1):
            pieces.append(make(number))
            length += len(pieces[-1])
            if length >= size:
                break
        return "".join(pieces)

    return grow


def _word(number: int) -> str:
    """Return another three characters for each number."""
    return "".join(chr(0x5000 + number // 100**place % 100) for place in range(3))


def _nested(forms: tuple[str, ...], between: str = "") -> Pattern:
    """Return counts that open inside each other and never close."""

    def make(number: int) -> str:
        return between.join(form.format(numeral(number % 9 + 1)) for form in forms)

    return series(make)


def _each_inside(first: str, second: str) -> Pattern:
    """Return a first one inside a first one inside …, then all the second ones."""

    def grow(size: int) -> str:
        depth = max(1, size // (len(first) + len(second)))
        return _HEAD + first * depth + second * depth

    return grow


def _mirrored(opening: str, closing: str) -> Pattern:
    def grow(size: int) -> str:
        half = max(1, size // 2)
        return opening * half + "中" + closing * half

    return grow


def regulation(articles: int) -> str:
    """Return a regulation of that many articles in chapters of 50, each with two paragraphs or a list."""
    return "".join(_articles(articles))


def _articles(articles: int) -> Iterator[str]:
    yield "某市公共事务管理条例\n"
    acts = ("登记", "审批", "监督", "处罚", "公示", "备案", "评估", "救济")
    things = (
        "供水设施",
        "道路照明",
        "公共停车场",
        "农贸市场",
        "电动自行车",
        "建筑垃圾",
        "养老机构",
        "校外培训",
    )
    for number in range(1, articles + 1):
        if number % 50 == 1:
            yield f"第{numeral(number // 50 + 1)}章　{things[number // 50 % 8]}的{acts[number // 400 % 8]}\n"
        thing, act = things[number % 8], acts[number // 8 % 8]
        yield f"第{numeral(number)}条　市人民政府负责{thing}{act}工作的统筹协调，每{number % 12 + 1}个月检查一次。\n"
        if number % 3 == 0:
            yield f"申请{thing}{act}的，应当具备下列条件：\n（一）有{number}平方米以上的场所；\n（二）有{number % 7 + 2}名以上的专业人员；\n（三）法律、法规规定的其他条件。\n"
        else:
            yield f"违反前款规定的，由主管部门责令改正，处{number * 10}元以上{number * 50}元以下的罚款；情节严重的，吊销许可证件。\n"


PATTERNS: dict[str, Pattern] = {
    # addresses to the audience
    "salutations": repeated("各位领导、各位来宾", _HEAD),
    "salutations, comma": repeated("各位领导，", _HEAD),
    "salutations, lines": repeated("各位代表！\n", _HEAD),
    "salutations, mixed": repeated("同志们、各位领导、朋友们、各位来宾、", tail="！\n" + _LONG),
    "salutations, sentences": repeated("同志们！朋友们！", _HEAD),
    # counts inside counts
    "nested is": _nested(("{}是抓落实，",)),
    "nested is in is": _each_inside("一是", "二是"),
    "nested is, lines": _each_inside("一是抓\n", "二是抓\n"),
    "nested forms": _nested(("第{}章 总\n", "第{}节 则\n", "第{}条 本\n", "（{}）有\n", "{}是抓；", "{}要干。")),
    "nested must": _nested(("{}要抓好，", "{}是做实，")),
    "nested brackets": _each_inside("（一）", "（二）"),
    "nested commas": _each_inside("一、抓\n", "二、抓\n"),
    "order words": repeated("首先，其次，再次，最后，", _HEAD),
    "first forever": repeated("第一，", _HEAD),
    "first on lines": repeated("一、抓好工作\n", _HEAD),
    "must": repeated("要", _HEAD),
    "must, sentences": repeated("要抓好落实。", _HEAD),
    "must, then is": repeated("要抓好落实。要抓出成效。要抓住不放。一是抓。二是抓。", _HEAD),
    # counts that run on
    "articles": series(lambda n: f"第{numeral(n % 9999 + 1)}条　市政府负责{n}号设施的管理。\n"),
    "chapters": series(lambda n: f"第{numeral(n % 9999 + 1)}章　总则{n}\n"),
    "points": series(lambda n: f"{n % 99 + 1}．抓好{n}号工程。\n"),
    "decimals": series(lambda n: f"{n % 9 + 1}.{n % 7 + 1}.{n % 5 + 1} 抓好{n}号工程。\n"),
    "circles": repeated("①抓②抓③抓④抓⑤抓", _HEAD),
    "bracketed digits": series(lambda n: f"（{n % 99 + 1}）抓好落实；"),
    "all forms": repeated("第一部分 一、（一）1．（1）①一要一是其一首先第一，——# 【一】㈠⑴Ⅰ、A. 附件1 任务一：", _HEAD),
    "broken count": series(lambda n: f"{numeral(n * 7 % 97 + 1)}、抓好工作\n"),
    "numerals": repeated("一二三四五六七八九十百", _HEAD),
    "twenty": repeated("二十", _HEAD),
    # headings, lines, tables
    "headings": series(lambda n: f"抓好{numeral(n % 97 + 1)}号工程\n各单位要落实责任{'，' + _LONG * 4}。\n"),
    "headings alone": repeated("抓好当前工作\n", _HEAD),
    "run-in headings": repeated("抓一产。各地要制定计划。提二产。各地要制定计划。促三产。各地要制定计划。", _HEAD),
    "markdown headings": series(lambda n: f"{'#' * (n % 6 + 1)} 抓好{n}号工程\n要落实。\n"),
    "hashes": repeated("#", _HEAD),
    "tables": repeated("| 项目 | 金额 | 备注 |\n|---|---|---|\n| 道路 | 12.5万元 | 无 |\n", _HEAD),
    "table without end": repeated("|", _HEAD),
    "blank lines": repeated("\n", _HEAD + "抓好工作。", "抓好落实。"),
    "blanks": repeated(" ", _HEAD + "抓好工作。", "抓好落实。"),
    "wide blanks": repeated("\u3000", _HEAD + "抓好工作", "抓好落实。"),
    "blank and line": repeated(" \n", _HEAD + "抓好工作。", "抓好落实。"),
    "tabs and blanks": repeated("\t \u00a0\u2003", _HEAD + "抓好工作。", "抓好落实。"),
    "short lines": repeated("抓\n", _HEAD),
    "dashes": repeated("—", _HEAD),
    "dashed lines": repeated("——抓好工作\n", _HEAD),
    "rules": repeated("-----\n", _HEAD),
    "hard-wrapped": repeated("各单位要把责任落实到人把工作抓\n", _HEAD),
    "letters apart": repeated("关 于 加 强 工 作 ", _HEAD),
    # one long line
    "one line": repeated(_LONG),
    "one line, commas": repeated("抓好落实，", _HEAD),
    "one line, sentences": repeated("五年来，我们抓好了落实。"),
    "one line, semicolons": repeated("抓好；"),
    "one line, stops": repeated("。"),
    "one line, all stops": repeated("。！？；"),
    "one line, colons": repeated("：", _HEAD),
    "enumeration commas": repeated("、", _HEAD),
    "names": repeated("道路、桥梁、", _HEAD + "重点是：", "等设施。"),
    "one line, no breaks": repeated("第一，抓好粮食。要落实。第二，抓好项目。要快。一是抓。二是干。"),
    # runs of one character
    "stars": repeated("*", _HEAD),
    "star pairs": repeated("**万元，", _HEAD),
    "digits": repeated("1", _HEAD),
    "digits and dots": repeated("1.", _HEAD),
    "percent": repeated("1%", _HEAD),
    "years": repeated("2024年", _HEAD),
    "dates": repeated("2024年1月2日（", _HEAD),
    "中": repeated("中"),
    "rare characters": repeated("龘靐齉"),
    "latin": repeated("a", _HEAD),
    "latin words": repeated("a.b-c/d ", _HEAD),
    "emoji": repeated("😀", _HEAD + "中"),
    "full width": repeated("Ａ１", _HEAD),
    # quotes and brackets
    "open quotes": repeated("“", _HEAD),
    "closed quotes": repeated("”", _HEAD),
    "quotes": repeated("“抓”", _HEAD),
    "quotes inside": _mirrored("“", "”"),
    "titles": repeated("《抓》", _HEAD),
    "open titles": repeated("《", _HEAD),
    "brackets inside": _mirrored("（", "）"),
    "open brackets": repeated("（", _HEAD),
    "stop and quotes": repeated("。”’」』）", _HEAD),
    "stop, quotes, comma": repeated("。””””””””，", _HEAD),
    "quoted stops": repeated("“抓好落实。”，", _HEAD),
    "definitions": series(lambda n: f"本办法所称{numeral(n % 999 + 1)}号设施，是指市政府管理的设施。"),
    "announced": repeated("主要问题是：一是抓得不紧；二是抓得不实；", _HEAD),
    "counted names": repeated("三个务必两个确立四个自信", _HEAD),
    "angle tags": repeated("<b>抓</b>&nbsp;", _HEAD),
    "open tags": repeated("<", _HEAD),
    "ampersands": repeated("&", _HEAD),
    "notes": series(lambda n: f"抓好工作[{n % 99}]。\n"),
    # of a reader's view: forms of files, marks in one line
    "salutations, one line": repeated("各位领导、各位来宾，同志们：", _HEAD),
    "is in is, one line": _each_inside("一是抓好，", "二是抓实，"),
    "is in must, one line": repeated("一要抓好，一是抓实，二是抓稳，二要抓快，", _HEAD),
    "first, then": repeated("首先，抓好落实；其次，抓出成效；", _HEAD),
    "first, never then": repeated("首先抓", _HEAD),
    "on the one hand": repeated("一方面抓，另一方面放，", _HEAD),
    "articles, one line": series(lambda n: f"第{numeral(n % 9999 + 1)}条 抓好{n}号工程。"),
    "chapters, one line": series(lambda n: f"第{numeral(n % 99 + 1)}章 第{numeral(n % 9 + 1)}节 第{n}条 抓。"),
    "article names": series(lambda n: f"第{n}条、"),
    "wrapped sentences": repeated("各单位要把责任落实到人，把工作抓\n实。要抓好项目建设和城市管理，抓\n好落实。\n", _HEAD),
    "wrapped, pages": series(lambda n: f"抓好落实\n— {n} —\n某市人民政府文件\n"),
    "page numbers": series(lambda n: f"{n}\n", _HEAD),
    "contents": series(lambda n: f"{numeral(n % 99 + 1)}、抓好{n}号工程……………………{n}\n"),
    "contents, twice": lambda size: series(lambda n: f"第{n}章 {n}号工程\t{n}\n")(size // 2) + series(lambda n: f"第{n}章 {n}号工程\n", "")(size // 2),
    "dots": repeated(".", _HEAD),
    "ellipses": repeated("…", _HEAD),
    "dots and lines": repeated("……\n", _HEAD),
    "footnotes": series(lambda n: f"抓好[{n}]落实[^{n}]。\n[{n}] 出处{n}\n[^{n}]: 出处{n}\n"),
    "circled notes": repeated("抓好落实①。\n①出处\n", _HEAD),
    "notes, one line": series(lambda n: f"抓好落实[{n}]、[{n + 1}]"),
    "unclosed tags": repeated("<p>抓<div><td", _HEAD),
    "unclosed comments": repeated("<!-- 抓", _HEAD),
    "html tables": repeated("<table><tr><td>抓<th>好", _HEAD),
    "html file": lambda size: "<html><body>" + "<p>抓好落实。<b>" * (size // 12),
    "html scripts": lambda size: "<!DOCTYPE html><html><script>" + "<script>" * (size // 8),
    "entities": repeated("&lt;&#25235;&amp", _HEAD),
    "markdown marks": repeated("**抓__好*~`", _HEAD),
    "markdown links": repeated("[抓](", _HEAD),
    "open brackets, ascii": repeated("[", _HEAD),
    "images": repeated("![抓](a", _HEAD),
    "code fences": repeated("```\n抓\n", _HEAD),
    "quoted lines": repeated("> ", _HEAD),
    "wide table": lambda size: _HEAD + "| 抓 " * (size // 8) + "\n" + "|---" * (size // 8) + "\n",
    "table rows": repeated("| 抓 | 好 |\n", _HEAD),
    "tabbed rows": repeated("抓\t1\t2%\n", _HEAD),
    "spaced rows": repeated("抓  好  1\n", _HEAD),
    "letters apart, lines": repeated("各 位 代 表 ：\n", _HEAD),
    "blank after each": repeated("抓 ", _HEAD),
    "decimals, one line": series(lambda n: f"{n % 9 + 1}.{n % 7 + 1}.{n % 5 + 1} "),
    "decimals forever": repeated("1.1", _HEAD),
    "bold headings": series(lambda n: f"**抓好{n}号工程**\n要落实。\n"),
    "titled lines": repeated("——在全市会议上的讲话\n（2024年1月2日）\n市长 张三\n", ""),
    "signed": repeated("某市人民政府\n2024年1月2日\n", _HEAD),
    "colon lines": repeated("抓好落实：\n", _HEAD),
    "quoted openings": repeated("“抓好落实”，就是要抓。“抓出成效”，就是要快。\n", _HEAD),
    "parallel": repeated("必须抓好落实，要快。必须抓出成效，要实。必须抓住不放，要稳。\n", _HEAD),
    "parallel, one line": repeated("五年来，我们抓好了落实。五年来，我们抓出了成效。必须抓住，", _HEAD),
    "returns": repeated("抓\r", _HEAD),
    "form feeds": repeated("抓\f\x0b", _HEAD),
    "zero width": repeated("\u200b", _HEAD + "抓", "好。"),
    "soft hyphens": repeated("抓\u00ad", _HEAD),
    "quantities": repeated("增长12.5%，达到1,234.5亿元，约三百余万吨、", _HEAD),
    "numbers to": repeated("5至6.5%—7—", _HEAD),
    "long digits": repeated("1,000", _HEAD),
    "table words": repeated("附表1：抓\n单位：万元\n", _HEAD),
    "annexes": repeated("附件1", _HEAD),
    "labels": repeated("任务一：抓。", _HEAD),
    "labels, all different": series(lambda n: f"{_word(n)}一：抓。{_word(n)}二：抓。\n"),
    "points, all different": series(lambda n: f"一{chr(0x4E00 + n % 20_000)}抓好，二{chr(0x4E00 + n % 20_000)}抓实。"),
    "commas of an opening": repeated("抓好落实，", _HEAD + "抓好落实。抓好落实。"),
    "is this": repeated("本办法所称抓，是指", _HEAD),
    "announced, never listed": repeated("主要有以下三个方面：", _HEAD),
    "announced by count": repeated("三个方面五项任务十大工程：", _HEAD),
    "regulation": lambda size: regulation(max(3, size // 75))[: max(size, 60)],
}  # fmt: skip
