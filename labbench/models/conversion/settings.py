"""The small JSON files beside weights, read under limits."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from labbench.models.conversion.pieces import unfit

MOST_BYTES = 4 << 20


def read_settings(path: Path) -> Mapping[str, Any] | None:
    """What a JSON file says; None where there is no such file. Raises FormatError, OSError."""
    if path.exists() and not path.is_file():  # a pipe would never answer
        raise unfit(path, "it is no file")
    try:
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        return None
    if len(raw) > MOST_BYTES:
        raise unfit(path, "it is too long to be what its name says")
    return parse_object(path, raw)


def parse_object(path: Path, raw: bytes) -> dict[str, Any]:
    """A JSON object in which no name comes twice. Raises FormatError."""
    try:
        found = json.loads(raw, object_pairs_hook=_unique)
    except (ValueError, RecursionError):
        raise unfit(path, "its JSON can't be read") from None
    if not isinstance(found, dict):
        raise unfit(path, "its JSON can't be read")
    return found


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name comes twice")
    return found
