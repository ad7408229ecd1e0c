"""How much of a long test to run: a seeded sample by default, all of it under `./check --long`."""

import os
from typing import TypeVar

import pytest

T = TypeVar("T")
LONG = os.environ.get("SPEECHQA_LONG", "") not in ("", "0")
only_long = pytest.mark.skipif(not LONG, reason="./check --long")


def scaled(short: T, whole: T) -> T:
    """Return the size for this run: `short` by default, `whole` where SPEECHQA_LONG=1 (`./check --long`)."""
    return whole if LONG else short
