"""Load on `speechqa serve` with wrk: `python -m tests.benchmarks.serve_load [--seconds 30] [--questions 50000]`.

The same questions in the same order are asked in a plain Python loop first and last: the ratio is the server's best
rate to the loop's mean. wrk must be installed (apt-get install wrk). Memory is the server's resident set.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import tempfile
import time
from pathlib import Path

from qa.opening import open_engine
from qa.rendering import to_json
from tests.serving import ROOT, Serving

CONNECTIONS = (1, 8, 32, 128)
LUA = """
local questions = {}
for line in io.lines("%s") do questions[#questions + 1] = line end
local at = 0
request = function()
  at = at %% #questions + 1
  return wrk.format("POST", "/api/v1/ask", {["Content-Type"] = "application/json"}, questions[at])
end
done = function(summary, latency, requests)
  local statuses = summary.errors
  io.write(string.format("RESULT %%d %%d %%d %%d %%.2f %%.2f %%.2f\\n", summary.requests, summary.duration,
    statuses.status, statuses.connect + statuses.read + statuses.write + statuses.timeout,
    latency:percentile(50) / 1000, latency:percentile(95) / 1000, latency:percentile(99) / 1000))
end
"""


def loop_rate(questions: list[str], seconds: float) -> float:
    """Questions a second of one Python loop, each answered and turned into JSON."""
    engine = open_engine()
    for question in questions:
        engine.ask(question)
    count, end, started = 0, time.perf_counter() + seconds, time.perf_counter()
    while time.perf_counter() < end:
        json.dumps(to_json(engine.ask(questions[count % len(questions)])), ensure_ascii=False)
        count += 1
    return count / (time.perf_counter() - started)


def memory(pid: int) -> float:
    """Resident megabytes of a process."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024  # type: ignore[index]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--questions", type=int, default=50_000)
    arguments = parser.parse_args()
    rows = (ROOT / "tests" / "golden" / "seed" / "questions.jsonl").read_text("utf-8").splitlines()
    questions = [json.loads(row)["question"] for row in rows]
    with tempfile.TemporaryDirectory() as folder:
        bodies = Path(folder) / "bodies.jsonl"
        bodies.write_text("\n".join(json.dumps({"question": q}) for q in questions), "utf-8")
        script = Path(folder) / "ask.lua"
        script.write_text(LUA % bodies, "utf-8")
        served = Serving(Path(folder))

        def wrk(connections: int, seconds: int) -> list[float]:
            command = [
                "wrk",
                "-t1",
                f"-c{connections}",
                f"-d{seconds}s",
                "--timeout",
                "15s",
                "-s",
                str(script),
            ]
            done = subprocess.run([*command, served.url], capture_output=True, text=True, check=True)
            return [float(n) for n in re.search(r"RESULT (.*)", done.stdout)[1].split()]  # type: ignore[index]

        before = loop_rate(questions, arguments.seconds / 2)
        wrk(8, 3)
        start, asked, best = memory(served.process.pid), 0.0, 0.0
        for connections in CONNECTIONS:
            total, micros, refused, broken, p50, p95, p99 = wrk(connections, arguments.seconds)
            good = (total - refused) / micros * 1e6
            best, asked = max(best, good if connections <= 32 else 0), asked + total - refused
            print(
                f"{connections:4d} connections: {good:6.0f} answers/s, 503 {refused:.0f}, broken {broken:.0f}, "
                f"50 % {p50:.1f} ms, 95 % {p95:.1f} ms, 99 % {p99:.1f} ms, {memory(served.process.pid):.0f} MB"
            )
        while asked < arguments.questions:
            total, _, refused, *_ = wrk(8, arguments.seconds)
            asked += total - refused
        end = memory(served.process.pid)
        loop = (before + loop_rate(questions, arguments.seconds / 2)) / 2
        print(f"plain loop {loop:.0f} questions/s; the server's best is {best / loop:.0%} of it")
        print(f"memory {start:.0f} MB before, {end:.0f} MB after {asked:.0f} questions")
        served.stop()


if __name__ == "__main__":
    main()
