"""What a program that was killed left half done: folders of a copy or an import, and files that were being written.

Only what nobody can still be at work on: a folder whose lock is free, a file in a session that no instance has open and
that nobody has written to for a while. A recording is never among it: one that was interrupted has its final name.
"""

from __future__ import annotations

import contextlib
import shutil
import time
from pathlib import Path

from labbench.core.errors import LabBenchError
from labbench.core.file_lock import Held, exclusive
from labbench.core.progress import CancelToken
from labbench.session.disk import PART
from labbench.session.locking import held_meanwhile
from labbench.session.placing import HIDDEN, lock_of
from labbench.session.recordings import RECORDINGS, is_session

QUIET_SECONDS = 120.0
"""A process outlives its window by seconds: what has rested for so long is nobody's."""
_PLACES = (f"*{PART}", f"{RECORDINGS}/*{PART}", f"results/*/*{PART}")


def sweep_home(home: Path, cancel: CancelToken | None = None, now: float | None = None) -> list[Path]:
    """Remove what is left in a folder of sessions; returns what was removed. Blocks. Raises Cancelled and nothing else.

    `now` is the time in seconds since 1970.
    """
    removed: list[Path] = []
    with contextlib.suppress(OSError):
        for path in sorted(home.iterdir()):
            if cancel is not None:
                cancel.check()
            if path.name.startswith(HIDDEN):
                removed += _abandoned(path)
            elif not path.name.startswith(".") and _parts(path) and is_session(path):
                with contextlib.suppress(LabBenchError), held_meanwhile(path):
                    removed += sweep_session(path, now)
    return removed


def sweep_session(folder: Path, now: float | None = None) -> list[Path]:
    """The same in one session, which the caller holds. Raises nothing."""
    removed = []
    for path in _parts(folder):
        with contextlib.suppress(OSError):
            if abs((now or time.time()) - path.stat().st_mtime) > QUIET_SECONDS and not path.is_symlink():
                path.unlink()
                removed.append(path)
    return removed


def _parts(folder: Path) -> list[Path]:
    found: list[Path] = []
    for place in _PLACES:
        with contextlib.suppress(OSError):
            found += [path for path in folder.glob(place) if path.is_file()]
    return sorted(found)


def _abandoned(path: Path) -> list[Path]:
    """Remove a hidden folder with its lock, or a lock without a folder, if nobody holds it."""
    if path.is_symlink():
        return []
    lock = lock_of(path) if path.is_dir() else path
    with contextlib.suppress(Held, OSError), exclusive(lock):  # which goes by itself
        if path is not lock:
            shutil.rmtree(path, ignore_errors=True)
            return [] if path.exists() else [path]
    return []
