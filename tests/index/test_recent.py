"""What was worked out last."""

from index.recent import Recent


def test_the_last_few_are_kept() -> None:
    made: list[int] = []
    recent: Recent[int, str] = Recent(3)

    def of(key: int) -> str:
        return recent.get(key, lambda: made.append(key) or f"{key}")

    assert [of(key) for key in (1, 2, 1, 3, 4, 1, 2)] == ["1", "2", "1", "3", "4", "1", "2"]
    assert made == [1, 2, 3, 4, 2]  # 2 was asked for longest ago when 4 came
    assert (recent.known(2), recent.known(3)) == ("2", None)
