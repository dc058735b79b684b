"""The demo clip is a good example: both engines read it, Whisper every word, Moonshine nearly every one."""

import json
from pathlib import Path

import pytest

from labbench.audio.files import read_clip
from labbench.core import paths
from labbench.models import engines
from labbench.models.engines import MOONSHINE, EngineSpec
from labbench.models.hosting import HostProcess
from labbench.models.trials import try_engine
from labbench.transcript.compare import ErrorRates
from labbench.transcript.engine import Options

CLIPS = paths.assets() / "clips"


def rates_of(spec: EngineSpec) -> tuple[ErrorRates, str]:
    """How an engine reads the demo."""
    listed = json.loads((CLIPS / "clips.json").read_text(encoding="utf-8"))
    said = next(clip["text"] for clip in listed if clip["file"] == "demo.flac")
    host = HostProcess(spec)
    try:
        trial = try_engine(host, read_clip(CLIPS / "demo.flac").for_models(), said, Options())
    finally:
        host.close()
    assert trial.rates is not None
    return trial.rates, trial.transcript.text


@pytest.mark.slow
def test_whisper_reads_every_word(whisper_base: Path) -> None:
    rates, text = rates_of(engines.official("base", whisper_base))
    assert rates.word_error_rate == 0.0, text
    assert "?" in text and text.count("omputer") == 3


@pytest.mark.slow
def test_moonshine_reads_nearly_every_word(moonshine: None) -> None:
    rates, text = rates_of(MOONSHINE)
    assert rates.word_error_rate == pytest.approx(0.05, abs=0.05), text
    assert text.casefold().count("computer") == 3
