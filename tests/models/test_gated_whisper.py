"""Whisper's `base` behind the gate: nothing is made of nothing, and what is said after it is read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from labbench.audio.files import read_clip
from labbench.core.progress import CancelToken, ignore_progress
from labbench.core.timebase import MODEL_RATE
from labbench.models import engines
from labbench.models.hosting import HostProcess
from labbench.models.moonshine_files import moonshine_assets
from labbench.transcript.engine import Options
from labbench.transcript.types import Skipped, Transcript

pytestmark = pytest.mark.shares_process
GREEDY = Options(beam_size=None)


@pytest.fixture(scope="module")
def base(whisper_base: Path) -> Iterator[HostProcess]:
    host = HostProcess(engines.whisper_file(whisper_base))
    yield host
    host.close()


def heard(host: HostProcess, samples: NDArray[np.float32], options: Options = GREEDY) -> Transcript:
    return host.transcribe(samples.astype(np.float32), options, ignore_progress, CancelToken())


@pytest.mark.parametrize("minutes", [1, pytest.param(10, marks=pytest.mark.slow)])
def test_minutes_of_noise_give_no_text_in_no_time(base: HostProcess, minutes: int) -> None:
    found = heard(base, 0.1 * np.random.default_rng(0).normal(size=60 * minutes * MODEL_RATE))
    assert found.segments == () and found.skipped == (Skipped(0.0, 60.0 * minutes),) and found.took < 12.0 * minutes


def test_after_ringing_the_language_is_that_of_the_speech(base: HostProcess, moonshine: None) -> None:
    time = np.arange(40 * MODEL_RATE) / MODEL_RATE
    ringing = 0.3 * np.sin(2 * np.pi * 440 * time) * (time % 6 < 2)
    speech = read_clip(moonshine_assets() / "beckett.wav").for_models()
    found = heard(base, np.concatenate([ringing, speech]))
    assert found.language == "en" and found.languages[0][1] > 0.8
    assert found.text.lower().startswith("ever tried") and found.text.lower().endswith("fail better.")
    assert found.skipped[0].start == 0.0 and 39.0 < found.skipped[0].end < 41.0
    assert found.words[0].start >= 39.9 and found.words[-1].end <= found.duration == 40.0 + len(speech) / MODEL_RATE


@pytest.mark.slow
def test_noise_with_the_gate_switched_off_is_soon_given_up(base: HostProcess) -> None:
    """Half a minute of it would go through six temperatures, each a loop as long as tokens are allowed."""
    noise = 0.1 * np.random.default_rng(3).normal(size=30 * MODEL_RATE)
    found = heard(base, noise, Options(voice_gate=False))
    assert found.text == "" and sum(len(segment.tokens) for segment in found.segments) < 100
