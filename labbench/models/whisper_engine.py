"""openai-whisper as transcription engine: official weights, a local checkpoint, or the small bundled one.

Only for the host process: this module imports torch.
"""

from __future__ import annotations

import hashlib
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
import whisper
from numpy.typing import NDArray

from labbench.core.errors import FormatError, LabBenchError
from labbench.core.progress import CancelToken, OnProgress, Progress, ignore_progress
from labbench.core.timebase import MODEL_RATE
from labbench.models import word_alignment
from labbench.transcript.agreement import LocalAgreement
from labbench.transcript.engine import EngineInfo, Options
from labbench.transcript.types import LiveText, Segment, Transcript, Word

LIVE_WINDOW_SECONDS = 12.0
"""Live passes look at most this far back; older words are settled by then."""
LIVE_STEP_SECONDS = 0.5
CONTEXT_WORDS = 2
"""So many settled words stay in the window when the sound before them is dropped."""


class WhisperEngine:
    """One loaded checkpoint on the CPU. `knows` is a sentence for people about what it can do.

    Without `fallback` it decodes at temperature 0 only: a checkpoint that was not trained on the world's speech is
    unsure of most of it, and would lose what it does know to chance.
    """

    def __init__(self, path: Path, title: str, knows: str, *, fallback: bool = True) -> None:
        self._model = load_checkpoint(path)
        self._whole: dict[str, Any] = {} if fallback else {"temperature": 0.0}
        languages = () if self._model.is_multilingual else ("en",)
        self.info = EngineInfo(title, knows, checksum=_sha256(path), languages=languages)
        self._cancel = CancelToken()
        # Cancel reaches into a running transcription here: at each pass through the encoder and at each token.
        for part in (self._model.encoder, self._model.decoder):
            part.register_forward_pre_hook(lambda *_: self._cancel.check())
        word_alignment.install()

    def transcribe(
        self, samples: NDArray[np.float32], options: Options, on_progress: OnProgress, cancel: CancelToken
    ) -> Transcript:
        began = time.perf_counter()
        result = self._run(samples, options, on_progress, cancel, **self._whole)
        return Transcript(
            engine=self.info.title,
            language=str(result["language"]),
            segments=tuple(_segment(segment) for segment in result["segments"]),
            duration=len(samples) / MODEL_RATE,
            took=time.perf_counter() - began,
        )

    def open_stream(self, options: Options, cancel: CancelToken) -> WhisperStream:
        return WhisperStream(self, options, cancel)

    def words_of(self, samples: NDArray[np.float32], options: Options, cancel: CancelToken) -> list[Word]:
        """One live pass: the words of a short window, at temperature 0."""
        result = self._run(samples, options, ignore_progress, cancel, temperature=0.0)
        return [word for segment in result["segments"] for word in _segment(segment).words]

    def _run(
        self,
        samples: NDArray[np.float32],
        options: Options,
        on_progress: OnProgress,
        cancel: CancelToken,
        **settings: Any,
    ) -> dict[str, Any]:
        self._cancel = cancel
        cancel.check()
        check_language(options.language)
        if not len(samples):
            return {"language": options.language or "en", "segments": []}
        with _progress_to(on_progress, len(samples) / MODEL_RATE):
            result: dict[str, Any] = whisper.transcribe(
                self._model,
                samples,
                language=options.language if self._model.is_multilingual else "en",
                word_timestamps=True,
                condition_on_previous_text=False,
                fp16=False,
                verbose=False,
                **settings,
            )
        return result


class WhisperStream:
    """Live text by passes over a window that begins after the last settled words."""

    def __init__(self, engine: WhisperEngine, options: Options, cancel: CancelToken) -> None:
        self._engine = engine
        self._options = options
        self._cancel = cancel
        self._agreement = LocalAgreement()
        self._window = np.zeros(0, np.float32)
        self._window_start = 0  # absolute sample index of the window's first sample
        self._fresh = 0
        self._words: tuple[Word, ...] = ()

    def push(self, samples: NDArray[np.float32]) -> LiveText:
        self._window = np.concatenate([self._window, samples])
        self._fresh += len(samples)
        if self._fresh >= LIVE_STEP_SECONDS * MODEL_RATE:
            self._fresh = 0
            self._words = self._agreement.update(self._pass())
            self._trim()
        return LiveText(self._words, self._heard)

    def finish(self) -> LiveText:
        return LiveText(self._agreement.settle(self._pass() if self._fresh else self._hypothesis()), self._heard)

    @property
    def _heard(self) -> float:
        return (self._window_start + len(self._window)) / MODEL_RATE

    def _hypothesis(self) -> Sequence[Word]:
        return [word for word in self._words if not word.settled]

    def _pass(self) -> list[Word]:
        offset = self._window_start / MODEL_RATE
        words = self._engine.words_of(self._window, self._options, self._cancel)
        return [
            Word(word.text, word.start + offset, word.end + offset, word.probability, settled=False) for word in words
        ]

    def _trim(self) -> None:
        """Drop sound whose words are settled, or that is older than a window may be."""
        keep_from = self._heard - LIVE_WINDOW_SECONDS
        if len(self._window) > LIVE_WINDOW_SECONDS / 2 * MODEL_RATE:
            # Cut where a word begins, and with some words before the new ones: half a word is taken for another one.
            settled = self._agreement.settled[-CONTEXT_WORDS:]
            keep_from = max(keep_from, settled[0].start if settled else 0.0)
        drop = round(keep_from * MODEL_RATE) - self._window_start
        if drop > 0:
            self._window = self._window[drop:]
            self._window_start += drop


def check_language(code: str | None) -> None:
    """Raises LabBenchError where Whisper has no such language."""
    known = whisper.tokenizer.LANGUAGES
    if code is not None and code.lower() not in {**known, **whisper.tokenizer.TO_LANGUAGE_CODE}:
        raise LabBenchError(f"Whisper knows no language {code!r}.", "Use a code such as en, de or zh.")


def load_checkpoint(path: Path) -> Any:
    """A checkpoint in openai-whisper's own format, never unpickling anything but tensors and plain values.

    Raises LabBenchError or FormatError with what is wrong with the file.
    """
    foreign = FormatError(
        f"{path.name} is not a Whisper checkpoint.",
        "Choose a .pt file from openai-whisper; weights in other formats do not fit.",
    )
    try:
        checkpoint = torch.load(path, map_location="cpu", weights_only=True)
        model = whisper.Whisper(_dimensions(checkpoint["dims"]))
        model.load_state_dict(checkpoint["model_state_dict"])
    except FileNotFoundError:
        raise LabBenchError(f"There is no file {path}.", "Check the name and the folder.") from None
    except OSError as error:
        raise LabBenchError(f"{path} can't be read: {error.strerror or error}.", "Check its permissions.") from error
    except Exception as error:  # bytes that mean nothing make the unpickler raise anything
        raise foreign from error
    name = path.stem
    if name in whisper._ALIGNMENT_HEADS:  # which attention heads follow the sound, known for official weights only
        model.set_alignment_heads(whisper._ALIGNMENT_HEADS[name])
    return model.float().eval()


def _dimensions(raw: Any) -> Any:
    """The model's dimensions, refused where no Whisper has such: a file must not make us allocate without bound."""
    dimensions = whisper.ModelDimensions(**raw)
    sizes = vars(dimensions).values()
    if not all(isinstance(size, int) and 0 < size <= 60_000 for size in sizes):
        raise ValueError("dimensions out of range")
    if dimensions.n_audio_ctx != 1500 or max(dimensions.n_audio_state, dimensions.n_text_state) > 2048:
        raise ValueError("not Whisper's dimensions")
    if max(dimensions.n_audio_layer, dimensions.n_text_layer) > 64:
        raise ValueError("not Whisper's dimensions")
    return dimensions


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _segment(raw: dict[str, Any]) -> Segment:
    words = tuple(
        Word(word["word"].strip(), float(word["start"]), float(word["end"]), float(word["probability"]))
        for word in raw.get("words", ())
    )
    return Segment(
        text=str(raw["text"]),
        start=float(raw["start"]),
        end=float(raw["end"]),
        words=words,
        no_speech_probability=float(raw["no_speech_prob"]),
        average_log_probability=float(raw["avg_logprob"]),
        compression_ratio=float(raw["compression_ratio"]),
    )


class _progress_to:  # noqa: N801 - reads as a verb at its one place of use
    """While entered, whisper's own progress bar reports to `on_progress` instead of the terminal."""

    def __init__(self, on_progress: OnProgress, total: float) -> None:
        self._module: Any = sys.modules["whisper.transcribe"]
        self._on_progress = on_progress
        self._total = total

    def __enter__(self) -> None:
        report, total = self._on_progress, self._total

        class Bar:
            """Takes the place of tqdm; whisper counts in frames of 10 ms."""

            def __init__(self, **_: Any) -> None:
                self.done = 0.0

            def __enter__(self) -> Bar:
                return self

            def __exit__(self, *_: object) -> None:
                pass

            def update(self, frames: float) -> None:
                self.done += frames * 0.01
                report(Progress(min(float(self.done), total), total, "s"))

        class Bars:
            tqdm = Bar

        self._saved = self._module.tqdm
        self._module.tqdm = Bars

    def __exit__(self, *_: object) -> None:
        self._module.tqdm = self._saved
