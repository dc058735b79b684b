"""Normals on disk: what is read is what was written, and anything else is one sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labbench.core.errors import FormatError, LabBenchError
from labbench.session.anomaly_file import load_normal, save_normal
from labbench.session.arrays import write_npz
from labbench.wakeword.anomaly import COLUMNS, Normal


def some_normal() -> Normal:
    rng = np.random.default_rng(1)
    bank = rng.standard_normal((30, COLUMNS)).astype(np.float32)
    return Normal(bank, np.full(COLUMNS, 0.5, np.float32), 2.5, 0.25, 60.0)


def test_round_trip_is_exact(tmp_path: Path) -> None:
    path = tmp_path / "pump.npz"
    save_normal(path, some_normal())
    found, wanted = load_normal(path), some_normal()
    assert np.array_equal(found.bank, wanted.bank)
    assert np.array_equal(found.spread, wanted.spread)
    assert (found.location, found.scale, found.seconds) == (wanted.location, wanted.scale, wanted.seconds)


@given(data=st.data())
def test_damage_is_a_sentence_or_harmless(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    path = tmp_path_factory.mktemp("damage") / "pump.npz"
    save_normal(path, some_normal())
    content = bytearray(path.read_bytes())
    for at in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=4)):
        content[at] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    try:
        assert np.all(np.isfinite(load_normal(path).bank))
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
