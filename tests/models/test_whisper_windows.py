"""Our way through a long sound gives what openai-whisper's gives."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from small_whisper import CHECKPOINT, ENGINE, SPOKEN

from labbench import cli
from labbench.audio.files import read_clip
from labbench.core import paths
from labbench.core.errors import Cancelled
from labbench.core.progress import CancelToken, Progress, ignore_progress
from labbench.transcript.engine import EngineInfo, Options, Partial
from labbench.transcript.formats import as_dict
from labbench.transcript.types import Transcript

torch = pytest.importorskip("torch", reason="torch has no wheel here")
from labbench.models.conversion.dimensions import Dimensions  # noqa: E402
from labbench.models.whisper_checkpoint import Checkpoint, load_checkpoint  # noqa: E402
from labbench.models.whisper_engine import WhisperEngine, build_network  # noqa: E402
from labbench.models.whisper_package import compression_ratio, get_tokenizer, whisper  # noqa: E402
from labbench.models.whisper_search import Decoder, Found, Search  # noqa: E402
from labbench.models.whisper_sound import log_mel  # noqa: E402

pytestmark = pytest.mark.filterwarnings(
    "ignore:.*gpt2.tiktoken:ResourceWarning",  # openai-whisper leaves its table of tokens open
    "ignore:.*multilingual.tiktoken:ResourceWarning",
    "ignore:.*tiktoken:pytest.PytestUnraisableExceptionWarning",
)
CLIPS = ("digits.flac", "words_and_digits.flac", "sentences_with.flac")
EXACT = Options(precision="exact")
GREEDY = replace(EXACT, beam_size=None, temperatures=(0.0,))
TOKENS = get_tokenizer(False, num_languages=99, language="en", task="transcribe")


@pytest.fixture(scope="module")
def engine() -> WhisperEngine:
    return WhisperEngine.load(CHECKPOINT, "small", "digits")


@pytest.fixture(scope="module")
def original() -> Any:
    return load_checkpoint(CHECKPOINT)


def clip(name: str) -> NDArray[np.float32]:
    folder = SPOKEN if (SPOKEN / name).exists() else paths.assets() / "clips"
    return read_clip(folder / name).for_models()


def long_sound() -> NDArray[np.float32]:
    """More than three windows: speech, silence and noise."""
    noise = np.random.default_rng(5).standard_normal(16_000 * 8).astype(np.float32) * 0.02
    silence = np.zeros(16_000 * 12, np.float32)
    return np.concatenate(
        [clip("digits.flac"), silence, clip("words_and_digits.flac"), noise, clip("digits.flac"), silence]
    )


def heard(engine: WhisperEngine, samples: NDArray[np.float32], options: Options) -> Transcript:
    return engine.transcribe(samples, options, ignore_progress, CancelToken())


def as_original(model: Any, samples: NDArray[np.float32], options: Options) -> dict[str, Any]:
    torch.manual_seed(7)
    found: dict[str, Any] = whisper.transcribe(
        model,
        samples,
        fp16=False,
        language=options.language,
        task=options.task,
        temperature=options.temperatures,
        best_of=options.best_of,
        beam_size=options.beam_size,
        initial_prompt=options.initial_prompt or None,
        carry_initial_prompt=options.carry_initial_prompt,
        condition_on_previous_text=options.condition_on_previous_text,
        compression_ratio_threshold=options.compression_ratio_threshold,
        logprob_threshold=options.log_probability_threshold,
        no_speech_threshold=options.no_speech_threshold,
        word_timestamps=options.word_times,
        hallucination_silence_threshold=options.hallucination_silence_seconds,
        clip_timestamps=list(options.clips) or "0",
        sample_len=options.most_tokens,
    )
    return found


def assert_same(transcript: Transcript, found: dict[str, Any]) -> None:
    ours = as_dict(transcript)
    assert len(ours["segments"]) == len(found["segments"])
    for mine, theirs in zip(ours["segments"], found["segments"], strict=True):
        assert set(theirs) <= set(mine)
        for key in ("id", "seek", "text", "tokens", "temperature"):
            assert mine[key] == theirs[key]
        for key in ("start", "end"):  # of the original, some lie behind the end of the sound
            assert mine[key] == pytest.approx(min(theirs[key], round(transcript.duration, 3)), abs=1e-4)
        for key in ("avg_logprob", "compression_ratio", "no_speech_prob"):
            assert mine[key] == pytest.approx(theirs[key], abs=1e-4, nan_ok=True)
        for word, their_word in zip(mine["words"], theirs.get("words", []), strict=True):
            assert word["word"] == their_word["word"]
            their_times = [min(their_word[key], round(transcript.duration, 3)) for key in ("start", "end")]
            assert [word["start"], word["end"]] == pytest.approx(their_times, abs=1e-6)
            assert word["probability"] == pytest.approx(their_word["probability"], abs=1e-4)
    assert ours["language"] == found["language"]


@pytest.mark.parametrize("name", [CLIPS[0], *(pytest.param(name, marks=pytest.mark.slow) for name in CLIPS[1:])])
@pytest.mark.parametrize(
    "options",
    [
        GREEDY,
        replace(GREEDY, word_times=False),
        replace(GREEDY, condition_on_previous_text=False, log_probability_threshold=None, no_speech_threshold=None),
        replace(EXACT, temperatures=(0.0,)),
        replace(GREEDY, initial_prompt="seven, eight, nine", carry_initial_prompt=True),
    ],
    ids=["greedy", "no words", "no gates", "beams", "prompt"],
)
def test_clips(engine: WhisperEngine, original: Any, name: str, options: Options) -> None:
    samples = clip(name)
    transcript = heard(engine, samples, options)
    assert_same(transcript, as_original(original, samples, options))


def test_the_command_line_writes_the_segments_of_the_original(
    original: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    file = SPOKEN / "digits.flac"
    named = ("--engine", ENGINE, "--language", "en", "--temperature", "0", "--format", "json")
    assert cli.main(["transcribe", str(file), *named]) == 0
    written = json.loads(capsys.readouterr().out)
    found = as_original(original, clip("digits.flac"), Options(language="en", temperatures=(0.0,)))
    assert written["text"].strip() == found["text"].strip()
    keys = ("id", "seek", "start", "end", "text", "tokens", "temperature")
    assert [[one[key] for key in keys] for one in written["segments"]] == [
        [pytest.approx(one[key]) if isinstance(one[key], float) else one[key] for key in keys]
        for one in found["segments"]
    ]


@pytest.mark.parametrize(
    "options",
    [
        GREEDY,
        replace(GREEDY, hallucination_silence_seconds=1.0),
        replace(GREEDY, hallucination_silence_seconds=0.2, no_speech_threshold=None),
        replace(GREEDY, clips=(2.0, 9.0, 20.0), most_tokens=20),
        replace(GREEDY, no_speech_threshold=0.1, log_probability_threshold=-0.3),
    ],
    ids=["greedy", "inventions", "many inventions", "parts", "gate"],
)
def test_long_sounds(engine: WhisperEngine, original: Any, options: Options) -> None:
    samples = long_sound()
    transcript = heard(engine, samples, options)
    assert_same(transcript, as_original(original, samples, options))


@pytest.mark.slow
def test_temperatures_draw_as_the_original(engine: WhisperEngine, original: Any) -> None:
    options = replace(EXACT, temperatures=(0.0, 0.4, 0.8), log_probability_threshold=-0.05, no_speech_threshold=None)
    samples = clip("words_and_digits.flac")
    torch.manual_seed(7)
    transcript = heard(engine, samples, options)
    assert any(segment.temperature for segment in transcript.segments)
    assert_same(transcript, as_original(original, samples, options))


def test_what_is_dropped_is_told(engine: WhisperEngine, original: Any) -> None:
    options = replace(GREEDY, no_speech_threshold=0.0, log_probability_threshold=-0.2)
    transcript = heard(engine, long_sound(), options)
    silent = [segment for segment in transcript.segments if segment.doubt == "silence"]
    assert any(segment.text for segment in silent) and transcript.kept + tuple(silent) != transcript.kept
    assert not set(silent) & set(transcript.kept)
    assert_same(transcript, as_original(original, long_sound(), options))


def test_a_loop_is_marked_and_kept(engine: WhisperEngine) -> None:
    transcript = heard(engine, clip("words_and_digits.flac"), replace(GREEDY, compression_ratio_threshold=0.5))
    assert {segment.doubt for segment in transcript.segments if segment.text} == {"loop"}
    assert transcript.text


def scripted(monkeypatch: pytest.MonkeyPatch, results: list[tuple[str, float, float]]) -> list[Search]:
    """Let searches find texts, each with its likelihood and how silent the window seems; what was asked for."""
    asked: list[Search] = []

    def find(decoder: Decoder, sound: Any, search: Search) -> Found:
        text, likely, silent = results[len(asked)]
        asked.append(search)
        zero, size = TOKENS.timestamp_begin, len(TOKENS.encode(text)) + 2
        tokens = [zero, *TOKENS.encode(text), zero + 100]
        return Found(tokens, text, likely, silent, search.temperature, compression_ratio(text), capped=size > 60)

    monkeypatch.setattr(Decoder, "find", find)
    return asked


LOOP, SENTENCE = " and the same again" * 30, " ready when you are"
FAST = Options(word_times=False, temperatures=(0.0, 0.2, 0.4))


def test_fast_the_likeliest_is_taken_where_none_looks_right(
    engine: WhisperEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = [(LOOP, -0.1, 0.1), (SENTENCE, -1.2, 0.1), (" ruddy hen", -3.0, 0.1)]
    asked = scripted(monkeypatch, results)
    found = heard(engine, clip("digits.flac")[:80_000], FAST)
    assert (
        found.text == SENTENCE.strip()
        and [one.temperature for one in asked] == [0.0, 0.2, 0.4]
        and found.segments[0].temperature == 0.2
    )
    asked = scripted(monkeypatch, results)
    assert heard(engine, clip("digits.flac")[:80_000], replace(FAST, precision="exact")).text == "ruddy hen"


def test_fast_loops_in_what_is_taken_for_silence_are_given_up(
    engine: WhisperEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = scripted(monkeypatch, [(LOOP, -0.1, 0.9), (LOOP, -0.2, 0.9), (SENTENCE, -0.3, 0.9)])
    found = heard(engine, clip("digits.flac")[:80_000], FAST)
    assert found.text == "" and {one.doubt for one in found.segments} == {"silence"} and len(asked) == 2
    asked = scripted(monkeypatch, [(LOOP, -0.1, 0.9), (SENTENCE, -0.3, 0.9)])
    assert heard(engine, clip("digits.flac")[:80_000], FAST).text == SENTENCE.strip()
    asked = scripted(monkeypatch, [(LOOP, -0.1, 0.1), (LOOP, -0.2, 0.1), (LOOP, -0.3, 0.1)])
    found = heard(engine, clip("digits.flac")[:80_000], FAST)
    assert found.text and {one.doubt for one in found.segments} == {"loop"} and len(asked) == 3


def test_what_did_not_look_right_is_no_prompt(engine: WhisperEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither for the next window, nor where a stopped transcription goes on."""
    results = [(SENTENCE, -1.2, 0.1), (" ruddy hen", -3.0, 0.1)] * 2
    options, samples = replace(FAST, temperatures=(0.0, 0.2)), np.zeros(40 * 16_000, np.float32)
    asked = scripted(monkeypatch, results)
    whole = heard(engine, samples, options)
    assert [list(one.prompt) for one in asked] == [[]] * 4 and len(whole.segments) == 2
    asked = scripted(monkeypatch, results)
    stopped = replace(whole, segments=whole.segments[:1], heard=30.0)
    engine.transcribe(samples, options, ignore_progress, CancelToken(), stopped)
    assert [list(one.prompt) for one in asked] == [[]] * 2


def test_text_comes_as_it_is_found_and_a_stopped_one_goes_on(engine: WhisperEngine) -> None:
    samples, whole = long_sound(), heard(engine, long_sound(), GREEDY)
    cancel, parts = CancelToken(), []

    def report(progress: Progress) -> None:
        assert isinstance(progress, Partial)
        parts.append(progress)
        if progress.done > 40:
            cancel.cancel()

    with pytest.raises(Cancelled):
        engine.transcribe(samples, GREEDY, report, cancel)
    stopped = parts[-1].transcript
    assert stopped is not None and stopped.heard == parts[-1].done < len(samples) / 16_000
    assert 0 < len(stopped.segments) < len(whole.segments)
    assert [part.done for part in parts] == sorted(part.done for part in parts)
    more = engine.transcribe(samples, GREEDY, ignore_progress, CancelToken(), stopped)
    assert more.segments == whole.segments and more.heard is None and more.took > stopped.took


def test_one_pass_through_the_encoder_for_one_window(original: Any) -> None:
    engine = WhisperEngine.load(CHECKPOINT, "small", "digits")
    options = replace(EXACT, temperatures=(0.0, 0.2, 0.4), log_probability_threshold=0.0, no_speech_threshold=None)
    before = engine.encoded
    heard(engine, clip("digits.flac")[: 16_000 * 5], options)
    assert engine.encoded - before == 1
    calls: list[int] = []
    original.encoder.register_forward_hook(lambda *_: calls.append(1))
    as_original(original, clip("digits.flac")[: 16_000 * 5], options)
    assert len(calls) == 4


def test_the_language_is_told_from_the_same_pass() -> None:
    torch.manual_seed(1)
    dims = whisper.ModelDimensions(80, 1500, 64, 2, 2, 51865, 448, 64, 2, 2)
    model = whisper.Whisper(dims).eval()
    torch.nn.init.normal_(model.decoder.positional_embedding, std=0.02)  # left as it is found in memory otherwise
    checkpoint = Checkpoint(Dimensions(**vars(dims)), model.state_dict(), ((1, 0), (1, 1)))
    network = build_network(checkpoint, "cpu", "exact")
    engine = WhisperEngine(lambda: checkpoint, network, EngineInfo("random", "nothing", "none"))
    samples = clip("digits.flac")[: 16_000 * 4]
    options = replace(GREEDY, most_tokens=12, compression_ratio_threshold=None, no_speech_threshold=None)
    transcript = heard(engine, samples, options)
    assert engine.encoded == len({segment.seek for segment in transcript.segments})
    assert len(transcript.languages) == 5 and transcript.language == transcript.languages[0][0]
    assert all(0 <= probability <= 1 for _, probability in transcript.languages)


@pytest.mark.parametrize("seconds", [0.01, 1.0, 59.99, 95.0])
@pytest.mark.parametrize("bands", [80, 128])
def test_the_log_mel_is_the_originals(seconds: float, bands: int) -> None:
    samples = np.random.default_rng(3).standard_normal(round(16_000 * seconds)).astype(np.float32) * 0.1
    theirs = whisper.log_mel_spectrogram(samples, bands, padding=whisper.audio.N_SAMPLES)
    assert torch.equal(log_mel(samples, bands), theirs)


@pytest.fixture(autouse=True)
def _seeded(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("tqdm.tqdm.monitor_interval", 0)  # the original's progress bar would leave a thread behind
    state = torch.random.get_rng_state()
    torch.manual_seed(7)
    yield
    torch.random.set_rng_state(state)
