"""The ear in its own process, its synchronous twin, and what both are made of."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Protocol

from labbench.audio.ring import SharedRing
from labbench.live.device_watch import DeviceWatch
from labbench.live.ear import Ear
from labbench.live.equipment import Equipment
from labbench.live.listener import Listener
from labbench.live.messages import Command, Event, Lost, Opened, Played, Quit, SpotProgress, Spotted
from labbench.live.outbox import Outbox
from labbench.live.playing import Playing

FAREWELL_SECONDS = 5.0


class EarLink(Protocol):
    """The ear as its user sees it, wherever it runs. For one thread."""

    def send(self, command: Command) -> None: ...

    def poll(self) -> list[Event]:
        """What happened since the last call; never waits."""
        ...

    def close(self) -> list[Event]:
        """Finish what is being recorded and end; what happened until then."""
        ...


def make_ear(equipment: Equipment, emit: Callable[[Event], None], *, skip_late: bool = True) -> Ear:
    """The parts of an ear, put together."""
    return Ear(
        equipment.open_source,
        Listener(equipment.load_kit, emit, skip_late=skip_late),
        Playing(equipment.open_sound, equipment.open_output, emit),
        DeviceWatch(lambda: equipment.list_devices(True), equipment.fingerprint, emit),
        emit,
    )


class EarInProcess:
    """The synchronous twin: `poll` takes one step of the ear. For tests and for scripts."""

    def __init__(self, equipment: Equipment | None = None, *, skip_late: bool = False) -> None:
        self._events: list[Event] = []
        self._ear = make_ear((equipment or Equipment()).in_step(), self._events.append, skip_late=skip_late)

    def send(self, command: Command) -> None:
        self._ear.handle(command)

    def poll(self) -> list[Event]:
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

    If that dies, its recording is on disk, `poll` says so and the next command starts a new one.
    """

    def __init__(self, equipment: Equipment | None = None) -> None:
        self._equipment = equipment or Equipment()
        self._process: BaseProcess | None = None
        self._connection: Connection | None = None
        self._outbox: Outbox | None = None
        self._rings: tuple[str, ...] = ()

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
        self._outbox.put(command)

    def poll(self) -> list[Event]:
        connection = self._connection
        events: list[Event] = []
        try:
            while connection is not None and connection.poll(0):
                events.append(connection.recv())
                if isinstance(events[-1], Opened):
                    self._rings = (events[-1].ring, events[-1].model_ring)
        except (EOFError, OSError):
            self._end()
            events.append(
                Lost("The process that listens ended unexpectedly.", "What was recorded is kept. Press Record again.")
            )
        return events

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
                events.append(connection.recv())
        except (EOFError, OSError):
            pass  # the process has ended, as it should
        self._end()
        return events

    def _end(self) -> None:
        process, self._process = self._process, None
        connection, self._connection = self._connection, None
        outbox, self._outbox = self._outbox, None
        if process is not None:
            process.join(0.5)
            if process.is_alive():
                process.terminate()
            process.join()
            process.close()
        if outbox is not None:
            outbox.close(1.0)
        if connection is not None:
            connection.close()
        for name in self._rings:  # left by an ear that could not end in good order
            SharedRing.remove(name)
        self._rings = ()


def ear_main(connection: Connection, equipment: Equipment) -> None:
    """Entry of the spawned process. It outlives the window for as long as it takes to finish a recording."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal reaches every process; the window decides

    SharedRing.sweep()
    outbox = Outbox(connection, expendable=_expendable)
    ear = make_ear(equipment, outbox.put)
    try:
        running = True
        while running and not ear.stuck:  # the next command finds a new process
            running = _serve(connection, ear)
            ear.step()
    finally:
        ear.close()
        ear.forget()
        outbox.close(1.0)
        if ear.stuck:
            os._exit(1)  # PortAudio would wait for its thread


def _expendable(event: Event) -> bool:
    """What a window that is held up can do without."""
    if isinstance(event, Spotted):
        return not event.detections
    return isinstance(event, SpotProgress) or (isinstance(event, Played) and not event.ended)


def _serve(connection: Connection, ear: Ear) -> bool:
    """Commands that have arrived, waiting for the next step's time; False once the window is gone or wants the end."""
    try:
        timeout: float | None = ear.pause
        while connection.poll(timeout):
            command = connection.recv()
            if isinstance(command, Quit):
                return False
            ear.handle(command)
            timeout = 0.0
    except (EOFError, OSError):
        return False
    return True
