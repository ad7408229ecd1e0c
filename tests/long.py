"""How much of a long test to run: a seeded sample by default, all of it under `./check --long`."""

import os
from typing import TypeVar

T = TypeVar("T")
LONG = os.environ.get("SPEECHQA_LONG", "") not in ("", "0")


def scaled(short: T, whole: T) -> T:
    """Return the size for this run: `short` by default, `whole` where SPEECHQA_LONG=1 (`./check --long`)."""
    return whole if LONG else short
