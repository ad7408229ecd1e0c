"""A question that ends where nobody is there to see the answer."""

from __future__ import annotations

from collections.abc import Callable

from qa.deadline import Deadline

Watching = Callable[[], bool]


class Left(Exception):
    """Nobody looks at the page any more."""


class Watched(Deadline):
    """A clock that also ends when the person leaves the page."""

    __slots__ = ("watching",)

    def __init__(self, seconds: float, watching: Watching) -> None:
        """End in `seconds` from now, or as soon as `watching` says False."""
        super().__init__(seconds)
        self.watching = watching

    def check(self) -> None:
        """Raise OutOfTime where the end has come."""
        if not self.watching():
            self.cancel()
        super().check()
