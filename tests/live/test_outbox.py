"""Messages out: in order, never waiting for whoever reads them, and dropping only what may be dropped."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from multiprocessing.connection import Connection

import pytest

from labbench.live.outbox import MOST_WAITING, Outbox

BIG = "x" * 100_000
"""Some of these fill any pipe."""


@pytest.fixture
def pipe() -> Iterator[tuple[Connection, Connection]]:
    near, far = multiprocessing.Pipe()
    yield near, far
    near.close()
    far.close()


def test_messages_arrive_in_order(pipe: tuple[Connection, Connection]) -> None:
    near, far = pipe
    outbox = Outbox(far)
    for number in range(100):
        outbox.put(number)
    outbox.close(10.0)
    assert [near.recv() for _ in range(100)] == list(range(100))
    assert not near.poll(0)


def test_a_reader_that_is_held_up_gets_what_matters_later(pipe: tuple[Connection, Connection]) -> None:
    near, far = pipe
    outbox = Outbox(far, expendable=lambda message: message[0] == "often")
    for _ in range(20):
        outbox.put(("kept", BIG))  # the pipe is full from here on, and nobody reads
    for number in range(2 * MOST_WAITING):
        outbox.put(("often", number))
    outbox.put(("last", ""))
    received = []
    while not received or received[-1][0] != "last":
        assert near.poll(10)
        received.append(near.recv())
    outbox.close(10.0)
    assert [name for name, _ in received if name != "often"] == ["kept"] * 20 + ["last"]
    often = [number for name, number in received if name == "often"]
    assert len(often) + outbox.dropped == 2 * MOST_WAITING
    assert outbox.dropped >= MOST_WAITING - 1
    assert often == list(range(2 * MOST_WAITING - len(often), 2 * MOST_WAITING))  # the newest ones


def test_a_reader_that_is_gone(pipe: tuple[Connection, Connection]) -> None:
    near, far = pipe
    near.close()
    outbox = Outbox(far)
    for _ in range(5):
        outbox.put(BIG)
    outbox.close(10.0)
    assert not outbox._thread.is_alive()
