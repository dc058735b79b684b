"""Whether a microphone hears well, without the window."""

from __future__ import annotations

import argparse
import contextlib
from typing import TYPE_CHECKING, Any

from labbench.commands.console import FAILED, ctrl_c_cancels, out, tell
from labbench.commands.sound import SOURCE_HELP, source_spec
from labbench.core.errors import Cancelled, LabBenchError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SECONDS = 2.0
PATIENCE_SECONDS = 10.0
TICK_SECONDS = 0.1


def add(commands: Any) -> None:
    """Add `check`."""
    check = commands.add_parser(
        "check",
        help="listen for two seconds and say whether the microphone hears well",
        description="Speak for two seconds. Nothing is recorded. The exit status is 2 where something is wrong.",
    )
    check.add_argument("--source", metavar="FILE|DEVICE", default="device", help=SOURCE_HELP)
    check.set_defaults(run=run_check)


def run_check(args: argparse.Namespace) -> int:
    """The verdict, with levels."""
    from labbench.signal.microphone_check import MicrophoneVerdict, check

    samples, rate = hear(args.source)
    report = check(samples, rate)
    out(f"{report.message} {report.hint}".strip() + "\n")
    out(f"level {report.level_db:.0f} dBFS, peak {report.peak_db:.0f} dBFS\n")
    return 0 if report.verdict in (MicrophoneVerdict.FINE, MicrophoneVerdict.QUIET) else FAILED


def hear(source: str) -> tuple[NDArray[np.float32], int]:
    """Two seconds of a source, or less where it ends before, and their rate. Raises LabBenchError, Cancelled."""
    import time

    from labbench.audio.ring import SharedRing
    from labbench.live import ear_process, messages

    deadline = time.monotonic() + PATIENCE_SECONDS
    ring: SharedRing | None = None
    with ctrl_c_cancels() as stop, contextlib.closing(ear_process.EarProcess()) as ear, contextlib.ExitStack() as held:
        ear.send(messages.Open(source_spec(source)))
        ended = False
        while True:
            for event in ear.poll():
                match event:
                    case messages.Opened():
                        ring = SharedRing.attach(event.ring)
                        held.callback(ring.close)
                        tell("Speak for two seconds.")
                    case messages.Closed(reason=reason, hint=hint):
                        if reason:
                            raise LabBenchError(reason, hint)
                        ended = True
                    case messages.Refused(message, hint) | messages.Lost(message, hint):
                        raise LabBenchError(message, hint)
            if stop.cancelled:
                raise Cancelled
            wanted = round(SECONDS * ring.rate) if ring is not None else 1
            have = ring.written if ring is not None else 0
            if have >= wanted or ended or time.monotonic() > deadline:
                if ring is None:
                    raise LabBenchError("No sound came.", "Choose another source.")
                return ring.read(0, min(have, wanted)), ring.rate
            ear.wait(TICK_SECONDS)
