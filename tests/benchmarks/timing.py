"""What the benchmarks share: run processes in turn, and print a figure with its ratio to a baseline."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

SCRIPT = str(Path(sys.executable).parent / "speechqa")
BASELINE = [sys.executable, "-c", "import numpy, faiss"]


def seconds(command: Sequence[str]) -> float:
    """Return how long one run of a command takes; raises CalledProcessError where it fails."""
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - started


def against_baseline(name: str, command: Sequence[str], runs: int = 9) -> None:
    """Run a command and the baseline in turn and print both medians and their ratio."""
    seconds(command)
    own, base = zip(*((seconds(command), seconds(BASELINE)) for _ in range(runs)), strict=True)
    middle, basis = statistics.median(own), statistics.median(base)
    print(
        f"{name}: {middle:.2f} s; import numpy, faiss: {basis:.2f} s; ratio {middle / basis:.2f} ({runs} runs)"
    )


def print_times(name: str, times: Sequence[float]) -> None:
    """Print the median and the 95th percentile in milliseconds."""
    ordered = sorted(times)
    middle, late = ordered[len(ordered) // 2], ordered[int(0.95 * len(ordered))]
    print(
        f"{name}: median {1e3 * middle:.1f} ms, 95th percentile {1e3 * late:.1f} ms ({len(ordered)} questions)"
    )
