"""Recording without a window, and recovering what was interrupted."""

from __future__ import annotations

import argparse
import contextlib
import math
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labbench.commands.console import FAILED, StatusLine, complain, ctrl_c_cancels, out, tell
from labbench.commands.sound import SOURCE_HELP, source_spec
from labbench.core.errors import LabBenchError
from labbench.core.progress import CancelToken
from labbench.core.timebase import clock_text

if TYPE_CHECKING:
    from labbench.live.ear_process import EarProcess
    from labbench.live.messages import Closed, Opened
    from labbench.session.store import Session

TICK_SECONDS = 0.1
MOST_PLACES = 5
"""So many losses are named with their place."""
LATE_SECONDS = 2.0
"""A device that delivers nothing must not hold `--seconds` up for longer than this."""


def add(commands: Any) -> None:
    """Add `record` and `recover`."""
    record = commands.add_parser(
        "record",
        help="record into a session",
        description="Record into a session. Ends with the file that is the source, after --seconds, or at Ctrl-C.",
    )
    record.add_argument("--source", metavar="FILE|DEVICE", default="device", help=SOURCE_HELP)
    record.add_argument("--session", metavar="DIR", type=Path, required=True, help="the session's folder; made if new")
    record.add_argument("--seconds", metavar="N", type=_duration, default=math.inf, help="end after this long")
    record.set_defaults(run=run_record)
    recover = commands.add_parser("recover", help="make interrupted recordings whole")
    recover.add_argument("folder", metavar="DIR", type=Path, help="a session, or a folder of sessions")
    recover.set_defaults(run=run_recover)


def _duration(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds < math.inf:
        raise argparse.ArgumentTypeError("must be more than 0")
    return seconds


def run_record(args: argparse.Namespace) -> int:
    """Record; the path of the recording is the result."""
    from labbench.live import ear_process, messages
    from labbench.session.store import Recording, Session

    session = Session(args.session)
    made = not session.folder.exists()
    path: Path | None = None
    spec = source_spec(args.source)
    try:
        with session:
            session.hold()  # nobody else recovers what is not finished yet
            path = session.next_recording()
            with ctrl_c_cancels() as stop, contextlib.closing(ear_process.EarProcess()) as ear:
                ear.send(messages.Open(spec, path))
                closed = _until_closed(ear, args.seconds, stop, session)
            if closed.record_to is None:
                raise LabBenchError(closed.reason or "No sound came.", closed.hint or "Choose another source.")
            out(f"{path}\n")
            kept = Recording(
                path, closed.rate, closed.frames, closed.overruns, marks=closed.interruptions, source=spec.title
            )
            try:
                session.keep(kept)
            except LabBenchError:
                if not closed.reason:  # else the same trouble ended the recording, and is told below
                    raise
    except LabBenchError:
        if made and path is not None and not path.exists():
            _unmake(session, path)
        raise
    if closed.overruns:
        tell(losses_text(closed))
    if closed.reason:
        raise LabBenchError(closed.reason, closed.hint)
    return 0


def losses_text(closed: Closed) -> str:
    """Where sound is missing in a recording, in one sentence or two."""
    lost = [one for one in closed.interruptions if one.kind != "pause"]
    places = [clock_text(one.at / closed.rate) for one in lost[:MOST_PLACES]]
    more = " and later" if closed.overruns > len(places) else ""
    where = f", at {', '.join(places)}{more}" if places else ""
    times = "once" if closed.overruns == 1 else f"{closed.overruns} times"
    silent = sum(one.frames for one in lost) / closed.rate
    filled = f" {silent:.1f} s of it are silence in the recording." if silent else ""
    return f"Sound was lost {times} on its way from the device{where}: close other programs.{filled}"


def _until_closed(ear: EarProcess, seconds: float, stop: CancelToken, session: Session) -> Closed:
    """Wait until the source has ended, or end it when it is time to."""
    from labbench.live import messages

    status = StatusLine()
    meter: _Meter | None = None
    asked = False
    losses = 0
    try:
        while True:
            for event in ear.poll():
                match event:
                    case messages.Opened():
                        meter = _Meter(event)
                    case messages.Interrupted():
                        losses += 1
                    case messages.Closed():
                        return event
                    case messages.Refused(message, hint) | messages.Lost(message, hint):
                        kept = f"What was recorded is kept: labbench recover {session.folder}"
                        raise LabBenchError(message, hint if meter is None else kept)
            left = seconds - meter.seconds if meter is not None else TICK_SECONDS
            if not asked and (stop.cancelled or left <= 0 or (meter is not None and meter.late > seconds)):
                ear.send(messages.Close())
                asked = True
            if meter is not None:
                lost = f"  sound lost: {losses}" if losses else ""
                status.show(f"{clock_text(meter.seconds)}  {meter.level:4.0f} dB{lost}  Ctrl-C ends the recording")
            ear.wait(TICK_SECONDS if asked else min(TICK_SECONDS, max(left, 0.001)))
    finally:
        status.clear()
        if meter is not None:
            meter.close()


class _Meter:
    """How much has been heard, and how loud the newest of it is."""

    def __init__(self, opened: Opened) -> None:
        from labbench.audio.ring import SharedRing

        self._ring = SharedRing.attach(opened.ring)
        self._first = opened.first
        self._began = time.monotonic()

    @property
    def seconds(self) -> float:
        """Of sound."""
        return (self._ring.written - self._first) / self._ring.rate

    @property
    def late(self) -> float:
        """Time on the clock since the start, less what a device may need before its first sample."""
        return time.monotonic() - self._began - LATE_SECONDS

    @property
    def level(self) -> float:
        """Of the newest tenth of a second, in dBFS."""
        from labbench.signal.levels import rms, to_db

        stop = self._ring.written
        return to_db(rms(self._ring.read(max(self._first, stop - self._ring.rate // 10), stop)))

    def close(self) -> None:
        self._ring.close()


def _unmake(session: Session, recording: Path) -> None:
    """Nothing was opened: a folder that was made for it goes again, unless something else is in it by now."""
    with contextlib.suppress(OSError):
        recording.parent.rmdir()
        (session.folder / "session.json").unlink()
        session.folder.rmdir()


def run_recover(args: argparse.Namespace) -> int:
    """List what was recovered; a recording that can't be is told, and doesn't keep the others from it."""
    from labbench.session.store import RECORDINGS, Session, interrupted_sessions

    folder: Path = args.folder
    if not folder.is_dir():
        raise LabBenchError(f"There is no folder {folder}.", "Name a session, or a folder of sessions.")
    sessions = [Session(folder)] if (folder / RECORDINGS).is_dir() else interrupted_sessions(folder)
    found = [(session, path) for session in sessions for path in session.interrupted()]
    status = 0
    for session, path in found:
        try:
            recording = session.recover_one(path)
        except LabBenchError as error:
            complain(error)
            status = FAILED
        else:
            out(f"{recording.path}\t{recording.seconds:.1f} s\n")
    if not found:
        tell(f"There are no interrupted recordings in {folder}.")
    return status
