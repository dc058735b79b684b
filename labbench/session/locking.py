"""One session, one instance: whoever opens it second gets a copy, and is told so."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import TracebackType

from labbench.core.errors import LabBenchError
from labbench.core.file_lock import Held, exclusive
from labbench.core.progress import CancelToken, OnProgress, ignore_progress
from labbench.session.copies import State, is_unchanged, remove, state_of
from labbench.session.note import MOST_TITLE, read_note, write_note
from labbench.session.placing import LOCK, copy_folder, unfinished
from labbench.session.recordings import RECORDINGS, is_session

_CLOSE = "Close it there first, or go on with a copy."


class Claim:
    """That a session is this instance's, until `close`. `notice` is a sentence where it is not quite as asked for.

    Where another instance had it, `folder` is a copy. Dies with the process: nothing stale is left. Any thread.
    """

    def __init__(self, folder: Path, notice: str = "", hold: ExitStack | None = None) -> None:
        self.folder = folder
        self.notice = notice
        self.copied: State | None = None
        """Of a copy: how it was made."""
        self._hold = hold if hold is not None else ExitStack()

    def close(self) -> None:
        """Let others have it; harmless when repeated."""
        self._hold.close()

    def discard(self) -> bool:
        """`close`, and where it is a copy in which nothing was changed, remove it; whether it was. Raises nothing."""
        copied, self.copied = self.copied, None
        unchanged = copied is not None and is_unchanged(self.folder, copied)
        removed = unchanged and self._removed()  # while it is held, so that nobody takes it in between
        self.close()
        return removed or (unchanged and self._removed())  # Windows renames nothing that is open

    def _removed(self) -> bool:
        try:
            remove(self.folder)
        except OSError:
            return False
        return True

    def __enter__(self) -> Claim:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.close()


def claim(
    folder: Path,
    home: Path | None = None,
    on_progress: OnProgress = ignore_progress,
    cancel: CancelToken | None = None,
) -> Claim:
    """The session for this instance alone, or a copy of it where another one has it open or it may not be written.

    Copies go into `home`, else beside the session. Progress in bytes. Raises LabBenchError (FormatError where a
    newer program made it), Cancelled.
    """
    if not folder.is_dir():
        raise LabBenchError(f"There is no folder {folder}.", "It may have been moved or deleted.")
    if not is_session(folder):
        raise LabBenchError(f"{folder} is not a session.", f"A session has a folder named {RECORDINGS} in it.")
    title = read_note(folder)[0].title
    try:
        return _hold(folder)
    except Held:
        why = f"“{title}” is open in another window"
    except LabBenchError:
        if home is None:
            raise
        why = f"“{title}” may not be written where it is"
    name = f"{folder.name} (copy)"
    copy = copy_folder(folder, home or folder.parent, name, on_progress, cancel or CancelToken())
    left_out = unfinished(folder)
    running = " without the recording that is not finished there" if left_out else ""
    try:
        write_note(copy, f"{title[: MOST_TITLE - 7]} (copy)")
        claimed = _hold(copy)
        with suppress(OSError):
            claimed.copied = state_of(copy)
    except Held:  # somebody was quicker: nothing to do about it but to say so
        raise LabBenchError(f"{copy} is open in another window.", _CLOSE) from None
    claimed.notice = f"{why}: this is a copy{running}, {copy.name}. What you change here stays out of the original."
    return claimed


def take(folder: Path) -> Claim:
    """The session itself. Raises LabBenchError where another instance has it open, or it may not be written."""
    try:
        return _hold(folder)
    except Held:
        raise LabBenchError(f"{folder.name} is open in another window.", _CLOSE) from None


def in_use(folder: Path) -> bool:
    """Whether some instance, this one included, has the session open. False where the disk knows no locks."""
    if not (folder / LOCK).exists():
        return False
    try:
        with exclusive(folder / LOCK):
            return False
    except Held:
        return True
    except OSError:
        return False


@contextmanager
def held_meanwhile(folder: Path) -> Iterator[None]:
    """Hold a session for a short piece of work. Raises LabBenchError where another instance has it open."""
    with ExitStack() as stack:
        try:
            stack.enter_context(exclusive(folder / LOCK))
        except Held:
            raise LabBenchError(
                f"{folder.name} is open in another window.", "What is recorded there is complete once it is closed."
            ) from None
        except OSError:
            pass  # no locks here: the work itself says what may not be written
        yield


def _hold(folder: Path) -> Claim:
    stack = ExitStack()
    try:
        stack.enter_context(exclusive(folder / LOCK))
    except OSError as error:
        if not os.access(folder, os.W_OK):
            raise LabBenchError(f"{folder} may not be written.", "Copy it to another place.") from error
        return Claim(folder, "This disk cannot tell whether the session is open elsewhere: open it in one window only.")
    return Claim(folder, "", stack)
