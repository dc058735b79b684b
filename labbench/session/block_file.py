"""Lists of what is never shown: the session's own (`blocklist.json`), and that of a class, a text file anywhere."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from labbench.core.errors import FormatError, LabBenchError
from labbench.session import checked
from labbench.session.disk import read_bytes, read_json, update_json
from labbench.session.note import VERSION
from labbench.transcript.guard import MOST_ENTRIES, MOST_LENGTH, BlockList, split_block_list, usable

NAME = "blocklist.json"
FORMAT = "labbench-blocklist"
ENVIRONMENT = "LABBENCH_BLOCKLIST"
"""A variable that names the class's file."""
_WHAT = "a block-list"
_MOST_BYTES = 4 << 20
_MOST_RAW = 4 * MOST_ENTRIES


def save_session_list(folder: Path, blocked: BlockList) -> None:
    """Keep it in the session's folder, where it travels with it. Raises LabBenchError, FormatError."""
    blocked.checked()
    if not blocked and not (folder / NAME).exists():
        return
    content = {
        "format": FORMAT,
        "version": VERSION,
        "phrases": list(blocked.phrases),
        "patterns": list(blocked.patterns),
    }
    update_json(folder / NAME, _WHAT, content, _MOST_BYTES)


def load_session_list(folder: Path) -> tuple[BlockList, list[str]]:
    """What of a session's list can be used, and why the rest can't. A session without one blocks nothing."""
    if not (folder / NAME).exists():
        return BlockList(), []
    try:
        raw = read_json(folder / NAME, _WHAT, _MOST_BYTES)
        checked.version(raw, VERSION)
        phrases, patterns = (_texts(raw.get(key, [])) for key in ("phrases", "patterns"))
    except LabBenchError as error:
        return BlockList(), [error.message]
    except checked.DAMAGE as error:
        return BlockList(), [f"{NAME} is damaged ({error})."]
    return usable(BlockList(phrases, patterns))


def load_class_list(path: Path) -> tuple[BlockList, list[str]]:
    """The same of a text file: a word or phrase a line, a /pattern/, a # remark. Blocks: it may be on a slow share."""
    damaged = FormatError(f"{path.name} is no block-list: it is too large, or no file.", "Use a text file.")
    try:
        text = read_bytes(path, damaged, _MOST_BYTES).decode("utf-8-sig")
    except LabBenchError as error:
        return BlockList(), [error.message]
    except UnicodeError:
        return BlockList(), [f"{path.name} is no text in UTF-8."]
    return usable(split_block_list(text))


def _texts(raw: object) -> tuple[str, ...]:
    """Raises one of `checked.DAMAGE`."""
    entries: Sequence[object] = checked.items(raw, _MOST_RAW)
    return tuple(checked.text(entry, MOST_LENGTH) for entry in entries)
