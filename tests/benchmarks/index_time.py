"""Indexing the built-in speech from scratch, whole process: `python -m tests.benchmarks.index_time`."""

import tempfile
from pathlib import Path

from tests.benchmarks.timing import SCRIPT, against_baseline
from tests.texts import SPEECH

if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "speech.txt"
        file.write_text(SPEECH, "utf-8")
        against_baseline("speechqa index", [SCRIPT, "index", str(file), "--index", f"{folder}/index"], runs=5)
