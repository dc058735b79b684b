"""`session.json`: what a session says of itself."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from labbench import __version__
from labbench.core.errors import FormatError, LabBenchError
from labbench.session import checked
from labbench.session.disk import is_newer, read_json, update_json

NAME = "session.json"
FORMAT, VERSION = "labbench-session", 2
WHAT = "the description of a session"
MOST_BYTES = 1 << 20
MOST_TITLE = 200
_STAMP = "%Y-%m-%d %H.%M.%S"


@dataclass(frozen=True)
class SessionNote:
    """Title, when it was begun (None where that is not known), and the program and format version that wrote it.

    `id` stays with every copy of the session; empty in those of earlier programs.
    """

    title: str
    created: datetime | None = None
    version: int = VERSION
    program: str = __version__
    id: str = ""


def read_note(folder: Path) -> tuple[SessionNote, list[str]]:
    """What the session says of itself, and a sentence for what is lost of that.

    Raises FormatError where a newer program made it, LabBenchError where the disk can't be read.
    """
    derived = SessionNote(folder.name, _created_of(folder), version=1, program="")
    if not (folder / NAME).exists():
        return derived, ["The session's description is missing: its title is the folder's name."]
    try:
        raw = read_json(folder / NAME, WHAT, MOST_BYTES)
    except FormatError:
        return derived, ["The session's description is damaged: its title is the folder's name."]
    if is_newer(raw, VERSION):
        raise FormatError(
            f"{folder.name} was made by a newer version of this program (its format is {raw['version']}; "
            f"up to {VERSION} can be read here).",
            "Open it with the newer program.",
        )
    try:
        return note_in(raw, derived), []
    except checked.DAMAGE:
        return derived, ["The session's description is damaged: its title is the folder's name."]


def note_in(raw: dict[str, Any], derived: SessionNote) -> SessionNote:
    """From what the file says; `derived` has what it need not say. Raises one of `checked.DAMAGE`."""
    if raw["format"] != FORMAT:
        raise ValueError("another format")
    version = checked.whole(raw["version"], 1, VERSION)
    created = _when(checked.text(raw["created"], 40)) if "created" in raw else derived.created
    title = clean_title(checked.text(raw.get("title", ""), 10_000)) or derived.title
    program, identity = (checked.text(raw.get(key, ""), 100) for key in ("program", "id"))
    return SessionNote(title, created, version, program, identity)


def write_note(folder: Path, title: str | None = None, now: datetime | None = None) -> None:
    """Write it in the present version; what it said before is kept, `title` apart. Raises LabBenchError."""
    content: dict[str, Any] = {"format": FORMAT, "version": VERSION, "program": __version__}
    known, identity = _created_of(folder) or now, ""
    if (folder / NAME).exists():
        note = read_note(folder)[0]
        known, identity = note.created, note.id
    content["id"] = identity or uuid.uuid4().hex
    content["created"] = known.astimezone().isoformat(timespec="seconds") if known else ""
    if not known:
        del content["created"]
    if title is not None:
        content["title"] = checked_title(title)
    update_json(folder / NAME, WHAT, content, MOST_BYTES)


def checked_title(title: str) -> str:
    """A title for one line; empty stands for the folder's name. Raises LabBenchError where it is too long."""
    title = clean_title(title)
    if len(title) > MOST_TITLE:
        raise LabBenchError("This title is too long.", f"Choose one with at most {MOST_TITLE} letters.")
    return title


def clean_title(title: str) -> str:
    """Without line breaks and control characters."""
    return re.sub(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+", " ", title).strip()


def _when(text: str) -> datetime:
    """A time with its zone; far-off years have none on some systems."""
    when = datetime.fromisoformat(text)
    if not 1971 <= when.year <= 2999:
        raise ValueError("a year out of range")
    return when if when.tzinfo is not None else when.astimezone()


def _created_of(folder: Path) -> datetime | None:
    """Sessions are named by the time they were begun."""
    try:
        return datetime.strptime(folder.name[:19], _STAMP).astimezone()
    except (ValueError, OverflowError, OSError):
        return None
