"""Mixed traffic at the server's limit: 20 seconds by default, half an hour under `./check --long`."""

from __future__ import annotations

from pathlib import Path

from tests.benchmarks.traffic import run
from tests.long import only_long, scaled


@only_long
def test_mixed_traffic_breaks_nothing_and_memory_settles(tmp_path: Path) -> None:
    report, log = run(scaled(6.0, 1800.0), 1, tmp_path)
    assert not report.server_errors, report
    assert not report.broken, report
    assert "Traceback" not in log, log[log.index("Traceback") :][:4000]
    assert report.growth <= scaled(1.5, 1.2), report  # in 20 s what is loaded at first use still counts
    for kind in ("ask", "widget", "page", "chat", "tab", "reindex"):
        assert report.statuses[kind][200], report
