"""The far side of the ear: what it is made of, and the spawned process that it runs in."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection

from labbench.audio.ring import SharedRing
from labbench.core.patience import Patience
from labbench.live.device_watch import DeviceWatch
from labbench.live.ear import Ear
from labbench.live.equipment import Equipment
from labbench.live.listener import Listener
from labbench.live.messages import Event, Played, Quit, SpotProgress, Spotted
from labbench.live.outbox import Outbox
from labbench.live.playing import Playing

EXIT_SECONDS = 3.0
NO_ANSWER = 75
"""Exit status where the system's sound did not answer."""


@dataclass(frozen=True)
class Retired:
    """The ear's last word where a device can't be closed: it is through, and a new process has to take its place.

    Of the commands that it was sent it has carried out the first `handled`.
    """

    handled: int


def make_ear(
    equipment: Equipment,
    emit: Callable[[Event], None],
    *,
    skip_late: bool = True,
    limited: Callable[[], contextlib.AbstractContextManager[None]] = contextlib.nullcontext,
) -> Ear:
    """The parts of an ear, put together. Calls that the system may never answer are made in `limited()`."""
    return Ear(
        equipment.open_source,
        Listener(equipment.load_kit, emit, skip_late=skip_late),
        Playing(equipment.open_sound, equipment.open_output, emit),
        DeviceWatch(lambda: equipment.list_devices(True), equipment.fingerprint, emit),
        emit,
        limited,
    )


def ear_main(connection: Connection, equipment: Equipment) -> None:
    """Entry of the spawned process. It outlives the window for as long as it takes to finish a recording."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal reaches every process; the window decides

    def give_up() -> None:
        try:
            ear.rescue()
            outbox.close(0.5)
        finally:
            os._exit(NO_ANSWER)

    SharedRing.sweep()
    outbox = Outbox(connection, expendable=_expendable)
    patience = Patience(give_up)
    ear = make_ear(equipment, outbox.put, limited=lambda: patience.within(equipment.answer_seconds))
    try:
        running = True
        while running and not ear.retiring:  # the next command finds a new process
            running = _serve(connection, ear)
            ear.step()
    finally:
        ear.close()
        ear.forget()
        if ear.stuck:
            outbox.put(Retired(ear.handled))
        outbox.close(1.0)
        if ear.stuck:
            os._exit(NO_ANSWER)  # PortAudio would wait for its thread
        patience.expect_end(EXIT_SECONDS)


def _expendable(event: Event) -> bool:
    """What a window that is held up can do without."""
    if isinstance(event, Spotted):
        return not event.detections
    return isinstance(event, SpotProgress) or (isinstance(event, Played) and not event.ended)


def _serve(connection: Connection, ear: Ear) -> bool:
    """Commands that have arrived, waiting for the next step's time; False once the window is gone or wants the end."""
    try:
        timeout: float | None = ear.pause
        while not ear.retiring and connection.poll(timeout):
            command = connection.recv()
            if isinstance(command, Quit):
                return False
            ear.handle(command)
            timeout = 0.0
    except (EOFError, OSError):
        return False
    return True
