"""The ring between processes: what is read is what was written, or an error."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from multiprocessing import shared_memory
from multiprocessing.connection import Connection

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labbench.audio.ring import MOST_PLACES, OvertakenError, SharedRing
from labbench.core.errors import LabBenchError

steady = settings(derandomize=True, deadline=None, database=None, max_examples=60)
CAPACITY = 100


@pytest.fixture
def ring() -> Iterator[SharedRing]:
    made = SharedRing.create(rate=CAPACITY, seconds=1.0)
    yield made
    made.close()


def count_up(start: int, count: int) -> np.ndarray:
    return np.arange(start, start + count, dtype=np.float32)


@steady
@given(st.lists(st.integers(0, CAPACITY), max_size=40))
def test_blocks_of_any_size_read_back_identical(sizes: list[int]) -> None:
    ring = SharedRing.create(rate=CAPACITY, seconds=1.0)
    try:
        written = 0
        for size in sizes:
            ring.write(count_up(written, size))
            assert np.array_equal(ring.read(written, written + size), count_up(written, size))
            written += size
            assert ring.written == written
            assert ring.oldest == max(0, written - CAPACITY)
            assert np.array_equal(ring.read(ring.oldest, written), count_up(ring.oldest, written - ring.oldest))
    finally:
        ring.close()


@steady
@given(st.integers(1, 350), st.integers(0, 350), st.integers(0, 350))
def test_any_stretch_is_right_or_refused(written: int, start: int, stop: int) -> None:
    ring = SharedRing.create(rate=CAPACITY, seconds=1.0)
    try:
        for at in range(0, written, 7):
            ring.write(count_up(at, min(7, written - at)))
        if max(0, written - CAPACITY) <= start <= stop <= written:
            assert np.array_equal(ring.read(start, stop), count_up(start, stop - start))
        else:
            with pytest.raises(OvertakenError):
                ring.read(start, stop)
    finally:
        ring.close()


def test_a_reader_that_is_overtaken_while_it_copies_learns_so(ring: SharedRing) -> None:
    ring.write(count_up(0, CAPACITY))
    reader = SharedRing.attach(ring.name)
    plain = reader._samples

    class Slow:
        """The samples, which the writer goes on to overwrite as soon as the reader has begun to look at them."""

        def __getitem__(self, part: slice) -> np.ndarray:
            ring.write(count_up(CAPACITY, 10))
            return plain[part]

    try:
        reader._samples = Slow()  # type: ignore[assignment]
        with pytest.raises(OvertakenError):
            reader.read(0, 50)
    finally:
        plain = np.zeros(0, np.float32)  # the last view of the memory
        reader.close()


def test_samples_that_are_being_overwritten_are_gone_already(ring: SharedRing) -> None:
    ring.write(count_up(0, CAPACITY))
    reader = SharedRing.attach(ring.name)
    outcomes: list[object] = []

    class Block(np.ndarray):
        """A block during whose copying somebody reads."""

        def __getitem__(self, part: object) -> np.ndarray:
            with pytest.raises(OvertakenError):
                reader.read(0, 50)
            outcomes.append(reader.read(50, CAPACITY))
            return np.asarray(self)[part]  # type: ignore[index]

    try:
        ring.write(count_up(CAPACITY, 50).view(Block))
        assert len(outcomes) == 1
        assert np.array_equal(outcomes[0], count_up(50, 50))  # type: ignore[call-overload]
    finally:
        reader.close()


def _read_all(connection: Connection, name: str) -> None:
    ring = SharedRing.attach(name)
    connection.send((ring.rate, ring.capacity, ring.overruns, ring.read(ring.oldest, ring.written)))
    ring.close()
    connection.close()


def test_another_process_reads_the_same(ring: SharedRing) -> None:
    ring.write(count_up(0, 70))
    ring.write(count_up(70, 70))
    ring.count_overrun()
    context = multiprocessing.get_context("spawn")
    near, far = context.Pipe()
    process = context.Process(target=_read_all, args=(far, ring.name))
    process.start()
    far.close()
    try:
        assert near.poll(30)
        rate, capacity, overruns, samples = near.recv()
        process.join(30)
        assert process.exitcode == 0
    finally:
        near.close()
        process.close()
    assert (rate, capacity, overruns) == (CAPACITY, CAPACITY, 1)
    assert np.array_equal(samples, count_up(40, CAPACITY))
    assert ring.read(139, 140) == 139  # a reader's end leaves the ring as it is


def test_the_creator_removes_the_memory_and_only_once() -> None:
    ring = SharedRing.create(rate=CAPACITY, seconds=1.0)
    reader = SharedRing.attach(ring.name)
    reader.close()
    name = ring.name
    shared_memory.SharedMemory(name=name).close()
    ring.close()
    ring.close()
    reader.close()
    with pytest.raises(FileNotFoundError):
        shared_memory.SharedMemory(name=name)


def test_a_ring_that_is_gone_is_an_expected_failure() -> None:
    ring = SharedRing.create(rate=CAPACITY, seconds=1.0)
    ring.close()
    with pytest.raises(LabBenchError, match="ended"):
        SharedRing.attach(ring.name)


def test_the_ring_knows_where_sound_was_lost(ring: SharedRing) -> None:
    ring.count_overrun()
    for _ in range(3):
        ring.write(count_up(0, 30))
        ring.count_overrun()
    assert ring.overruns == 4
    assert ring.overrun_places(0, 4) == [0, 30, 60, 90]
    assert ring.overrun_places(2, 3) == [60]
    assert ring.overrun_places(4, 4) == []


def test_of_very_many_losses_the_latest_places_are_known(ring: SharedRing) -> None:
    for _ in range(MOST_PLACES + 10):
        ring.write(count_up(0, 1))
        ring.count_overrun()
    assert ring.overruns == MOST_PLACES + 10
    assert ring.overrun_places(0, ring.overruns) == list(range(11, MOST_PLACES + 11))


def test_without_memory_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object, **_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shared_memory, "SharedMemory", refuse)
    with pytest.raises(LabBenchError, match="not enough memory"):
        SharedRing.create(rate=CAPACITY, seconds=1.0)


def test_rings_of_killed_processes_are_swept_and_no_others(tmp_path):
    import os
    import subprocess
    import sys

    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    dead, alive = tmp_path / f"labbench-{gone.pid}-00000000", tmp_path / f"labbench-{os.getpid()}-00000000"
    other = tmp_path / "psm_12345"
    for path in (dead, alive, other):
        path.write_bytes(b"x")
    assert SharedRing.sweep(tmp_path) == 1
    assert not dead.exists() and alive.exists() and other.exists()
    assert SharedRing.sweep(tmp_path / "none") == 0
