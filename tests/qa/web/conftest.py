"""One server for the tests of a worker, and one that lets nobody in without a key."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from qa.web.keys import SCOPES, Keys
from tests.serving import Serving, free_port


@pytest.fixture(scope="session")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    served = Serving(
        tmp_path_factory.mktemp("serving"), "--demo", SPEECHQA_UPLOADS_KEPT="10000"
    )  # generated requests bring many
    yield served
    served.stop()


@dataclass(frozen=True)
class Guarded:
    """A server with keys, figures, the admin's page and MCP, that lets nobody in without a key."""

    served: Serving
    keys: Path
    tokens: dict[str, str]
    metrics: int

    def bearer(self, scope: str | None) -> dict[str, str]:
        return {"authorization": f"Bearer {self.tokens[scope]}"} if scope else {}


@pytest.fixture(scope="session")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    folder = tmp_path_factory.mktemp("guarded")
    path, port = folder / "keys.json", free_port()
    keys = Keys(path)
    tokens = {scope: keys.make(scope, [scope])[1] for scope in SCOPES}
    served = Serving(
        folder,
        "--log-questions",
        SPEECHQA_KEYS=str(path),
        SPEECHQA_ANONYMOUS="none",
        SPEECHQA_METRICS_PORT=str(port),
        SPEECHQA_ADMIN="true",
        SPEECHQA_MCP="true",
        SPEECHQA_QUESTION_SECONDS="60",
    )
    yield Guarded(served, path, tokens, port)
    served.stop()
