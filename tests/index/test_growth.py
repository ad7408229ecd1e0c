"""Every stage is linear on adversarial documents: the table of patterns and stages is in tests/benchmarks/growth.py."""

import random

import pytest

from tests.adversarial import PATTERNS
from tests.benchmarks.growth import ALLOWED, SIZE, STAGES, WHOLE, Stage, measure
from tests.long import LONG, only_long, scaled

SAMPLE = scaled(1, len(PATTERNS))
AT_LIMIT = scaled(0, 1)  # patterns that are also tried at 20 MB, a stage


def sample(stage: Stage) -> list[str]:
    """Return the patterns that this run tries with a stage: one with every second stage, or all."""
    draw = random.Random(stage.name)
    return draw.sample(list(PATTERNS), SAMPLE) if LONG or draw.random() < 0.25 else []


CASES = [pytest.param(stage, name, id=f"{stage.name}: {name}") for stage in STAGES for name in sample(stage)]


@pytest.mark.parametrize(("stage", "name"), CASES)
def test_growth(stage: Stage, name: str) -> None:
    growth = measure(stage, name, scaled(SIZE // 4, SIZE))
    assert growth.is_linear, str(growth)


@pytest.mark.skipif(not LONG, reason="minutes a stage: ./check --long")
@pytest.mark.parametrize("stage", STAGES, ids=lambda s: s.name)
def test_growth_up_to_the_limit(stage: Stage) -> None:
    for name in sample(stage)[:AT_LIMIT]:
        growth = measure(stage, name, WHOLE, ALLOWED * WHOLE / SIZE)
        assert growth.is_linear, str(growth)


@only_long
def test_the_harness_tells_linear_from_quadratic() -> None:
    quadratic = Stage("quadratic", str, lambda text: [text.count("中", at) for at in range(len(text) // 8)])
    linear = Stage("linear", str, lambda text: sum(1 for char in text if char != "中"))
    hanging = Stage("hanging", str, lambda text: [None for _ in iter(int, 1)])
    assert measure(quadratic, "one line", 64_000).exponent > 1.5
    assert measure(linear, "one line").is_linear
    assert measure(hanging, "one line", allowed=0.5).exponent == float("inf")
