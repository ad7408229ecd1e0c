"""Disk space of a fresh environment: `python -m tests.benchmarks.size` (installs twice, a few minutes)."""

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]


def megabytes(folder: Path) -> float:
    """Return the size of all files under a folder, in MB."""
    return sum(f.stat().st_size for f in folder.rglob("*") if f.is_file() and not f.is_symlink()) / 1e6


def main() -> None:
    """Install the core, then everything the three ways of use need, and print the sizes."""
    for what in ("", "[app]"):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([sys.executable, "-m", "venv", folder], check=True)
            python = Path(folder) / "bin" / "python"
            subprocess.run([python, "-m", "pip", "install", "-q", f"{ROOT}{what}"], check=True)
            print(f"speechqa{what}: {megabytes(Path(folder)):.0f} MB, pip included")


if __name__ == "__main__":
    main()
