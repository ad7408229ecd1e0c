"""The confidence model's fit on made-up features."""

import numpy as np
import pytest

pytest.importorskip("scipy")

from qa.training.confidence import AGAINST, FALSE_REFUSALS, Example, best_threshold, figures, fit, unseen

NAMES = ["dense", "near hold", "no figure", "few words"]


def examples() -> list[Example]:
    rng = np.random.default_rng(0)
    made = []
    for number in range(300):
        kind = ("answerable", "everyday", "near miss", "other", "off-topic")[number % 5]
        good = kind in ("answerable", "everyday")
        values = {
            "dense": float(rng.normal(0.6 if good else 0.3, 0.1)),
            "near hold": float(rng.normal(0.3 if good else 0.6, 0.1)),  # speaks the wrong way round
            "no figure": float(not good and rng.random() < 0.5),
            "few words": float(rng.random()),
        }
        made.append(Example(str(number % 6), "问题", kind, values))
    return made


def test_no_weight_has_a_sign_that_makes_no_sense() -> None:
    weights, _ = fit(examples(), NAMES)
    found = dict(zip(NAMES, weights, strict=True))
    assert found["dense"] > 0
    assert found["near hold"] == 0
    assert found["no figure"] < 0
    assert found["few words"] <= 0
    assert "few words" in AGAINST


def test_the_threshold_keeps_most_answers() -> None:
    made = examples()
    probability = unseen(made, NAMES)
    threshold = best_threshold(made, probability)
    right = np.array([e.answerable for e in made])
    assert (probability[right] >= threshold).mean() == pytest.approx(1 - FALSE_REFUSALS, abs=0.02)
    assert (probability[~right] < threshold).mean() > 0.8
    lines = figures(made, probability, threshold)
    assert any(line.startswith("near miss") for line in lines)
    assert any("0.8-1.0" in line for line in lines)
