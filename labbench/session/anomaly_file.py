"""What is normal for a machine or a room, in one file: a numpy archive without pickle.

`about` holds JSON {"format": "labbench-anomaly", "version": 1, "columns", "location", "scale", "seconds", "added",
"threshold", "source"}, of which the last three may be missing; `bank` ("<f4", [n, columns]) and `spread` ("<f4",
[columns]) are those of `wakeword.anomaly.Normal`. A session has one in its folder (`NAME`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from labbench.core.errors import FormatError, LabBenchError
from labbench.session.arrays import read_npz, write_npz
from labbench.session.checked import DAMAGE, MOST_SECONDS, fields, number, text, whole
from labbench.wakeword.anomaly import COLUMNS, MOST_ADDED, MOST_BANK, Normal

FORMAT, VERSION = "labbench-anomaly", 1
NAME = "anomaly.npz"
MOST_ABOUT = 10_000
MOST_SOURCE = 200
FARTHEST = 1e6
"""No value is anywhere near it; larger ones would spoil the sums made of them."""


@dataclass(frozen=True, eq=False)
class Learnt:
    """What is normal, the score above which something stands out, and from what it was learnt, in words."""

    normal: Normal
    threshold: float
    source: str = ""


def save_normal(path: Path, learnt: Learnt) -> None:
    """Raises LabBenchError; a file that was there before stays then."""
    normal = learnt.normal
    about = {
        "format": FORMAT,
        "version": VERSION,
        "columns": COLUMNS,
        "location": normal.location,
        "scale": normal.scale,
        "seconds": normal.seconds,
        "added": normal.added,
        "threshold": learnt.threshold,
        "source": learnt.source[:MOST_SOURCE],
    }
    arrays = {"about": np.array(json.dumps(about)), "bank": normal.bank.astype("<f4")}
    write_npz(path, {**arrays, "spread": normal.spread.astype("<f4")})


def load_normal(path: Path) -> Learnt:
    """Raises LabBenchError where it can't be read, FormatError where it is foreign, damaged or of a newer program."""
    arrays, damaged = read_npz(path, {"about": "<U", "bank": "<f4", "spread": "<f4"})
    try:
        if damaged:
            raise ValueError(", ".join(damaged))
        if "about" not in arrays or arrays["about"].size != 1:
            raise KeyError("about")
        about = fields(json.loads(str(arrays["about"].reshape(-1)[0])[:MOST_ABOUT]))
        if about.get("format") != FORMAT:
            raise KeyError("format")
        if about.get("version") != VERSION:
            raise FormatError(
                f"{path.name} is of version {str(about.get('version'))[:20]}; this program reads version {VERSION}.",
                "Open it with the program that wrote it, or learn what is normal anew.",
            )
        bank, spread = arrays["bank"], arrays["spread"]
        added = whole(about.get("added", 0), 0, MOST_ADDED)
        if bank.ndim != 2 or not 1 <= len(bank) - added <= MOST_BANK:
            raise ValueError("a bank of another size")
        if bank.shape[1] != COLUMNS or spread.shape != (COLUMNS,):
            raise ValueError("arrays of another shape")
        if not (np.all(np.abs(bank) < FARTHEST) and np.all((spread > 0) & (spread < FARTHEST))):
            raise ValueError("numbers out of range")
        location, scale = number(about["location"], -FARTHEST, FARTHEST), number(about["scale"], 1e-9, FARTHEST)
        normal = Normal(bank, spread, location, scale, number(about["seconds"], 0.0, MOST_SECONDS), added)
        threshold = number(about.get("threshold", normal.threshold()), -FARTHEST, FARTHEST)
        return Learnt(normal, threshold, text(about.get("source", ""), MOST_SOURCE))
    except (*DAMAGE, RecursionError) as error:
        raise FormatError(f"{path.name} is damaged, or nothing that was learnt as normal.", "Learn it anew.") from error


def forget_normal(path: Path) -> None:
    """Remove what was kept, if anything was. Raises LabBenchError."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise LabBenchError(f"{path} can't be removed ({error.strerror}).", "Check its permissions.") from error
