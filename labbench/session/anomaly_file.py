"""What is normal for a machine or a room, in one file: a numpy archive without pickle.

`about` holds JSON {"format": "labbench-anomaly", "version": 1, "columns", "location", "scale", "seconds"}; `bank`
("<f4", [n, columns]) and `spread` ("<f4", [columns]) are those of `wakeword.anomaly.Normal`.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from labbench.core.errors import FormatError
from labbench.session.arrays import read_npz, write_npz
from labbench.session.checked import DAMAGE, MOST_SECONDS, fields, number
from labbench.wakeword.anomaly import COLUMNS, MOST_BANK, Normal

FORMAT, VERSION = "labbench-anomaly", 1
MOST_ABOUT = 10_000
FARTHEST = 1e6
"""No value is anywhere near it; larger ones would spoil the sums made of them."""


def save_normal(path: Path, normal: Normal) -> None:
    """Raises LabBenchError; a file that was there before stays then."""
    about = {
        "format": FORMAT,
        "version": VERSION,
        "columns": COLUMNS,
        "location": normal.location,
        "scale": normal.scale,
        "seconds": normal.seconds,
    }
    arrays = {"about": np.array(json.dumps(about)), "bank": normal.bank.astype("<f4")}
    write_npz(path, {**arrays, "spread": normal.spread.astype("<f4")})


def load_normal(path: Path) -> Normal:
    """Raises LabBenchError where it can't be read, FormatError where it is foreign, damaged or of a newer program."""
    arrays, damaged = read_npz(path, {"about": "<U", "bank": "<f4", "spread": "<f4"})
    try:
        if damaged:
            raise ValueError(", ".join(damaged))
        if "about" not in arrays or arrays["about"].size != 1:
            raise KeyError("about")
        text = str(arrays["about"].reshape(-1)[0])
        about = fields(json.loads(text[:MOST_ABOUT]))
        if about.get("format") != FORMAT:
            raise KeyError("format")
        if about.get("version") != VERSION:
            raise FormatError(
                f"{path.name} is of version {str(about.get('version'))[:20]}; this program reads version {VERSION}.",
                "Open it with the program that wrote it, or learn it anew: labbench anomaly learn AUDIO --out FILE.",
            )
        bank, spread = arrays["bank"], arrays["spread"]
        if bank.ndim != 2 or not 1 <= len(bank) <= MOST_BANK or bank.shape[1] != COLUMNS or spread.shape != (COLUMNS,):
            raise ValueError("arrays of another shape")
        if not (np.all(np.abs(bank) < FARTHEST) and np.all((spread > 0) & (spread < FARTHEST))):
            raise ValueError("numbers out of range")
        location, scale = number(about["location"], -FARTHEST, FARTHEST), number(about["scale"], 1e-9, FARTHEST)
        return Normal(bank, spread, location, scale, number(about["seconds"], 0.0, MOST_SECONDS))
    except (*DAMAGE, RecursionError) as error:
        raise FormatError(
            f"{path.name} is damaged or not what `labbench anomaly learn` writes.", "Learn it anew, or take a backup."
        ) from error
