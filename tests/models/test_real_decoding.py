"""The real Whisper `base`: exactly as openai-whisper where it is exact, as good where it is fast, and live."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from labbench.audio.files import read_clip
from labbench.core.progress import CancelToken, ignore_progress
from labbench.models.moonshine_files import moonshine_assets
from labbench.transcript.agreement import plain
from labbench.transcript.compare import error_rates
from labbench.transcript.engine import Options
from labbench.transcript.types import join

torch = pytest.importorskip("torch", reason="torch has no wheel here")
from labbench.models.whisper_checkpoint import load_checkpoint  # noqa: E402
from labbench.models.whisper_engine import WhisperEngine  # noqa: E402
from labbench.models.whisper_package import whisper  # noqa: E402

pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed file .*tiktoken:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:.*tiktoken:pytest.PytestUnraisableExceptionWarning"),
]
SAID = "Ever tried. Ever failed. No matter. Try again. Fail again. Fail better."


@pytest.fixture(scope="module")
def engine(whisper_base: Path) -> WhisperEngine:
    return WhisperEngine.load(whisper_base, "Whisper base", "")


@pytest.fixture(scope="module")
def speech(moonshine: None) -> NDArray[np.float32]:
    return read_clip(moonshine_assets() / "beckett.wav").for_models()


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("tqdm.tqdm.monitor_interval", 0)  # the original's progress bar would leave a thread behind
    state = torch.random.get_rng_state()
    yield
    torch.random.set_rng_state(state)


def test_fast_reads_it_right_and_live_says_nearly_the_same(engine: WhisperEngine, speech: NDArray[np.float32]) -> None:
    found = engine.transcribe(speech, Options(), ignore_progress, CancelToken())
    assert error_rates(SAID, found.text, "en").word_error_rate == 0.0
    assert found.language == "en" and found.languages[0][1] > 0.9
    ends = [word.end for word in found.words]
    assert len(found.words) == 12 and ends == sorted(ends) and ends[-1] <= found.duration
    stream = engine.open_stream(Options(), CancelToken())
    texts = [join(stream.push(speech[at : at + 8000]).words) for at in range(0, len(speech), 8000)]
    assert sum(map(bool, texts)) > len(texts) / 2, "text comes while sound runs"
    live = stream.finish()
    assert all(word.settled for word in live.words)
    assert error_rates(SAID, join(live.words), "en").word_error_rate < 0.2
    apart = [abs(word.end - live_word.end) for word, live_word in zip(found.words, live.words, strict=False)]
    assert np.median(apart) < 0.5


@pytest.mark.parametrize("beams", [pytest.param(None, marks=pytest.mark.slow), 5])
def test_exact_is_the_original_to_the_letter(
    engine: WhisperEngine, speech: NDArray[np.float32], whisper_base: Path, beams: int | None
) -> None:
    options = Options(precision="exact", beam_size=beams, best_of=None, temperatures=(0.0,))
    found = engine.transcribe(speech, options, ignore_progress, CancelToken())
    original = whisper.transcribe(
        load_checkpoint(whisper_base), speech, fp16=False, temperature=0.0, beam_size=beams, word_timestamps=True
    )
    assert "".join(segment.text for segment in found.segments) == original["text"]
    assert found.language == original["language"]
    for mine, theirs in zip(found.segments, original["segments"], strict=True):
        assert list(mine.tokens) == theirs["tokens"]
        assert [word.text for word in mine.words] == [word["word"].strip() for word in theirs["words"]]
        assert [word.end for word in mine.words] == pytest.approx([word["end"] for word in theirs["words"]], abs=1e-6)


def test_a_prompt_is_heeded_and_a_language_can_be_locked(engine: WhisperEngine, speech: NDArray[np.float32]) -> None:
    greedy = Options(beam_size=None, temperatures=(0.0,), word_times=False, language="en")
    shouted = engine.transcribe(
        speech, replace(greedy, initial_prompt="EVER TRIED. EVER FAILED. NO MATTER."), ignore_progress, CancelToken()
    )
    letters = [letter for letter in shouted.text if letter.isalpha()]
    assert sum(letter.isupper() for letter in letters) > 0.8 * len(letters)
    german = engine.transcribe(speech, replace(greedy, language="de"), ignore_progress, CancelToken())
    assert german.language == "de" and german.languages == ()
    assert plain(german.text) != plain(shouted.text)
