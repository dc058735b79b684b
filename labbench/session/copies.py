"""A copy that was made only because another window had the session: removed again where nothing was changed in it."""

from __future__ import annotations

import os
import secrets
import shutil
from contextlib import suppress
from pathlib import Path

from labbench.audio.pyramid import cache_path
from labbench.session.disk import PART
from labbench.session.placing import HIDDEN, LOCK

State = frozenset[tuple[str, int, int]]
"""Name, size and time of each file that was not made by looking alone."""
_CACHES = cache_path(Path("0001.wav")).name.removeprefix("0001")


def state_of(folder: Path) -> State:
    """What changes as soon as something is changed in a session. Raises OSError."""
    found = set()
    for here, _, names in os.walk(folder, onerror=_raise):
        for name in names:
            if name not in (LOCK, "view.json") and not name.endswith((PART, _CACHES)):
                path = Path(here) / name
                info = path.lstat()
                found.add((path.relative_to(folder).as_posix(), info.st_size, info.st_mtime_ns))
    return frozenset(found)


def remove(folder: Path) -> None:
    """Away with a folder, at once for everybody else. Raises OSError; all of it is there then."""
    hidden = folder.with_name(f"{HIDDEN}{secrets.token_hex(8)}")
    folder.rename(hidden)
    shutil.rmtree(hidden, ignore_errors=True)  # what stays is swept some other time


def is_unchanged(folder: Path, before: State) -> bool:
    """Whether all is as it was; False where that cannot be told."""
    with suppress(OSError):
        return state_of(folder) == before
    return False


def _raise(error: OSError) -> None:
    raise error
