"""The ear as its user sees it: in a process of its own, or as a synchronous twin of that."""

from __future__ import annotations

import contextlib
import multiprocessing
import time
from collections import deque
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Protocol

from labbench.audio.ring import SharedRing
from labbench.live.ear_main import NO_ANSWER, Retired, ear_main, make_ear
from labbench.live.equipment import Equipment
from labbench.live.messages import Command, Event, Lost, Opened, Quit, Teach
from labbench.live.outbox import Outbox
from labbench.live.view_messages import Watch

__all__ = ["EarInProcess", "EarLink", "EarProcess", "make_ear"]

FAREWELL_SECONDS = 5.0
STANDING = (Teach, Watch)
MOST_REPEATED = 32
"""So many of the newest commands can be sent again where an ear had to leave without reading them."""


class EarLink(Protocol):
    """The ear as its user sees it, wherever it runs. For one thread."""

    def send(self, command: Command) -> None: ...

    def poll(self) -> list[Event]:
        """What happened since the last call; never waits."""
        ...

    def close(self) -> list[Event]:
        """Finish what is being recorded and end; what happened until then."""
        ...


class EarInProcess:
    """The synchronous twin: `poll` takes a step of the ear, and more while a clip is being scored. For tests.

    A clip that is played as a microphone passes as fast as it is polled, a second each time; with `real_time` it lasts
    as long as it is.
    """

    def __init__(self, equipment: Equipment | None = None, *, skip_late: bool = False, real_time: bool = False) -> None:
        self._events: list[Event] = []
        equipment = (equipment or Equipment()).in_step(hurried=not real_time)
        self._ear = make_ear(equipment, self._events.append, skip_late=skip_late)

    def send(self, command: Command) -> None:
        self._ear.handle(command)

    def poll(self) -> list[Event]:
        self._ear.step()
        while self._ear.busy:
            self._ear.step()
        events, self._events[:] = list(self._events), []
        return events

    def wait(self, seconds: float) -> None:
        """There is nothing to wait for: the ear moves when it is polled."""

    def close(self) -> list[Event]:
        self._ear.close()
        self._ear.forget()
        return self._events


class EarProcess:
    """The ear in a spawned process.

    If that dies, its recording is on disk, `poll` says so and the next command starts a new one. One that can't use
    devices any more leaves by itself; the next one is taught the same words and gets the commands that it didn't read.
    """

    def __init__(self, equipment: Equipment | None = None) -> None:
        self._equipment = equipment or Equipment()
        self._process: BaseProcess | None = None
        self._connection: Connection | None = None
        self._outbox: Outbox | None = None
        self._rings: tuple[str, ...] = ()
        self._standing: dict[type[Command], Command] = {}  # what holds until the next of its kind: the words, for one
        self._sent: deque[Command] = deque(maxlen=MOST_REPEATED)
        self._count = 0  # commands sent to the present process

    @property
    def pid(self) -> int | None:
        """The process's number while it runs."""
        return self._process.pid if self._process is not None else None

    def start(self) -> None:
        """Start the process if it does not run; it needs about half a second until it answers."""
        if self._process is not None:
            return
        context = multiprocessing.get_context("spawn")
        self._connection, far = context.Pipe()
        self._process = context.Process(target=ear_main, args=(far, self._equipment), name="labbench ear")
        self._process.start()
        far.close()
        self._outbox = Outbox(self._connection)

    def send(self, command: Command) -> None:
        self.start()
        assert self._outbox is not None
        if isinstance(command, STANDING):
            self._standing[type(command)] = command
        self._sent.append(command)
        self._count += 1
        self._outbox.put(command)

    def poll(self) -> list[Event]:
        events: list[Event] = []
        try:
            while (connection := self._connection) is not None and connection.poll(0):
                event: Event | Retired = connection.recv()
                if isinstance(event, Retired):
                    self._replace(event.handled)
                    continue
                events.append(event)
                if isinstance(event, Opened):
                    self._rings = (event.ring, event.model_ring)
        except (EOFError, OSError):
            events.append(_lost(self._end()))
        return events

    def _replace(self, handled: int) -> None:
        """The process leaves: what it did not read any more goes to the next one."""
        left = min(len(self._sent), self._count - handled)
        unread = list(self._sent)[len(self._sent) - left :]
        self._end()
        known = {type(command) for command in unread}
        for command in [*(one for kind, one in self._standing.items() if kind not in known), *unread]:
            self.send(command)

    def wait(self, seconds: float) -> None:
        """Block until `poll` has something to tell, at most so long."""
        with contextlib.suppress(OSError):
            if self._connection is not None:
                self._connection.poll(seconds)

    def close(self) -> list[Event]:
        connection, outbox = self._connection, self._outbox
        events: list[Event] = []
        if connection is None or outbox is None:
            return events
        outbox.put(Quit())
        deadline = time.monotonic() + FAREWELL_SECONDS
        try:
            while connection.poll(max(0.0, deadline - time.monotonic())):
                event = connection.recv()
                if not isinstance(event, Retired):
                    events.append(event)
        except (EOFError, OSError):
            pass  # the process has ended, as it should
        self._end()
        return events

    def _end(self) -> int | None:
        """Let go of the process; how it ended."""
        status: int | None = None
        process, self._process = self._process, None
        connection, self._connection = self._connection, None
        outbox, self._outbox = self._outbox, None
        if process is not None:
            process.join(0.5)
            if process.is_alive():
                process.terminate()
            process.join()
            status = process.exitcode
            process.close()
        if outbox is not None:
            outbox.close(1.0)
        if connection is not None:
            connection.close()
        for name in self._rings:  # left by an ear that could not end in good order
            SharedRing.remove(name)
        self._rings = ()
        self._sent.clear()
        self._count = 0
        return status


def _lost(status: int | None) -> Lost:
    if status == NO_ANSWER:
        return Lost(
            "The system's sound does not answer.",
            "What was recorded is kept. Press Record again. If that fails, choose another device, or log in anew.",
        )
    return Lost("The process that listens ended unexpectedly.", "What was recorded is kept. Press Record again.")
