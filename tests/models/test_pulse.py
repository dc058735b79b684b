"""Signs of life: none where a thread only waits, some where it works."""

from __future__ import annotations

import queue
from contextlib import closing, suppress

import pytest

from labbench.models.pulse import Alive, Pulse


class Work:
    """Seconds of processor time: as much as is added, at each look."""

    def __init__(self, a_look: float) -> None:
        self._used, self._a_look = 0.0, a_look
        self.looked: queue.Queue[float] = queue.Queue()

    def __call__(self) -> float:
        self._used += self._a_look
        self.looked.put(self._used)
        return self._used


def looks(work: Work, count: int) -> None:
    for _ in range(count):
        work.looked.get(timeout=10.0)


@pytest.mark.parametrize("must_work", [True, False])
def test_work_is_told(must_work: bool) -> None:
    signs: queue.Queue[Alive] = queue.Queue()
    with closing(Pulse(signs.put, 0.001, Work(1.0))) as pulse, pulse.during(must_work=must_work):
        assert signs.get(timeout=10.0) == Alive()
        assert signs.get(timeout=10.0) == Alive()


def test_waiting_is_no_work_unless_it_may_be() -> None:
    signs: queue.Queue[Alive] = queue.Queue()
    work = Work(0.0)
    with closing(Pulse(signs.put, 0.001, work)) as pulse:
        with pulse.during(must_work=True):
            looks(work, 20)
        assert signs.empty()
        with pulse.during(must_work=False):
            assert signs.get(timeout=10.0) == Alive()


def test_between_two_jobs_nothing_is_told() -> None:
    signs: queue.Queue[Alive] = queue.Queue()
    with closing(Pulse(signs.put, 0.001, Work(1.0))) as pulse:
        with pulse.during(must_work=True):
            signs.get(timeout=10.0)
        with suppress(queue.Empty):  # what was under way when the block was left
            while signs.get(timeout=0.05):
                pass
        with pytest.raises(queue.Empty):
            signs.get(timeout=0.05)
