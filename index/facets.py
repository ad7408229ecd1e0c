"""Sentence -> facet: achievement, goal, requirement, background or other, with a probability.

A small linear model over cues that a reader names too: aspect and modality words, numbers, how the
sentence opens, what its headings announce, where it stands. A second pass lets neighbours speak, since
such texts keep to one facet for long stretches. The weights are in data/facets.json, one line a cue.
"""

from __future__ import annotations

import functools
import json
import math
import re
from collections.abc import Sequence
from dataclasses import replace
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from index.types import Document, Facet, Section, Sentence
from index.words import fold, words

Floats = NDArray[np.float64]
FACETS = tuple(Facet)

# Patterns true of the genre, not of a document; what each is worth is learnt.
_CUES = {
    "done": r"了(?!解|然|如)|已|完成|实现了|取得|获批|获得|荣获|入选|成功|达到|突破|增长|提高了|提升至|提高到|建成|投产|投用|竣工|开通|落地|圆满|显著|明显|持续(?:向好|改善|提升|巩固|增强)|超额",
    "past": r"(?:19|20)\d\d年(?!底前|前)|今年以来|去年|五年来|过去|以来|累计|连续\d|历史性",
    "counted": r"[\d*]+(?:\.\d+)?(?:%|个百分点|万|亿|个|家|公里|亩|人|户|项|件|套|吨|元|倍)",
    "rate": r"(?:增长|下降|提高|降低|达到|超过|突破)[\d*]",
    "must": r"^(?:还|更|就|也)?要(?!求)|[，；]要(?!求)|务必|必须|应当|应该|不得|不能|决不|严禁|坚决|切实|确保|力争|着力|大力|加快|深入|全面|扎实|认真",
    "must_first": r"^(?:[一二三四五六七八九十]+)?要|^必须|^务必|^坚持|^坚决|^确保",
    "verb_first": r"^(?:[（(]?[一二三四五六七八九十\d]+[）)、.．]?(?:是|要)?)?(?:推进|推动|加强|加快|深化|完善|健全|强化|实施|落实|提升|提高|优化|支持|发展|建设|打造|开展|抓好|做好|做强|做优|扩大|促进|保障|培育|引导|鼓励|统筹|构建|建立|严格|持续|积极|大力|深入|全面|着力|切实|扎实|稳步|巩固|拓展|防范|规范)",
    "target": r"目标|到20\d\d年|到二〇|左右|以上$|以上[，；。]|预期|力争|将(?:达到|实现|建成)|基本实现|全面建成|远景|定位|打造成|建设成为|排头兵|先行区|示范区|高地|就一定能|必将|美好(?:生活|未来)",
    "state": r"更加|不断|基本形成|显著(?:增强|提升|提高|改善)|迈[出上]|达到新|实现新",
    "problem": r"问题|不足|短板|困难|挑战|风险|矛盾|薄弱|不够|不平衡|不充分|制约|压力|形势|隐患|差距|仍然|依然|还有|有的",
    "theory": r"指出|强调|认为|是(?:一|我|党|全|推|实|做|打|对|由|最|人|新|关|根|中)|意味着|充分(?:证明|体现|说明)|本质|根本|关键|重要性|意义|历史|精神|伟大|总书记|习近平|马克思|毛泽东|邓小平|只有|才能|因为|由于|源于|在于",
    "quoted": r"^“|：“|《",
    "thanks": r"感谢|致敬|敬意|问候|祝贺|谢谢|祝|新年|各位代表|同志们|朋友们|女士们",
    "procedure": r"报告工作|请予审议|审议通过|提出意见|出席|列席|主持|会议(?:在|于)|全会(?:在|于|由|听取|审议)|讲[几\d一二三四五]点|下面|现在|摄$|记者|来源|时间：|日报|新华社|附件|公报|央视|征求意见|起草",
    "we": r"^我们|^全[县市省区国党]|^各级|^广大",
    "question": r"[？?]$",
}  # fmt: skip
_PATTERNS = {name: re.compile(pattern) for name, pattern in _CUES.items()}
_HEADINGS = {
    "review": re.compile(r"回顾|总结|成就|成绩|成效|进展|过去|以来|所做|主要做了|这五年|工作情况"),
    "plan": re.compile(r"安排|任务|部署|重点工作|要求|举措|措施|保障|下一步|今年工作|20\d\d年(?:主要|重点)?工作|要|推进|加强|加快"),
    "aim": re.compile(r"目标|愿景|思路|蓝图"),
    "reason": re.compile(r"形势|意义|认识|问题|挑战|困难|背景|经验|考虑|为什么"),
}  # fmt: skip


def label_facets(
    document: Document, sections: Sequence[Section], sentences: Sequence[Sentence]
) -> tuple[Sentence, ...]:
    """Return the sentences with `facet` and `facet_probability` set."""
    if not sentences:
        return ()
    model = shipped_model()
    first = model.first(sentence_features(document, sections, sentences))
    final = model.second(first)
    return tuple(
        replace(s, facet=FACETS[int(p.argmax())], facet_probability=round(float(p.max()), 4))
        for s, p in zip(sentences, final, strict=True)
    )


def sentence_features(
    document: Document, sections: Sequence[Section], sentences: Sequence[Sentence]
) -> list[list[str]]:
    """Return each sentence's cues, the names by which the model weighs them."""
    headings = _heading_cues(document, sections)
    length = max(len(document.text), 1)
    rows: list[list[str]] = []
    for number, sentence in enumerate(sentences):
        text = fold(document.text[sentence.start : sentence.end])
        terms = words(text)
        row = [f"cue:{name}" for name, pattern in _PATTERNS.items() if pattern.search(text)]
        row += [f"word:{w}" for w in dict.fromkeys(terms)]
        row += [f"opens:{w}" for w in terms[:1]]
        row += headings[sentence.section] if sentence.section is not None else ["heading:none"]
        row.append(f"tenth:{min(9, 10 * sentence.start // length)}")
        row.append(f"size:{min(5, int(math.log2(max(len(text), 4))))}")
        if number < 6:
            row.append("top")
        if sentence.end - sentence.start < 40 and not re.search(r"[。！？；!?;]", text):
            row.append("line")
        if sentence.section is not None and sections[sentence.section].start == sentence.start:
            row.append("heading:itself")
        rows.append(row)
    return rows


def _heading_cues(document: Document, sections: Sequence[Section]) -> list[list[str]]:
    """Return for each section what its own heading and those above it announce."""
    own = []
    for section in sections:
        title = fold(document.text[section.start : section.title_end])
        own.append([name for name, pattern in _HEADINGS.items() if pattern.search(title)])
    result: list[list[str]] = []
    for section in sections:
        row, above = [f"heading:{name}" for name in own[section.index]], section.parent
        while above is not None:
            row += [f"above:{name}" for name in own[above]]
            above = sections[above].parent
        result.append(list(dict.fromkeys(row)))
    return result


class FacetModel:
    """Two linear layers with softmax: over a sentence's cues, then over its own and its neighbours' result."""

    def __init__(
        self,
        cues: dict[str, list[float]],
        bias: list[float],
        second: list[list[float]],
        second_bias: list[float],
    ) -> None:
        """Take one weight a facet for each cue, and (inputs, facets) weights for the second layer."""
        self._cues = {name: np.array(weights) for name, weights in cues.items()}
        self._bias = np.array(bias)
        self._second = np.array(second)
        self._second_bias = np.array(second_bias)

    def first(self, rows: Sequence[Sequence[str]]) -> Floats:
        """Return each sentence's probabilities from its own cues, shape (sentences, facets)."""
        scores = np.tile(self._bias, (len(rows), 1))
        for number, row in enumerate(rows):
            for name in row:
                weights = self._cues.get(name)
                if weights is not None:
                    scores[number] += weights
        return softmax(scores)

    def second(self, first: Floats) -> Floats:
        """Return the final probabilities, shape (sentences, facets)."""
        return softmax(neighbour_inputs(first) @ self._second + self._second_bias)


def softmax(scores: Floats) -> Floats:
    """Return exp(s) / Σ exp(s) along the last axis."""
    shifted = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=-1, keepdims=True))


def neighbour_inputs(first: Floats) -> Floats:
    """Return the second layer's inputs, shape (sentences, 3 × facets).

    Log-probabilities of the sentence, of the one before and of the one after. Wider windows (three on
    each side, the section) were no better on documents left out of the fit.
    """
    logs = np.log(np.clip(first, 1e-4, None))
    return np.hstack([logs, np.vstack([logs[:1], logs[:-1]]), np.vstack([logs[1:], logs[-1:]])])


@functools.cache
def shipped_model() -> FacetModel:
    """Load the model that is shipped with the package."""
    data = json.loads((resources.files("index") / "data" / "facets.json").read_text("utf-8"))
    return FacetModel(data["cues"], data["bias"], data["second"], data["second_bias"])
