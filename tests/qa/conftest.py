"""A small report with everything in it that questions are about."""

import pytest

from index import Encoder, IndexedDocument, build_index, read_text
from qa import Engine, Settings
from tests.texts import REPORT


@pytest.fixture(scope="session")
def report_engine(encoder: Encoder) -> Engine:
    return Engine(build_index([read_text(REPORT)], encoder=encoder), encoder, Settings())


@pytest.fixture(scope="session")
def report(report_engine: Engine) -> IndexedDocument:
    return report_engine.snapshot.documents[0]
