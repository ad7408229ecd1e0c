"""A picture of a page → the ruled lines on it, for the tables of scans."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.formats.placed import Rule

_ACROSS = 0.05  # of the picture's width: shorter level lines rule nothing
_DOWN = 0.038  # of it: upright ones, longer than any stroke of the text
_THICK = 0.006  # of it: what is thicker is no line
_MOST = 400  # lines: more are a drawing


def ruled_lines(image: NDArray[np.uint8], angle: float, scale: float) -> list[Rule]:
    """Return the level and upright lines of a picture that is skewed by `angle`, in points of `scale` a pixel.

    The places are those of the picture turned level about its middle.
    """
    import cv2

    height, width = image.shape[:2]
    grey = cv2.GaussianBlur(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), (3, 3), 0)
    cos, sin = math.cos(angle), math.sin(angle)
    x, y = width / 2, height / 2
    level = np.array([[cos, sin, x - cos * x - sin * y], [-sin, cos, y + sin * x - cos * y]])
    grey = cv2.warpAffine(grey, level, (width, height), borderValue=255)
    _, dark = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY_INV + cv2.THRESH_OTSU)
    rules: list[Rule] = []
    for across, down in ((max(8, int(_ACROSS * width)), 1), (1, max(8, int(_DOWN * width)))):
        rules += _found(cv2, dark, across, down, scale)
    return rules if len(rules) <= _MOST else []


def _found(cv2: Any, dark: Any, across: int, down: int, scale: float) -> list[Rule]:
    """Return what holds a line of that many pixels across or down, and is no thicker than a line."""
    gap = (9, 1) if across > down else (1, 9)
    whole = cv2.morphologyEx(dark, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_RECT, gap))
    lines = cv2.morphologyEx(whole, cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_RECT, (across, down)))
    count, _, boxes, _ = cv2.connectedComponentsWithStats(lines, connectivity=8)
    rules = []
    for left, top, width, height, _ in boxes[1 : min(count, 4 * _MOST)].tolist():
        if min(width, height) > max(6.0, _THICK * dark.shape[1]):
            continue
        x, y = (left + width / 2) * scale, (top + height / 2) * scale
        if across > down:
            rules.append(Rule(left * scale, y, (left + width) * scale, y))
        else:
            rules.append(Rule(x, top * scale, x, (top + height) * scale))
    return rules
