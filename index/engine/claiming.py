"""Who writes which document: a claim is a point of its own, taken where there is none; what a killed writer left is seen.

A claim is stale where its process is gone from this machine, or after STALE seconds where it is another's: their clocks must
agree to a few minutes. What a stale claim left is deleted before anything else is written for the document. Two that write
one document at once write the same points, so that even a claim that was taken over too early does no harm.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from index.engine.points import Point, PointStore, every
from index.engine.stored import CLAIMED, COUNTS, DOCUMENT, DONE, FILE, LEAVING, PART, PASSAGE, marker_id

STALE = 1800.0  # seconds: the longest document is read and encoded in less


@dataclass(frozen=True, slots=True)
class Claims:
    """The claims of one writer. `owner` is its machine, process and start."""

    store: PointStore
    clock: Callable[[], float] = time.time
    host: str = field(default_factory=socket.gethostname)
    started: str = field(default_factory=lambda: os.urandom(4).hex())

    @property
    def owner(self) -> str:
        """Return what this writer's claims say."""
        return f"{self.host}:{os.getpid()}:{self.started}"

    def take(self, identity: str, payload: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Claim a point; return None where it is ours now, else what stands there."""
        self.store.insert(Point(identity, self._signed(payload)))
        return self._other(identity)

    def take_over(self, identity: str, payload: Mapping[str, Any], there: Mapping[str, Any]) -> bool:
        """Put our claim in the place of what stands there, unless that has changed; tell whether it is ours."""
        instead = {name: [there[name]] for name in ("state", "owner", "at") if there.get(name) is not None}
        self.store.swap(Point(identity, self._signed(payload)), instead)
        return self._other(identity) is None

    def finish(self, document: str, payload: Mapping[str, Any]) -> bool:
        """Put what is finished in the place of our claim; tell whether the document is done now, by us or by another.

        Where our claim was dropped, what was written since is cleared; what another is at is left to it.
        """
        identity = marker_id(document)
        self.store.swap(Point(identity, payload), {"owner": [self.owner]})
        found = self.store.retrieve([identity], sure=True)
        if found and found[0].payload.get("state") == DONE:
            return True
        leaving = {"k": DOCUMENT, "d": document, "state": LEAVING}
        there = self.take(identity, leaving)
        if there is None:
            self._leave(document)
        elif there.get("state") == LEAVING:  # it may have cleared before our last points came
            self.drop(document, there)
        return False

    def is_stale(self, there: Mapping[str, Any]) -> bool:
        """Tell whether nobody works at what stands there any more."""
        host, pid, started = [*str(there.get("owner", "")).rsplit(":", 2), "", ""][:3]
        if host == self.host and pid.isdigit() and started != self.started and not _is_alive(int(pid)):
            return True
        return self.clock() - float(there.get("at", 0)) / 1000 > STALE

    def clear(self, document: str) -> None:
        """Delete everything of a document but its marker."""
        self.store.delete({"d": [document], "k": [PASSAGE, PART, COUNTS]})

    def drop(self, document: str, there: Mapping[str, Any]) -> bool:
        """Take a document out, its marker last; tell whether it was ours to take."""
        payload = {"k": DOCUMENT, "d": document, "state": LEAVING}
        if not self.take_over(marker_id(document), payload, there):
            return False
        self._leave(document)
        return True

    def repair(self) -> int:
        """Delete what killed writers left; return how many documents that were."""
        unfinished = every(self.store, {"k": [DOCUMENT], "state": [CLAIMED, LEAVING]})
        stale = [point.payload for point in unfinished if self.is_stale(point.payload)]
        dropped = sum(self.drop(there["d"], there) for there in stale)
        for point in every(self.store, {"k": [FILE]}):
            if self.is_stale(point.payload):
                owner = [point.payload["owner"]]
                self.store.delete({"k": [FILE], "d": [point.payload["d"]], "owner": owner})
        return dropped

    def _leave(self, document: str) -> None:
        self.clear(document)
        self.store.delete({"d": [document], "k": [DOCUMENT], "owner": [self.owner]})

    def _signed(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        return {"state": CLAIMED} | dict(payload) | {"owner": self.owner, "at": round(self.clock() * 1000)}

    def _other(self, identity: str) -> Mapping[str, Any] | None:
        """Return what stands at a place; None where that is ours."""
        found = self.store.retrieve([identity], sure=True)
        if not found:
            return {}
        ours = found[0].payload.get("owner") == self.owner and found[0].payload.get("state") != DONE
        return None if ours else found[0].payload


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
