"""The numbers of lists beside those that LibreOffice writes, which is another program by other people."""

import random
import shutil
import subprocess
from pathlib import Path

import pytest

from index.formats import word
from tests.index.formats.made import docx, level, listed, numbering

OFFICE = shutil.which("soffice")
LEVELS = (
    level(0, "chineseCountingThousand", "%1、"),
    level(1, "chineseCountingThousand", "（%2）"),
    level(2, "decimal", "%3."),
    level(3, "decimalEnclosedCircle", "%4"),
    level(4, "lowerLetter", "%5)"),
    level(5, "decimal", "%3.%5.%6"),
    level(6, "upperRoman", "%7、"),
    level(7, "ideographTraditional", "%8、"),
)
LISTS = "".join(
    f'<w:num w:numId="{number}"><w:abstractNumId w:val="0"/><w:lvlOverride w:ilvl="{place}"><w:startOverride w:val="1"/></w:lvlOverride></w:num>'
    for number, place in ((2, 0), (3, 0), (4, 1))
)


def numbers(text: str) -> list[str]:
    return ["".join(line.split()) for line in text.split("\n") if line.strip()]


@pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not installed")
def test_lists_are_numbered_as_libreoffice_numbers_them(tmp_path: Path) -> None:
    rng = random.Random(7)
    files = []
    for case in range(8):
        place, body = 0, listed("始")  # programs differ on a list that begins below its first level
        for count in range(40):
            place = max(0, min(7, place + rng.choice([-3, -1, -1, 0, 0, 1, 1])))
            body += listed(f"甲{count}", place, rng.choice([1, 1, 1, 1, 2, 3, 4]) if case % 2 else 1)
        files.append(docx(tmp_path / f"{case}.docx", body, numbering=numbering(*LEVELS, more=LISTS)))
    command = [str(OFFICE), "--headless", f"-env:UserInstallation={(tmp_path / 'p').as_uri()}"]
    command += ["--convert-to", "txt:Text (encoded):UTF8", "--outdir", str(tmp_path)]
    subprocess.run([*command, *map(str, files)], check=True, capture_output=True)
    for file in files:
        theirs = file.with_suffix(".txt").read_text("utf-8-sig")
        assert numbers(word.extract(file).text) == numbers(theirs), file
