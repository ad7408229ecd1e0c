"""Page furniture: page numbers, running headers, and what a saved web page has round its text.

Told by shape, repetition and position first; the words below are the generic labels of web pages.
"""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Sequence

from index.reading.lines import Line

_PAGE = re.compile(
    r"[-—~·_]{1,4} ?\d{1,4} ?[-—~·_]{1,4}|第 ?\d{1,4} ?页(?:[，,/ ]{0,2}共 ?\d{1,4} ?页)?|\d{1,4} ?/ ?\d{1,4}|[Pp]age ?\d{1,4}(?: ?(?:of|/) ?\d{1,4})?"
)
_BARE = re.compile(r"\d{1,4}")
_PAGE_CHARACTERS = 150  # the least that stands on a page: bare numbers closer together number something else
_HEADER = 50  # characters of a running header
_LONG = 10  # characters of one that no page number stands by
_HEAD = 12  # lines of the head, where the title stands
_WORDS = frozenset(
    [
        "打印",
        "打印本页",
        "打印此页",
        "打印文章",
        "打印页面",
        "我要打印",
        "关闭",
        "关闭窗口",
        "关闭本页",
        "关闭页面",
        "收藏",
        "收藏本页",
        "加入收藏",
        "设为首页",
        "返回",
        "返回顶部",
        "返回首页",
        "返回列表",
        "返回上一页",
        "回到顶部",
        "复制链接",
        "分享",
        "分享到",
        "分享至",
        "一键分享",
        "扫一扫",
        "微信",
        "微博",
        "新浪微博",
        "腾讯微博",
        "QQ空间",
        "QQ好友",
        "QQ",
        "朋友圈",
        "人人网",
        "开心网",
        "豆瓣",
        "百度",
        "更多",
        "纠错",
        "我要纠错",
        "网站纠错",
        "字体",
        "字号",
        "字体大小",
        "大",
        "中",
        "小",
        "大中",
        "中小",
        "大中小",
        "放大",
        "缩小",
        "默认",
        "繁体",
        "繁體",
        "繁",
        "简体",
        "简",
        "English",
        "无障碍",
        "无障碍阅读",
        "无障碍浏览",
        "长者模式",
        "长者版",
        "适老版",
        "适老化",
        "关怀版",
        "老年版",
        "登录",
        "注册",
        "首页",
        "主页",
        "搜索",
        "网站地图",
        "语音播报",
        "朗读",
        "播放",
        "听全文",
        "手机版",
        "客户端",
        "移动端",
        "上一篇",
        "下一篇",
        "上一条",
        "下一条",
        "上一页",
        "下一页",
        "尾页",
        "末页",
        "点击下载",
        "下载",
        "订阅",
        "RSS",
        "评论",
        "点赞",
        "点击数",
        "收起",
        "展开",
        "展开全文",
        "阅读全文",
        "A",
        "A+",
        "A-",
    ]
)
_SEPARATORS = re.compile(r"[\s\[\]【】()（）|/·>»›:：,，、-]+")
_LABEL = re.compile(
    r"[\[（(【]?(?:责任编辑|责任校对|责编|编辑|编审|初审|复审|终审|[一二三]审|校对|网络编辑|值班编辑|打印|字[体号]|分享到?|上一[篇条]|下一[篇条]"
    r"|(?:浏览|阅读|点击|访问)(?:次数|量|数|人次)?|(?:您|你)?(?:现在|当前)?(?:的|所在)?(?:的)?位置|关键词|关键字|标签|扫码|二维码)[：:]"
)
_FOOT = re.compile(
    r"ICP备|公网安备|网安备|版权所有|[Cc]opyright|©|网站标识码|[Aa]ll [Rr]ights [Rr]eserved|扫一扫|浏览次数|"
    r"^(?:主办|承办|技术支持|联系我们|网站声明|免责声明)(?:单位)?[：:]|^(?:附件下载|相关链接|相关附件)$"
)
_RELATED = re.compile(
    r"(?:相关|推荐|延伸|热门|热点|最新|猜你喜欢|更多)(?:的)?(?:报道|阅读|链接|新闻|文件|文章|解读|稿件|推荐|信息|内容)(?:推荐)?[：:]?"
)
_BREADCRUMB = re.compile(r"(?:首页|主页|[^\s>»›]{2,12}网) ?[>»›→/] ?\S|\S ?[>»›] ?\S.{0,40}\S ?[>»›]")
_BAR = re.compile(r"[>»›|/·=_~-]+")
_EDGE = 15  # lines at the head and at the foot
_BODY = 60  # characters of a line that can be no furniture at the foot


def mark_furniture(lines: Sequence[Line]) -> None:
    """Set `left_out` on page furniture and `after_page` on what stands right below a page's end. Linear."""
    pages = _page_numbers(lines)
    pages |= _running_headers(lines, pages)
    for number in pages | _web(lines) | _foot(lines):
        lines[number].left_out = True
    for number in pages:
        if number + 1 < len(lines):
            lines[number + 1].after_page = True


def _page_numbers(lines: Sequence[Line]) -> set[int]:
    found = {
        number for number, line in enumerate(lines) if len(line.text) <= 20 and _PAGE.fullmatch(line.text)
    }
    bare = [number for number, line in enumerate(lines) if _BARE.fullmatch(line.text)]
    steps = [(a, b) for a, b in itertools.pairwise(bare) if int(lines[b].text) == int(lines[a].text) + 1]
    apart = [(a, b) for a, b in steps if lines[b].start - lines[a].end >= _PAGE_CHARACTERS]
    if (
        apart
        and 5 * len(apart) >= 4 * (len(bare) - 1)
        and (len(apart) > 1 or all(_cuts(lines, n) for n in apart[0]))
    ):
        found |= set(bare)
    return found


def _cuts(lines: Sequence[Line], number: int) -> bool:
    """Tell whether line `number` stands in the middle of a sentence."""
    above = lines[number - 1] if number else None
    return bool(above and not above.ends and len(above.text) >= 12 and not above.is_plain) or (
        above is not None and above.text[-1:] in "，、"
    )


def _running_headers(lines: Sequence[Line], pages: set[int]) -> set[int]:
    """Return repeated lines that stand at page numbers, or in the middle of sentences.

    Words that were links and stand on lines of their own repeat in the middle of sentences too: so without
    page numbers a header is as long as a title, or a line of the head.
    """
    places: dict[str, list[int]] = defaultdict(list)
    for number, line in enumerate(lines):
        if 2 <= len(line.text) <= _HEADER and line.is_plain and not line.is_marked and number not in pages:
            places[re.sub(r"\d+", "0", line.text)].append(number)
    repeated = [numbers for numbers in places.values() if len(numbers) > 1]
    found: set[int] = set()
    for _ in range(2):  # a header may have two lines
        edges = pages | found
        for numbers in repeated:
            beside = {n for n in numbers if n - 1 in edges or n + 1 in edges}
            body = numbers[1:] if numbers[0] < _HEAD else numbers
            cutting = [n for n in body if _cuts(lines, n)]
            long = len(lines[numbers[0]].text) >= _LONG or numbers[0] < _HEAD
            if len(beside) > 1 and 2 * len(beside) >= len(numbers):
                found |= beside
            elif long and len(cutting) > 1 and 5 * len(cutting) >= 4 * len(body):
                found |= set(body)
    return found


def _web(lines: Sequence[Line]) -> set[int]:
    """Return the controls, labels and paths of a web page, wherever they stand."""
    bars = {number for number, line in enumerate(lines) if _BAR.fullmatch(line.text)}
    arrows = {number for number in bars if lines[number].text[0] in ">»›"}
    found = bars | {
        n
        for n, line in enumerate(lines)
        if len(line.text) <= 12 and line.is_plain and {n - 1, n + 1} & arrows
    }
    for number, line in enumerate(lines):
        text = line.text
        if len(text) > _BODY or line.is_row:
            continue
        words = [word for word in _SEPARATORS.split(text) if word]
        is_control = all(word in _WORDS for word in words) and len(text) > 1
        at_edge = number < _EDGE or number >= len(lines) - _EDGE
        is_menu = at_edge and text.count("|") > 1 and all(len(word) <= 6 for word in words)
        if is_control or is_menu or _LABEL.match(text) or _BREADCRUMB.match(text):
            found.add(number)
    return found


def _foot(lines: Sequence[Line]) -> set[int]:
    """Return the foot of a web page: from its first label on, as far as nothing of the text follows."""
    first = len(lines)
    for number in range(len(lines) - 1, -1, -1):
        line = lines[number]
        is_label = bool(_FOOT.search(line.text) or _RELATED.fullmatch(line.text))
        if len(line.text) > _BODY or line.text.startswith(("附件", "注：", "[")):
            break
        if not is_label and (
            (line.ends_sentence and len(line.text) > 12) or (line.is_marked and len(line.text) > 15)
        ):
            break
        if is_label or (_LABEL.match(line.text) and first < len(lines)):
            first = number
    return set(range(first, len(lines)))
