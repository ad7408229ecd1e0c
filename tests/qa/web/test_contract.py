"""schemathesis over a real server: hundreds of generated requests (./check --long: 2,000), nothing but what the OpenAPI document promises."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.long import scaled
from tests.serving import Serving

pytest.importorskip("schemathesis")
pytestmark = pytest.mark.xdist_group("serving")

HOOKS = """
import json
import schemathesis

@schemathesis.serializer("application/x-ndjson")
def lines(context, value):
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")
"""
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
CASES, EXAMPLES = scaled((60, 10), (2_000, 330))


def test_generated_requests(serving: Serving, tmp_path: Path) -> None:
    command = [
        *(str(Path(sys.executable).parent / "schemathesis"), "run", f"{serving.url}/api/v1/openapi.json"),
        *(
            "--url",
            f"{serving.url}/api/v1",
            "--checks",
            CHECKS,
            "--phases",
            "fuzzing",
            "--max-examples",
            str(EXAMPLES),
        ),
        *("--seed", "1", "--generation-database", "none", "--no-color", "--suppress-health-check", "all"),
        *("--max-response-time", "10"),
    ]
    (tmp_path / "hooks.py").write_text(HOOKS, "utf-8")
    environment = os.environ | {"SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=400, cwd=tmp_path, env=environment, check=False
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:]
    generated = sum(int(n) for n in re.findall(r"(\d+) generated", done.stdout))
    assert generated >= CASES, done.stdout[-1500:]
