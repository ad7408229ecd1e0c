"""A picture of a page → its lines with their places, by rapidocr's shipped models; nothing is fetched."""

from __future__ import annotations

import math
import re
import statistics
import unicodedata
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.errors import FormatExtraMissing
from index.formats.placed import Piece, Sheet
from index.formats.ruling import ruled_lines

WIDTH = 595.0  # points: as wide a page is taken to be whose picture does not say
MISSING = "识别扫描件和图片需要附加组件：没有安装 rapidocr。请运行 pip install 'speechqa[ocr]' 后再试。"
_MODELS = {"Det": "PP-OCR*_det_*.onnx", "Rec": "PP-OCR*_rec_*.onnx", "Cls": "*_cls_*.onnx"}
SIDE = 2_400  # points of the longer side from which words are read: an A4 page at 200 dpi whole
_FINDING = 1_280  # points of it on which lines are looked for: half the memory, and no more errors
_ALIKE = 0.2  # of the size: lines that differ by less are of one
_HALF = re.compile("(?<=[一-鿿])[,:;!?()]|[,:;!?()](?=[一-鿿])")
_FULL = str.maketrans(",:;!?()", "，：；！？（）")
_SURE = 8  # characters of a line whose width tells the size of its characters

Image = NDArray[np.uint8]
Recognise = Callable[..., Sheet]


def load_engine() -> Any:
    """Return rapidocr with the models of its own package. Raises FormatExtraMissing."""
    try:
        import rapidocr
    except ImportError as error:
        raise FormatExtraMissing(MISSING) from error
    from pathlib import Path

    folder = Path(rapidocr.__file__).parent / "models"
    params: dict[str, Any] = {
        "Global.log_level": "critical",
        "Global.max_side_len": SIDE,
        "Global.use_cls": False,
        "Det.limit_type": "max",
        "Det.limit_side_len": _FINDING,
        "Rec.rec_batch_num": 1,  # more take more memory and no less time on a processor
    }
    for part, pattern in _MODELS.items():
        found = sorted(folder.glob(pattern))
        if not found:  # it would be fetched
            raise FormatExtraMissing(
                "已安装的 rapidocr 不带识别模型：应为 3.10 以上的版本。请运行 pip install -U 'speechqa[ocr]'。"
            )
        params[f"{part}.model_path"] = str(found[0])
    return rapidocr.RapidOCR(params=params)


def read_image(engine: Any, image: Image, number: int, width: float = WIDTH) -> Sheet:
    """Return what is written on a picture (rows, columns, blue-green-red) as a page `width` points wide."""
    scale = width / image.shape[1]
    sheet = Sheet(number, width, image.shape[0] * scale, scan=0.0)
    result = engine(image)
    if result.boxes is None:
        return sheet
    corners = np.asarray(result.boxes, dtype=float) * scale
    angle = _angle(corners)
    boxes = _levelled(corners, angle, (sheet.width / 2, sheet.height / 2))
    sheet.rules = ruled_lines(image, angle, scale)
    lines = [(text, box) for text, box in zip(result.txts, boxes, strict=True) if text.strip()]
    usual = _usual_size(lines)
    sheet.pieces = [
        _piece(_HALF.sub(lambda mark: mark.group().translate(_FULL), text.strip()), box, usual)
        for text, box in lines
    ]
    weights = [len(text) for text in result.txts]
    sheet.scan = round(float(np.average(result.scores, weights=weights)), 4) if sum(weights) else 0.0
    return sheet


def _angle(boxes: NDArray[np.float64]) -> float:
    """Return the angle at which the long lines run, of their corners (lines, 4, 2); 0 where they stand on end."""
    along = boxes[:, 1] - boxes[:, 0]
    long = np.hypot(along[:, 0], along[:, 1])
    angles = np.arctan2(along[:, 1], along[:, 0])
    angle = float(np.median(angles[long >= np.quantile(long, 0.5)]))
    return angle if abs(angle) <= math.pi / 8 else 0.0


def _levelled(boxes: NDArray[np.float64], angle: float, middle: tuple[float, float]) -> NDArray[np.float64]:
    """Return the corners turned level about the page's middle, as the scanner turned it."""
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    turned: NDArray[np.float64] = (boxes - middle) @ turn + middle
    return turned


def _size(text: str, box: NDArray[np.float64]) -> float:
    """Return the size of a line's characters: by its width, or of a short one by its height."""
    width = float(np.linalg.norm(box[1] - box[0]))
    ems = sum(1.0 if unicodedata.east_asian_width(char) in "WFA" else 0.5 for char in text)
    by_width = width / max(ems, 0.5)
    return by_width if len(text) >= _SURE and by_width < 1.5 * _height(box) else 0.8 * _height(box)


def _usual_size(lines: list[tuple[str, NDArray[np.float64]]]) -> tuple[float, float]:
    """Return the size of most lines' characters, and the height of their boxes."""
    long = [(_size(text, box), _height(box)) for text, box in lines if len(text) >= _SURE]
    return (
        (statistics.median(s for s, _ in long), statistics.median(h for _, h in long)) if long else (0.0, 0.0)
    )


def _height(box: NDArray[np.float64]) -> float:
    return float(np.linalg.norm(box[3] - box[0]))


def _piece(text: str, box: NDArray[np.float64], usual: tuple[float, float]) -> Piece:
    """Return a line; its size is the usual one where it differs little, by width or by height."""
    size = _size(text, box)
    if abs(size - usual[0]) < _ALIKE * usual[0] or abs(_height(box) - usual[1]) < _ALIKE * usual[1]:
        size = usual[0]
    middle = float(box[:, 1].mean())
    return Piece(text, float(box[:, 0].min()), float(box[:, 0].max()), middle + 0.4 * size, max(size, 1.0))
