"""Sentence -> the cues by which a reader tells what it is for; the facet model weighs them.

Every cue is a name: `cue:…` a pattern of the genre, `word:…` a search term, `opens:…` and `ends:…` the first
and last characters, `heading:…` and `above:…` what the headings announce, `opener:…` what the paragraph's
first sentence shows, `list:…` what the sentence shows that a run of ；-parts begins with. Patterns are true
of the genre, not of a document; what each is worth is learnt.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from index.folding import fold
from index.types import Document, Section, Sentence
from index.words import words

# All patterns meet folded text: half-width ，；：！？（）, lower case, simplified characters.
_CUES = {
    "done": r"了(?!解|然|如)|已|完成|实现了|取得|获批|获得|荣获|入选|成功|达到|突破|增长|提高了|提升至|提高到|建成|投产|投用|竣工|开通|落地|圆满|显著|明显|持续(?:向好|改善|提升|巩固|增强)|超额",
    "past": r"(?:19|20)\d\d年(?!底前|前)|今年以来|去年|五年来|过去|以来|累计|连续\d|历史性",
    "counted": r"(?<![\d*])[\d*]+(?:\.\d+)?(?:%|个百分点|万|亿|个|家|公里|亩|人|户|项|件|套|吨|元|倍)",
    "rate": r"(?:增长|下降|提高|降低|达到|超过|突破)[\d*]",
    "must": r"^(?:还|更|就|也)?要(?!求)|[,;]要(?!求)|务必|必须|应当|应该|不得|不能|决不|严禁|坚决|切实|确保|力争|着力|大力|加快|深入|全面|扎实|认真",
    "must_first": r"^(?:[一二三四五六七八九十]+)?要|^必须|^务必|^坚持|^坚决|^确保",
    "verb_first": r"^(?:[(]?[一二三四五六七八九十\d]+[)、.]?(?:是|要)?)?(?:推进|推动|加强|加快|深化|完善|健全|强化|实施|落实|提升|提高|优化|支持|发展|建设|打造|开展|抓好|做好|做强|做优|扩大|促进|保障|培育|引导|鼓励|统筹|构建|建立|严格|持续|积极|大力|深入|全面|着力|切实|扎实|稳步|巩固|拓展|防范|规范)",
    "target": r"目标|到20\d\d年|到二〇|左右|以上$|以上[,;。]|预期|力争|将(?:达到|实现|建成)|基本实现|全面建成|远景|定位|打造成|建设成为|排头兵|先行区|示范区|高地|就一定能|必将|美好(?:生活|未来)",
    "state": r"更加|不断|基本形成|显著(?:增强|提升|提高|改善)|迈[出上]|达到新|实现新",
    "problem": r"问题|不足|短板|困难|挑战|风险|矛盾|薄弱|不够|不平衡|不充分|制约|压力|形势|隐患|差距|仍然|依然|还有|有的",
    "theory": r"指出|强调|认为|是(?:一|我|党|全|推|实|做|打|对|由|最|人|新|关|根|中)|意味着|充分(?:证明|体现|说明)|本质|根本|关键|重要性|意义|历史|精神|伟大|总书记|习近平|马克思|毛泽东|邓小平|只有|才能|因为|由于|源于|在于",
    "quoted": r"^“|:“|《",
    "thanks": r"感谢|致敬|敬意|问候|祝贺|谢谢|祝|新年|各位代表|同志们|朋友们|女士们",
    "procedure": r"报告工作|请予审议|审议通过|提出意见|出席|列席|主持|会议(?:在|于)|全会(?:在|于|由|听取|审议)|讲[几\d一二三四五]点|下面|现在|摄$|记者|来源|时间:|日报|新华社|附件|公报|央视|征求意见|起草",
    "we": r"^我们|^全[县市省区国党]|^各级|^广大",
    "question": r"[?]$",
    "wish": r"^(?:第?[一二三四五六七八九十]+[,、是])?希望|[,;]希望|^请|,请",
}  # fmt: skip
_PATTERNS = {name: re.compile(pattern) for name, pattern in _CUES.items()}
_HEADINGS = {
    "review": re.compile(r"回顾|总结|成就|成绩|成效|进展|过去|以来|所做|主要做了|这五年|工作情况"),
    "plan": re.compile(r"安排|任务|部署|重点工作|要求|举措|措施|保障|下一步|今年工作|20\d\d年(?:主要|重点)?工作|要|推进|加强|加快"),
    "aim": re.compile(r"目标|愿景|思路|蓝图"),
    "reason": re.compile(r"形势|意义|认识|问题|挑战|困难|背景|经验|考虑|为什么"),
    "notes": re.compile(r"名词解释|注释|附件|附录|附表"),
}  # fmt: skip
_MARKER = re.compile(
    r"第?[一二三四五六七八九十\d]+(?:[、,.]\s*|是(?:要)?(?=[\u4e00-\u9fff])|(?=要))|[(].{1,3}[)]|[—-]+|同时,|特别是"
)
_CLAUSES = re.compile(r"[,:;。!?]")
_LINE_ONLY = re.compile(r"[。!?;]")
_YAO = re.compile(r"(?<![重主需不只就定想])要(?![求素点义件闻害领是么])")  # the modal, not 重要, 要求 …
_MUST = re.compile(r"必须|务必|应当|应该")
_ACTOR = re.compile(r"我们|全[党省市县区国]|各[级地部]|广大|大家|企业|有关|党员|干部")
_THIS = re.compile(r"这|此|它|其")
THIRDS = "0000111222"  # tenths of the document; finer steps fit single documents: 0.8 points less on others
TOP = 6  # sentences at the start of a document: its title, place, date and address
LINE_LIMIT = 40  # characters of a line without a full stop that is a heading or a caption


def sentence_cues(
    document: Document, sections: Sequence[Section], sentences: Sequence[Sentence]
) -> list[list[str]]:
    """Return each sentence's cues, in the order of `sentences`."""
    texts = [fold(document.text[s.start : s.end]) for s in sentences]
    patterns = [[n for n, pattern in _PATTERNS.items() if pattern.search(t)] for t in texts]
    headings = _heading_cues(document, sections)
    openers, heads = _paragraph_openers(sentences), _list_heads(texts)
    rows: list[list[str]] = []
    for i, (sentence, text) in enumerate(zip(sentences, texts, strict=True)):
        row = [f"cue:{n}" for n in patterns[i]] + _word_cues(text) + _wording_cues(text)
        row += headings[sentence.section] if sentence.section is not None else ["heading:none"]
        row += _place_cues(document, sections, sentence, text)
        if i < TOP:
            row.append("top")
        if openers[i] == i:
            row.append("opener")
        elif openers[i] is not None:
            row += [f"opener:{n}" for n in patterns[openers[i] or 0]]
        if heads[i] != i:
            row += ["list", *(f"list:{n}" for n in patterns[heads[i]])]
        rows.append(row)
    return rows


def _word_cues(text: str) -> list[str]:
    terms = words(text)
    return [f"word:{w}" for w in dict.fromkeys(terms)] + [f"opens:{w}" for w in terms[:1]]


def _wording_cues(text: str) -> list[str]:
    """Return how the sentence opens and ends, and where its modal words stand."""
    body = text
    if marker := _MARKER.match(text):
        body = text[marker.end() :]
    clauses = [c for c in _CLAUSES.split(body) if c.strip()]
    if not clauses:
        return []
    first = clauses[0]
    row = [f"begins:{body[:n]}" for n in (1, 2, 3)] + [f"ends:{clauses[-1][-2:]}"]
    row += [f"clauses:{min(6, len(clauses))}", f"first:{min(4, len(first) // 5)}"]
    if modal := _YAO.search(body):
        row.append("要:opens" if not modal.start() else "要:first" if _YAO.search(first) else "要:later")
    if _MUST.search(body):
        row.append("must:first" if _MUST.search(first) else "must:later")
    row += [f"begins:{n}" for n, p in (("actor", _ACTOR), ("this", _THIS)) if p.match(body)]
    return [*row, "first:是"] if "是" in first else row


def _place_cues(document: Document, sections: Sequence[Section], sentence: Sentence, text: str) -> list[str]:
    """Return where the sentence stands in the document and how long it is."""
    row = [f"third:{THIRDS[min(9, 10 * sentence.start // len(document.text))]}"]
    row.append(f"size:{min(5, int(math.log2(max(len(text), 4))))}")
    if len(text) < LINE_LIMIT and not _LINE_ONLY.search(text):
        row.append("line")
    if sentence.section is not None and sections[sentence.section].start == sentence.start:
        row.append("heading:itself")
    return row


def _heading_cues(document: Document, sections: Sequence[Section]) -> list[list[str]]:
    """Return for each section what its own heading and those above it announce."""
    own = []
    for section in sections:
        title = fold(document.text[section.start : section.title_end])
        own.append([name for name, pattern in _HEADINGS.items() if pattern.search(title)])
    above: list[list[str]] = []  # what all the headings above a section announce, each name once
    for section in sections:
        parent = section.parent
        names = [] if parent is None else [f"above:{name}" for name in own[parent]] + above[parent]
        above.append(list(dict.fromkeys(names)))
    return [[f"heading:{name}" for name in own[n]] + above[n] for n in range(len(sections))]


def _paragraph_openers(sentences: Sequence[Sentence]) -> list[int | None]:
    """Return for each sentence the place of its paragraph's first one; None where there are no paragraphs."""
    openers: list[int | None] = []
    for i, sentence in enumerate(sentences):
        new = not i or sentences[i - 1].paragraph != sentence.paragraph
        openers.append(None if sentence.paragraph is None else i if new else openers[-1])
    return openers


def _list_heads(texts: Sequence[str]) -> list[int]:
    """Return for each sentence the one at which its run of ；-parts (or of what follows a ：) begins."""
    heads: list[int] = []
    for i in range(len(texts)):
        heads.append(heads[-1] if i and texts[i - 1][-1:] in (";", ":") else i)
    return heads
