"""What was worked out last, kept by what it was worked out of: a few, so that what is kept stays small."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

_Key = TypeVar("_Key", bound=Hashable)
_Value = TypeVar("_Value")


class Recent(Generic[_Key, _Value]):
    """The last `most` values by key. Safe to share between threads: what two make at once is made twice."""

    def __init__(self, most: int) -> None:
        """Keep up to `most` values; those asked for longest ago go first."""
        self._most = most
        self._values: OrderedDict[_Key, _Value] = OrderedDict()
        self._lock = Lock()

    def get(self, key: _Key, make: Callable[[], _Value]) -> _Value:
        """Return the value of a key, made where it is not kept."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
        return self.put(key, make())

    def put(self, key: _Key, value: _Value) -> _Value:
        """Keep a value, and return it."""
        with self._lock:
            self._values[key] = value
            self._values.move_to_end(key)
            while len(self._values) > self._most:
                self._values.popitem(last=False)
        return value

    def known(self, key: _Key) -> _Value | None:
        """Return the value of a key; None where it is not kept."""
        with self._lock:
            return self._values.get(key)
