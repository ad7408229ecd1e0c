"""A small report with everything in it that questions are about."""

import pytest

from index import Encoder, IndexedDocument, build_index, read_text
from qa import Engine, Settings
from qa.reranking import load_reranker
from tests.texts import REPORT


@pytest.fixture(scope="session")
def report_engine(encoder: Encoder) -> Engine:
    return Engine(
        build_index([read_text(REPORT)], encoder=encoder), encoder, Settings(), load_reranker("", encoder)
    )


@pytest.fixture(scope="session")
def report(report_engine: Engine) -> IndexedDocument:
    return report_engine.snapshot.documents[0]
