"""A cold `speechqa ask` on the built-in speech, whole process: `python -m tests.benchmarks.cold`."""

from tests.benchmarks.timing import SCRIPT, against_baseline

if __name__ == "__main__":
    against_baseline("speechqa ask", [SCRIPT, "ask", "“三个务必”是什么"])
