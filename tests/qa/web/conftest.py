"""One server for the tests of a worker."""

from collections.abc import Iterator

import pytest

from tests.serving import Serving


@pytest.fixture(scope="session")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    served = Serving(
        tmp_path_factory.mktemp("serving"), "--demo", SPEECHQA_UPLOADS_KEPT="10000"
    )  # generated requests bring many
    yield served
    served.stop()
