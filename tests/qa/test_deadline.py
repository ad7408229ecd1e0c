"""The clock of a question: it ends, it can be ended, it is each thread's own."""

import threading
import time

import pytest

from qa.deadline import Deadline, check, limited
from qa.errors import OutOfTime


def test_without_a_clock_nothing_happens() -> None:
    check()


def test_past_the_end_every_check_raises() -> None:
    with limited(0.01), pytest.raises(OutOfTime, match="用时超过"):
        while True:
            check()
    check()
    with limited(0.0):
        for _ in range(2):  # a handler that goes on meets it again
            with pytest.raises(OutOfTime):
                check()


def test_cancelled_by_another_thread() -> None:
    deadline, stopped = Deadline(60), threading.Event()

    def work() -> None:
        try:
            with limited(deadline):
                while True:
                    check()
        except OutOfTime:
            stopped.set()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    deadline.cancel()
    assert stopped.wait(5)
    check()  # this thread has no clock


def test_the_earlier_of_two_ends_counts() -> None:
    with limited(0.0), limited(60), pytest.raises(OutOfTime):
        check()
    with limited(60):
        with limited(0.0), pytest.raises(OutOfTime):
            check()
        check()


def test_a_check_costs_next_to_nothing() -> None:
    with limited(60):
        started = time.perf_counter()
        for _ in range(10_000):
            check()
        assert time.perf_counter() - started < 0.1
