"""Opening a session for this instance alone, whatever it comes as."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from labbench.core.errors import LabBenchError
from labbench.core.progress import CancelToken, OnProgress
from labbench.session.arriving import Arrival, arrive
from labbench.session.locking import claim
from labbench.session.recordings import Recording
from labbench.session.store import Session
from labbench.session.sweeping import sweep_session


@dataclass(frozen=True)
class OpenedSession:
    """A session that is held, its recordings, and sentences for people about it."""

    session: Session
    recordings: list[Recording]
    news: list[str]


def open_for_work(path: Path, home: Path, here: Path, on_progress: OnProgress, cancel: CancelToken) -> OpenedSession:
    """A folder, or a file that is unpacked into `home`; a copy where the session is open elsewhere.

    What was interrupted in it is made whole, and what was left half written is swept. `here` is the session that this
    instance has open. Blocks. Progress in bytes. Raises LabBenchError, Cancelled: nothing is held then.
    """
    arrival = arrive(path, home, on_progress, cancel) if path.is_file() else Arrival(path)
    if path.is_file() and arrival.folder.absolute() == here.absolute():
        raise LabBenchError(f"The session in {path.name} is the one that is open.", "Nothing in it is different.")
    claimed = claim(arrival.folder, home, on_progress, cancel)
    session = Session(claimed.folder, claimed)
    try:
        sweep_session(session.folder)
        lost = _recovered(session)
        recordings, damage = session.survey()
    except BaseException:
        session.discard()
        raise
    news = [sentence for sentence in (*arrival.said, claimed.notice, *lost, *damage) if sentence]
    return OpenedSession(session, recordings, news)


def _recovered(session: Session) -> list[str]:
    """Make interrupted recordings whole; a sentence where one can't be."""
    try:
        session.recover()
    except LabBenchError as error:
        return [str(error)]
    return []
