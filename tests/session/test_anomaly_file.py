"""Normals on disk: what is read is what was written, and anything else is one sentence."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labbench.core.errors import FormatError, LabBenchError
from labbench.session.anomaly_file import Learnt, load_normal, save_normal
from labbench.session.arrays import write_npz
from labbench.wakeword.anomaly import COLUMNS, Normal


def some_normal() -> Learnt:
    rng = np.random.default_rng(1)
    bank = rng.standard_normal((30, COLUMNS)).astype(np.float32)
    return Learnt(Normal(bank, np.full(COLUMNS, 0.5, np.float32), 2.5, 0.25, 60.0, 7), 3.75, "a pump, 0:00 to 1:00")


def test_round_trip_is_exact(tmp_path: Path) -> None:
    path = tmp_path / "pump.npz"
    save_normal(path, some_normal())
    found, wanted = load_normal(path), some_normal()
    assert (found.threshold, found.source) == (wanted.threshold, wanted.source)
    for field in fields(Normal):
        assert np.array_equal(getattr(found.normal, field.name), getattr(wanted.normal, field.name)), field.name


def test_a_file_without_threshold_has_the_usual_one(tmp_path: Path) -> None:
    path, wanted = tmp_path / "pump.npz", some_normal().normal
    about = {"format": "labbench-anomaly", "version": 1, "columns": COLUMNS, "location": 2.5, "scale": 0.25}
    arrays = {"bank": wanted.bank, "spread": wanted.spread}
    write_npz(path, {"about": np.array(json.dumps(about | {"seconds": 60.0})), **arrays})
    found = load_normal(path)
    assert found.threshold == found.normal.threshold() and (found.normal.added, found.source) == (0, "")
    write_npz(path, {"about": np.array(json.dumps(about | {"seconds": 60.0, "added": 30})), **arrays})
    with pytest.raises(FormatError, match="damaged"):  # nothing would be left that was learnt
        load_normal(path)


@given(data=st.data())
def test_damage_is_a_sentence_or_harmless(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    path = tmp_path_factory.mktemp("damage") / "pump.npz"
    save_normal(path, some_normal())
    content = bytearray(path.read_bytes())
    for at in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=4)):
        content[at] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    try:
        assert np.all(np.isfinite(load_normal(path).normal.bank))
    except LabBenchError as error:
        assert error.message


@pytest.mark.parametrize(
    ("about", "words"),
    [
        ('{"format": "labbench-anomaly", "version": 2}', "version 2"),
        ('{"format": "other"}', "damaged"),
        ("[" * 3000, "damaged"),
    ],
)
def test_foreign_and_newer_files_are_refused(tmp_path: Path, about: str, words: str) -> None:
    write_npz(tmp_path / "a.npz", {"about": np.array(about)})
    with pytest.raises(FormatError, match=words):
        load_normal(tmp_path / "a.npz")
