"""One pass over the newest seconds of running sound. Only for the host process: it imports torch."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from labbench.models.token_caps import token_cap
from labbench.models.whisper_encodings import Encodings
from labbench.models.whisper_inventions import Raw
from labbench.models.whisper_network import Network, Sound
from labbench.models.whisper_search import Decoder, Found, Search
from labbench.models.whisper_sound import log_mel
from labbench.models.whisper_timing import Aligner
from labbench.models.whisper_windows import is_loop, word_of
from labbench.transcript.engine import Options
from labbench.transcript.types import Word, join
from labbench.transcript.whole_words import whole_words

LIVE_PADDING_FRAMES = 150
"""Silence behind the newest sound: a window of Whisper's own 30 s would take several times as long."""
AGAIN_PADDING_FRAMES = 600
"""With so much of it, no text ran into a loop; with two seconds, one in 24 did."""
MIN_AGAIN_FRAMES = 300
"""Where the text can't be right, a window that is at least so long is heard again with more silence; of a shorter one,
half a second more will tell."""
_FRAMES_PER_SECOND = 100
_LEAST_PROBABILITY = 1e-6


@dataclass(frozen=True)
class _Drafted:
    """What the last pass wrote, over the window that began at `start` (seconds)."""

    start: float = -1.0
    tokens: Sequence[int] = ()
    words: Sequence[Word] = ()


@dataclass
class LivePass:
    """Reads a window that grows and moves on: greedily, in a window of the sound's length, with what the last pass
    wrote as a draft.

    The text is that of a greedy search without a draft: the decoder checks all of the draft at once and goes on where
    it would have written something else (speculative decoding, Leviathan et al. 2023, the draft being the past).
    """

    network: Network
    tokenizer_of: Callable[[str], Any]
    options: Options
    languages: Sequence[str]
    """Those that the checkpoint knows; one alone is not asked for."""
    _drafted: _Drafted = field(default_factory=_Drafted)
    _heard_languages: dict[str, float] = field(default_factory=dict)

    def __call__(self, samples: NDArray[np.float32], start: float) -> list[Word]:
        """The words of a window (16 kHz) that begins at `start`; all times are in seconds of the running sound."""
        mel = log_mel(samples, self.network.dims.n_mels)
        encodings = Encodings(self.network, mel, LIVE_PADDING_FRAMES if self.options.precision == "fast" else None)
        size = encodings.frames
        if size <= 0:
            return []
        sound = encodings.sound(0, size)
        with _one_thread():
            return self._read(mel, sound, size, start)

    def _read(self, mel: torch.Tensor, sound: Sound, size: int, start: float) -> list[Word]:
        tokenizer = self.tokenizer_of(self._language(sound))
        found = self._find(tokenizer, sound, size, start)
        if self._is_wrong(found) and size >= MIN_AGAIN_FRAMES:
            sound = Encodings(self.network, mel, AGAIN_PADDING_FRAMES).sound(0, size)
            found = self._find(tokenizer, sound, size, start)
        if self._is_wrong(found):
            return list(self._drafted.words) if self._drafted.start == start else []
        if self._is_silent(found):
            self._drafted = _Drafted()
            return []
        words = self._words(tokenizer, found, sound, size, start)
        self._drafted = _Drafted(start, found.tokens, words)
        return words

    def _language(self, sound: Sound) -> str:
        """The likeliest one by all passes so far, so that it does not flicker."""
        if len(self.languages) == 1:
            return self.languages[0]
        decoder = Decoder(self.network, self.tokenizer_of("en"))
        for code, probability in decoder.language(sound).items():
            if code in self.languages:
                before = self._heard_languages.get(code, 0.0)
                self._heard_languages[code] = before + math.log(max(probability, _LEAST_PROBABILITY))
        return max(self._heard_languages, key=lambda code: self._heard_languages[code])

    def _find(self, tokenizer: Any, sound: Sound, size: int, start: float) -> Found:
        prompt = tokenizer.encode(" " + self.options.initial_prompt.strip()) if self.options.initial_prompt else []
        search = Search(
            prompt=prompt,
            max_tokens=token_cap(size / _FRAMES_PER_SECOND, tokenizer.language, live=True),
            loop_ratio=self.options.compression_ratio_threshold,
            suppress=self.options.suppress_tokens,
            draft=self._draft(tokenizer, start),
        )
        return Decoder(self.network, tokenizer).find(sound, search)

    def _draft(self, tokenizer: Any, start: float) -> list[int]:
        zero = tokenizer.timestamp_begin
        drafted = self._drafted
        if drafted.start == start:
            tokens = list(drafted.tokens)
            while tokens and tokens[-1] >= zero:
                tokens.pop()
            return tokens
        kept = [word for word in drafted.words if word.start >= start]
        return [zero, *tokenizer.encode(f" {join(kept)}")] if kept else []

    def _is_wrong(self, found: Found) -> bool:
        return is_loop(found.compression_ratio, self.options) or found.capped

    def _is_silent(self, found: Found) -> bool:
        threshold, likely = self.options.no_speech_threshold, self.options.log_probability_threshold
        unlikely = likely is None or found.avg_logprob < likely
        return threshold is not None and found.no_speech_prob > threshold and unlikely

    def _words(self, tokenizer: Any, found: Found, sound: Sound, size: int, start: float) -> list[Word]:
        segment: Raw = {
            "seek": 0,
            "start": 0.0,
            "end": size / _FRAMES_PER_SECOND,
            "text": found.text,
            "tokens": [token for token in found.tokens if token < tokenizer.eot],
        }
        aligner = Aligner(self.network, tokenizer)
        options = self.options
        aligner.add_times([segment], sound, size, 0.0, options.prepend_punctuation, options.append_punctuation)
        words: list[Raw] = segment["words"]
        return list(whole_words(word_of(word, start) for word in words))


@contextmanager
def _one_thread() -> Iterator[None]:
    """While entered, torch works on one thread: beside other work, many small steps wait for each other longer than two
    threads save."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
