"""Whisper's way through a long sound: 30 s at a time, each window beginning where the text of the last one ended.

The rules are those of openai-whisper's `transcribe`, whose text this gives at temperature 0 (tested). That one returns
when all is done; here each window's segments come at once, those that it would drop come with the reason, and one can
begin in the middle. Only for the host process: it imports torch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from labbench.models.token_caps import token_cap
from labbench.models.whisper_encodings import Encodings
from labbench.models.whisper_inventions import Heard, Raw, end_of, frame_of, seconds_of, sift
from labbench.models.whisper_network import Network, Sound
from labbench.models.whisper_package import N_FRAMES
from labbench.models.whisper_search import Decoder, Found, Search
from labbench.models.whisper_timing import Aligner
from labbench.transcript.engine import Options
from labbench.transcript.types import Doubt, Word

FRAMES_PER_TOKEN = 2
"""Time tokens count in 20 ms, frames are 10 ms."""
SECONDS_PER_TOKEN = 0.02
LOOPS_OF_SILENCE = 2
"""So many temperatures that loop where no speech is thought to be: the others would, too."""
FORGET_ABOVE = 0.5
"""Text found at a higher temperature is no prompt for what follows."""


@dataclass(frozen=True)
class Window:
    """What one pass found. `dropped` are segments and why they are left out; the next pass begins at frame `seek`."""

    segments: Sequence[Raw]
    dropped: Sequence[tuple[Doubt, Raw]]
    seek: int


@dataclass(frozen=True)
class Start:
    """Where to begin: a frame, and the tokens of the segments before it, each with whether they are a prompt."""

    seek: int = 0
    said: Sequence[tuple[Sequence[int], bool]] = ()
    last_speech: float = 0.0


class Windows:
    """Iterates over the windows of one sound."""

    def __init__(
        self,
        network: Network,
        tokenizer: Any,
        encodings: Encodings,
        options: Options,
        start: Start,
    ) -> None:
        self._decoder = Decoder(network, tokenizer)
        self._aligner = Aligner(network, tokenizer)
        self._tokenizer = tokenizer
        self._encodings = encodings
        self._options = options
        self._frames = encodings.frames
        self._start = start
        self._last_speech = start.last_speech
        self._first_prompt = tokenizer.encode(" " + options.initial_prompt.strip()) if options.initial_prompt else []
        self._room = network.dims.n_text_ctx // 2 - 1 - len(self._first_prompt)
        self._said: list[int] = list(self._first_prompt)
        self._forgotten = 0
        for tokens, trusted in start.said:
            self._remember(tokens, trusted=trusted)

    def __iter__(self) -> Iterator[Window]:
        for begin, end in clips(self._options, self._frames):
            seek = max(begin, self._start.seek)
            while seek < end and seek < self._frames:
                window = self._window(seek, end)
                seek = window.seek
                yield window

    def _window(self, seek: int, end: int) -> Window:
        size = min(N_FRAMES, self._frames - seek, end - seek)
        result, sound = self._decode(seek, size)
        segments, following, complete = self._cut(result, seek, size)
        if self._is_silent(result):
            return Window((), [("silence", segment) for segment in segments], seek + size)
        kept: int | None = len(segments)
        if self._options.word_times:
            self._time_words(segments, sound, size)
            if not complete and end_of(segments) > seconds_of(seek):
                following = frame_of(end_of(segments))
            if self._options.hallucination_silence_seconds is not None:
                heard = Heard(seek, size, self._frames, self._last_speech, following, complete)
                following, kept = sift(segments, heard, self._options.hallucination_silence_seconds)
        dropped: list[tuple[Doubt, Raw]] = [("hallucination", segment) for segment in segments[kept or 0 :]]
        if kept is None:  # to be heard again from a later start
            return Window((), dropped, following)
        segments = segments[:kept]
        if self._options.word_times and segments:
            self._last_speech = end_of(segments)
        for segment in segments:
            if segment["start"] == segment["end"] or not segment["text"].strip():
                segment.update(text="", tokens=[], words=[])
        trusted = is_trusted(result.temperature, result.avg_logprob, result.compression_ratio, self._options)
        self._remember([token for segment in segments for token in segment["tokens"]], trusted=trusted)
        return Window(segments, dropped, following)

    # Decoding -----------------------------------------------------------------------------------------------------

    def _decode(self, seek: int, size: int) -> tuple[Found, Sound]:
        """At the first temperature whose result looks right.

        Where none does: exactly, at the last, as openai-whisper has it; fast, the likeliest that is no loop. Fast, what
        is taken for silence and is a loop twice is given up: noise would go through all temperatures.
        """
        sound, fast = self._encodings.sound(seek, size), self._options.precision == "fast"
        results: list[Found] = []
        for temperature in self._options.temperatures:
            results.append(self._decoder.find(sound, self._search(temperature, size)))
            given_up = fast and len(results) >= LOOPS_OF_SILENCE and all(map(self._is_silent_loop, results))
            if given_up or self._is_right(results[-1]):
                return results[-1], sound
        if not fast:
            return results[-1], sound
        return max(results, key=lambda found: (not self._is_endless(found), found.avg_logprob)), sound

    def _search(self, temperature: float, size: int) -> Search:
        options, greedy = self._options, temperature == 0
        return Search(
            temperature,
            beam_size=options.beam_size if greedy else None,
            best_of=None if greedy else options.best_of,
            patience=options.patience if greedy else None,
            length_penalty=options.length_penalty,
            prompt=self._prompt(),
            max_tokens=max_tokens(options, size, self._tokenizer.language),
            suppress=options.suppress_tokens,
            loop_ratio=options.compression_ratio_threshold if options.precision == "fast" else None,
        )

    def _is_right(self, result: Found) -> bool:
        options = self._options
        unlikely = is_unlikely(result.avg_logprob, options)
        return (self._seems_silent(result) and unlikely) or not (unlikely or self._is_endless(result))

    def _seems_silent(self, result: Found) -> bool:
        most = self._options.no_speech_threshold
        return most is not None and bool(result.no_speech_prob > most)

    def _is_endless(self, result: Found) -> bool:
        """Whether a text repeats itself, or would have gone on beyond what can be said in the time."""
        options = self._options
        capped = result.capped and options.most_tokens is None and options.precision == "fast"
        return capped or is_loop(result.compression_ratio, options)

    def _is_silent_loop(self, result: Found) -> bool:
        return self._seems_silent(result) and self._is_endless(result)

    def _is_silent(self, result: Found) -> bool:
        """The gate: taken for silence, unless the text is likely all the same. Fast, no loop is likely."""
        if self._options.precision == "fast" and self._is_silent_loop(result):
            return True
        least = self._options.log_probability_threshold
        return self._seems_silent(result) and not (least is not None and result.avg_logprob > least)

    # Prompt -------------------------------------------------------------------------------------------------------

    def _prompt(self) -> list[int]:
        if not self._options.carry_initial_prompt:
            return self._said[self._forgotten :]
        later = self._said[max(len(self._first_prompt), self._forgotten) :]
        return self._first_prompt + later[-self._room :]

    def _remember(self, tokens: Sequence[int], *, trusted: bool) -> None:
        self._said += tokens
        if not self._options.condition_on_previous_text or not trusted:
            self._forgotten = len(self._said)

    # Segments -----------------------------------------------------------------------------------------------------

    def _cut(self, result: Found, seek: int, size: int) -> tuple[list[Raw], int, bool]:
        """Segments between time tokens, the frame at which the next window begins, and whether all was said.

        Two time tokens next to each other end one segment and begin the next. What follows the last pair is not
        complete and is heard again, unless a single time token closes it.
        """
        zero = self._tokenizer.timestamp_begin
        tokens = result.tokens
        is_time = [token >= zero for token in tokens]
        complete = is_time[-2:] == [False, True]
        cuts = [at for at in range(1, len(tokens)) if is_time[at - 1] and is_time[at]]
        offset = seconds_of(seek)
        if not cuts:
            times = [token for token in tokens if token >= zero]
            length = (times[-1] - zero) * SECONDS_PER_TOKEN if times and times[-1] != zero else seconds_of(size)
            return [self._segment(seek, offset, offset + length, tokens, result)], seek + size, complete
        if complete:
            cuts.append(len(tokens))
        segments = []
        for first, last in pairwise([0, *cuts]):
            part = tokens[first:last]
            begin, end = ((token - zero) * SECONDS_PER_TOKEN for token in (part[0], part[-1]))
            segments.append(self._segment(seek, offset + begin, offset + end, part, result))
        heard = size if complete else (tokens[cuts[-1] - 1] - zero) * FRAMES_PER_TOKEN
        return segments, seek + heard, complete

    def _segment(self, seek: int, start: float, end: float, tokens: Sequence[int], result: Found) -> Raw:
        return {
            "seek": seek,
            "start": start,
            "end": end,
            "text": self._tokenizer.decode([token for token in tokens if token < self._tokenizer.eot]),
            "tokens": list(tokens),
            "temperature": result.temperature,
            "avg_logprob": result.avg_logprob,
            "compression_ratio": result.compression_ratio,
            "no_speech_prob": result.no_speech_prob,
        }

    def _time_words(self, segments: list[Raw], sound: Sound, size: int) -> None:
        options = self._options
        self._aligner.add_times(
            segments, sound, size, self._last_speech, options.prepend_punctuation, options.append_punctuation
        )


def max_tokens(options: Options, size: int, language: str | None) -> int | None:
    """For a window with `size` frames of sound in a language (its code)."""
    if options.most_tokens is not None or options.precision == "exact":
        return options.most_tokens
    return token_cap(seconds_of(size), language)


def word_of(raw: Raw, offset: float = 0.0) -> Word:
    """A word in openai-whisper's shape, `offset` seconds later."""
    text = raw["word"]
    return Word(
        text=text.strip(),
        start=float(raw["start"]) + offset,
        end=float(raw["end"]) + offset,
        probability=float(raw["probability"]),
        glued=not text.startswith(" "),
    )


def clips(options: Options, frames: int) -> list[tuple[int, int]]:
    """First and last frame of what is transcribed."""
    points = [frame_of(seconds) for seconds in options.clips] or [0]
    points += [frames] if len(points) % 2 else []
    return list(zip(points[::2], points[1::2], strict=True))


def first_stretch(options: Options, frames: int, start: Start) -> tuple[int, int] | None:
    """First frame and number of frames that the first window hears; None where there is nothing."""
    for begin, end in clips(options, frames):
        seek = max(begin, start.seek)
        if seek < end and seek < frames:
            return seek, min(N_FRAMES, frames - seek, end - seek)
    return None


def is_loop(compression_ratio: float, options: Options) -> bool:
    """Whether a text is so repetitive that it is doubted."""
    most = options.compression_ratio_threshold
    return most is not None and compression_ratio > most


def is_unlikely(average_log_probability: float, options: Options) -> bool:
    """Whether a text is so improbable that it is doubted."""
    least = options.log_probability_threshold
    return least is not None and bool(average_log_probability < least)


def is_trusted(temperature: float, average_log_probability: float, compression_ratio: float, options: Options) -> bool:
    """Whether a text is a prompt for what follows.

    Fast, the one that was taken where none looked right may be that of a low temperature: it is none.
    """
    if temperature > FORGET_ABOVE:
        return False
    doubted = is_unlikely(average_log_probability, options) or is_loop(compression_ratio, options)
    return options.precision == "exact" or len(options.temperatures) == 1 or not doubted
