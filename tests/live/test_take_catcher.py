"""Catching the next spoken word from a stream."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labbench.audio.files import read_clip
from labbench.core import paths
from labbench.core.timebase import MODEL_RATE
from labbench.live.take_catcher import FRAME, PATIENCE_FRAMES, TakeCatcher
from labbench.wakeword.takes import Verdict, cut_take

TAKES = sorted((paths.assets() / "clips" / "takes").glob("*.flac"))
steady = settings(derandomize=True, deadline=None, database=None, max_examples=20)


def quiet(seconds: float, level: float = 5e-4) -> np.ndarray:
    return np.random.default_rng(0).normal(0.0, level, round(seconds * MODEL_RATE)).astype(np.float32)


def catch(samples: np.ndarray, block: int = 400) -> tuple[np.ndarray | None, int, TakeCatcher]:
    """The clip, after how many samples it came, and the catcher."""
    catcher = TakeCatcher()
    for at in range(0, len(samples), block):
        clip = catcher.feed(samples[at : at + block])
        if catcher.ended:
            return clip, at + block, catcher
    return None, len(samples), catcher


@steady
@given(start=st.floats(0.5, 4.0), length=st.floats(0.2, 1.2), block=st.integers(160, 8000))
def test_a_burst_is_caught_whole(start: float, length: float, block: int) -> None:
    samples = quiet(start + length + 1.5)
    first, last = round(start * MODEL_RATE), round((start + length) * MODEL_RATE)
    samples[first:last] += np.random.default_rng(1).normal(0.0, 0.1, last - first).astype(np.float32)
    clip, after, _ = catch(samples, block)
    assert clip is not None
    assert after < last + 0.6 * MODEL_RATE + block
    cut = cut_take(clip)
    assert cut.verdict is Verdict.GOOD or length < 0.3
    where = int(np.argmax(np.abs(clip) > 0.05))
    assert where == pytest.approx(0.5 * MODEL_RATE, abs=3 * FRAME)  # half a second of pre-roll, then the word
    assert len(clip) - where >= last - first


@pytest.mark.parametrize("path", TAKES, ids=lambda path: path.stem)
def test_bundled_takes_are_caught_as_they_were_cut(path: Path) -> None:
    word = read_clip(path).for_models()
    samples = quiet(4.0)
    at = MODEL_RATE
    samples[at : at + len(word)] += word
    clip, _, _ = catch(samples)
    assert clip is not None
    original, caught = cut_take(word), cut_take(clip)
    assert caught.verdict is Verdict.GOOD
    assert caught.stop - caught.start == pytest.approx(original.stop - original.start, abs=0.12 * MODEL_RATE)


def test_it_gives_up_after_its_patience() -> None:
    clip, after, catcher = catch(quiet(12.0))
    assert clip is None
    assert catcher.ended
    assert after == pytest.approx(PATIENCE_FRAMES * FRAME, abs=2 * 400)


def test_a_knock_is_not_a_word() -> None:
    samples = quiet(3.0)
    samples[16000:16100] = 0.5
    clip, _, catcher = catch(samples)
    assert clip is None
    assert not catcher.ended


def test_somebody_who_talks_on_is_cut_off() -> None:
    samples = quiet(6.0)
    samples[16000:] += np.random.default_rng(1).normal(0.0, 0.1, len(samples) - 16000).astype(np.float32)
    clip, after, _ = catch(samples)
    assert clip is not None
    assert after < 4.0 * MODEL_RATE
