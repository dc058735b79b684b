"""Which entries of a zip may be unpacked: names that stay inside, sizes that fit, nothing that is no plain file."""

from __future__ import annotations

import re
import stat
import unicodedata
import zipfile
from collections.abc import Sequence

from labbench.core.errors import FormatError
from labbench.session.disk import PART
from labbench.session.note import NAME
from labbench.session.placing import LOCK, MOST_FILES
from labbench.session.recordings import RECORDINGS

MOST_BYTES = 1 << 40
MOST_RATIO = 100
HARMLESS_BYTES = 256 << 20
"""So much may be unpacked whatever the ratio: a silent recording packs a thousand to one."""
DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?", re.IGNORECASE)
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f\\<>:"|?*\ud800-\udfff]')


def safe_entries(
    entries: Sequence[zipfile.ZipInfo], archive_bytes: int, title: str
) -> list[tuple[zipfile.ZipInfo, str]]:
    """The files among the entries, each with its name in the session. One folder around all of them is taken off.

    Raises FormatError where a single entry is not what a session has in it: such a file was made to do harm.
    """
    found: list[tuple[zipfile.ZipInfo, str]] = []
    for info in entries[: MOST_FILES + 1]:
        trouble = _trouble(info)
        if trouble:
            raise _refused(title, trouble)
        if not info.is_dir():
            found.append((info, info.filename))
    total = sum(info.file_size for info, _ in found)
    if len(entries) > MOST_FILES:
        raise _refused(title, "it has too many files in it")
    if total > MOST_BYTES or (total > HARMLESS_BYTES and total > MOST_RATIO * archive_bytes):
        raise _refused(title, "it would become far too large")
    found = _without_top(found)
    keys = [name_key(name) for _, name in found]
    inner = {"/".join(parts[:depth]) for parts in map(_parts, keys) for depth in range(1, len(parts))}
    if len(set(keys)) != len(keys) or inner & set(keys):
        raise _refused(title, "it has the same name in it twice")
    return [(info, name) for info, name in found if name != LOCK and not name.endswith(PART)]


def _refused(title: str, why: str) -> FormatError:
    return FormatError(f"{title} is not opened: {why}.", "A session that this program packs never looks like that.")


def _trouble(info: zipfile.ZipInfo) -> str:
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "it has a link in it"
    if info.flag_bits & 1:
        return "it is locked with a password"
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "it is packed in a way that is not supported"
    return name_trouble(info.filename) or name_trouble(info.orig_filename)


def name_trouble(name: str) -> str:
    """What is wrong with the name of a file in an archive, or nothing."""
    parts = name.removesuffix("/").split("/")
    if len(name) > 400 or len(parts) > 12 or any(len(part.encode("utf-8", "replace")) > 200 for part in parts):
        return "it has a name in it that is too long"
    bad = any(part in ("", ".", "..") or part[-1] in " ." or DEVICES.fullmatch(part) for part in parts)
    if bad or _FORBIDDEN.search(name):
        return "it has a name in it that leads outside or is not allowed"
    return ""


def _without_top(found: list[tuple[zipfile.ZipInfo, str]]) -> list[tuple[zipfile.ZipInfo, str]]:
    """Somebody may have packed the folder itself."""
    tops = {name.partition("/")[0] for _, name in found}
    if len(tops) != 1 or not all("/" in name for _, name in found):
        return found
    inner = [(info, name.partition("/")[2]) for info, name in found]
    is_session = any(name == NAME or name.startswith(f"{RECORDINGS}/") for _, name in inner)
    return inner if is_session else found


def name_key(name: str) -> str:
    """Names that some disk takes for the same have the same key."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _parts(name: str) -> list[str]:
    return name.split("/")
