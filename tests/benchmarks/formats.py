"""Pages a second and peak memory by format, beside the bare library: `python -m tests.benchmarks.formats [FILE.pdf]`.

Each is run in a process of its own on the official document of the tests, 60 pages of it (a scan: 3 pages).
"""

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.index.formats import drawn, official

PAGES, SCANS = 60, 3


def ours(name: str, reader: str) -> Callable[[Path], int]:
    def read(path: Path) -> int:
        import importlib

        return len(getattr(importlib.import_module(f"index.formats.{name}"), reader)(path).pages)

    return read


def bare_pdfium(path: Path) -> int:
    import pypdfium2

    document = pypdfium2.PdfDocument(path)
    return sum(bool(document[at].get_textpage().get_text_range()) for at in range(len(document)))


def bare_ofdkit(path: Path) -> int:
    import ofdkit

    with ofdkit.OFDDocument(path) as document:
        return sum(bool(page.text()) for page in document.pages)


def bare_rapidocr(path: Path) -> int:
    import numpy as np
    import rapidocr
    from PIL import Image

    engine = rapidocr.RapidOCR(params={"Global.log_level": "critical"})
    with Image.open(path) as picture:
        for at in range(picture.n_frames):
            picture.seek(at)
            engine(np.asarray(picture.convert("RGB")))
        return picture.n_frames


READERS: dict[str, tuple[str, Callable[[Path], int]]] = {
    "pdf: bare pypdfium2": ("pdf", bare_pdfium),
    "pdf": ("pdf", ours("pdf", "extract")),
    "ofd: bare ofdkit": ("ofd", bare_ofdkit),
    "ofd": ("ofd", ours("ofd", "extract")),
    "scan: bare rapidocr": ("tif", bare_rapidocr),
    "scan": ("tif", ours("ocr", "extract_image")),
}


def write(folder: Path) -> None:
    """Write the document in each format, 60 pages of it or 3."""
    pages = official.pages(header="全县文件汇编", body=official.BODY * 35, head="")[:PAGES]
    (folder / "file.pdf").write_bytes(official.as_pdf(pages))
    (folder / "file.ofd").write_bytes(official.as_ofd(pages))
    first, *others = (drawn.scan(page) for page in pages[:SCANS])
    first.save(folder / "file.tif", save_all=True, append_images=others)


def main() -> None:
    """Print a line for each reader; with a reader's name and a file, read that and say how it went."""
    if sys.argv[1:2] == ["write"]:
        write(Path(sys.argv[2]))  # in a process of its own: its memory is not counted
        return
    if len(sys.argv) == 3:
        start = time.perf_counter()
        pages = READERS[sys.argv[1]][1](Path(sys.argv[2]))
        seconds = time.perf_counter() - start
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_000
        print(f"{sys.argv[1]}: {pages} pages, {pages / seconds:.1f} a second, {memory:.0f} MB at most")
        return
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "tests.benchmarks.formats", "write", folder], check=True)
        for name, (kind, _) in READERS.items():
            path = sys.argv[1] if len(sys.argv) == 2 and kind == "pdf" else f"{folder}/file.{kind}"
            subprocess.run([sys.executable, "-m", "tests.benchmarks.formats", name, path], check=True)


if __name__ == "__main__":
    main()
