"""What every test runs under: no network, and a cache folder of its own."""

import os
from pathlib import Path

import pytest

from index import Encoder, Snapshot, build_index, builtin_document, load_encoder
from qa import Engine, Settings
from qa.reranking import load_reranker

os.environ["HF_HUB_OFFLINE"] = "1"


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cache")
    os.environ["SPEECHQA_CACHE"] = str(folder)
    return folder


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    return load_encoder()


@pytest.fixture(scope="session")
def snapshot(encoder: Encoder) -> Snapshot:
    return build_index([builtin_document()], encoder=encoder)


@pytest.fixture(scope="session")
def engine(snapshot: Snapshot, encoder: Encoder) -> Engine:
    return Engine(snapshot, encoder, Settings(), load_reranker("", encoder))
