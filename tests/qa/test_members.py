"""Which sentences belong to a list."""

import numpy as np
import pytest

from qa.members import FEATURES, likeliest_members, load_members


@pytest.mark.parametrize(
    ("chances", "taken"),
    [
        ([0.9, 0.1, 0.8, 0.05], [0, 2]),
        ([0.1, 0.3, 0.05], [1]),
        ([0.02, 0.9, 0.02], [1]),
        ([0.5, 0.5, 0.5, 0.5], [0, 1, 2, 3]),
        ([0.7], [0]),
    ],
)
def test_the_set_with_the_best_f1_to_be_expected(chances: list[float], taken: list[int]) -> None:
    assert likeliest_members(np.array(chances)).tolist() == taken


def test_what_is_hardly_likely_is_left_out() -> None:
    many = np.full(1000, 0.01)
    many[7] = 0.6
    assert likeliest_members(many, 0.1).tolist() == [7]
    assert likeliest_members(np.full(1000, 0.01), 0.1).tolist() == [0]


def test_weights_fit_the_features() -> None:
    for weights, _, least in load_members().values():
        assert weights.shape == (len(FEATURES),)
        assert 0 <= least < 1
