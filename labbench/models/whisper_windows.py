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

import torch
from whisper.audio import N_FRAMES, pad_or_trim
from whisper.decoding import DecodingOptions, DecodingResult
from whisper.timing import add_word_timestamps

from labbench.models.whisper_inventions import Heard, Raw, end_of, frame_of, seconds_of, sift
from labbench.transcript.engine import Options
from labbench.transcript.types import Doubt

FRAMES_PER_TOKEN = 2
"""Time tokens count in 20 ms, frames are 10 ms."""
SECONDS_PER_TOKEN = 0.02
ENGLISH = "en"
"""A checkpoint for English alone has no token for it."""
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
    """Where to begin: a frame, and the tokens (with their temperature) of the segments before it."""

    seek: int = 0
    said: Sequence[tuple[Sequence[int], float]] = ()
    last_speech: float = 0.0


class Windows:
    """Iterates over the windows of one sound. `mel` is of shape [bands, frames + 3000]; the last 3000 are padding."""

    def __init__(self, model: Any, tokenizer: Any, mel: torch.Tensor, options: Options, start: Start) -> None:
        self._model = model
        self._tokenizer = tokenizer
        self._mel = mel
        self._options = options
        self._frames = mel.shape[-1] - N_FRAMES
        self._start = start
        self._last_speech = start.last_speech
        self._half = torch.float16 if model.device.type == "cuda" else torch.float32
        self._first_prompt = tokenizer.encode(" " + options.initial_prompt.strip()) if options.initial_prompt else []
        self._room = model.dims.n_text_ctx // 2 - 1 - len(self._first_prompt)
        self._said: list[int] = list(self._first_prompt)
        self._forgotten = 0
        for tokens, temperature in start.said:
            self._remember(tokens, temperature)

    @property
    def clips(self) -> list[tuple[int, int]]:
        """First and last frame of what is transcribed."""
        points = [frame_of(seconds) for seconds in self._options.clips] or [0]
        points += [self._frames] if len(points) % 2 else []
        return list(zip(points[::2], points[1::2], strict=True))

    def first(self) -> torch.Tensor | None:
        """What the first pass will hear: shape [bands, 3000]; None where there is nothing."""
        for begin, end in self.clips:
            seek = max(begin, self._start.seek)
            if seek < end and seek < self._frames:
                return self._piece(seek, end)[0]
        return None

    def __iter__(self) -> Iterator[Window]:
        for begin, end in self.clips:
            seek = max(begin, self._start.seek)
            while seek < end and seek < self._frames:
                window = self._window(seek, end)
                seek = window.seek
                yield window

    def _piece(self, seek: int, end: int) -> tuple[torch.Tensor, int]:
        size = min(N_FRAMES, self._frames - seek, end - seek)
        piece = pad_or_trim(self._mel[:, seek : seek + size], N_FRAMES)
        return piece.to(self._model.device).to(self._half), size

    def _window(self, seek: int, end: int) -> Window:
        piece, size = self._piece(seek, end)
        result = self._decode(piece)
        segments, following, complete = self._cut(result, seek, size)
        if self._is_silent(result):
            return Window((), [("silence", segment) for segment in segments], seek + size)
        kept: int | None = len(segments)
        if self._options.word_times:
            self._time_words(segments, piece, size)
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
        self._remember([token for segment in segments for token in segment["tokens"]], result.temperature)
        return Window(segments, dropped, following)

    # Decoding -----------------------------------------------------------------------------------------------------

    def _decode(self, piece: torch.Tensor) -> DecodingResult:
        """At the first temperature whose result looks right, or at the last."""
        for temperature in self._options.temperatures:
            result: DecodingResult = self._model.decode(piece, self._decoding(temperature))
            if self._is_right(result):
                break
        return result

    def _decoding(self, temperature: float) -> DecodingOptions:
        options, greedy = self._options, temperature == 0
        return DecodingOptions(
            task=options.task,
            language=self._tokenizer.language or ENGLISH,
            temperature=temperature,
            sample_len=options.most_tokens,
            best_of=None if greedy else options.best_of,
            beam_size=options.beam_size if greedy else None,
            patience=options.patience if greedy else None,
            length_penalty=options.length_penalty,
            prompt=self._prompt(),
            suppress_tokens=options.suppress_tokens,
            fp16=self._half == torch.float16,
        )

    def _is_right(self, result: DecodingResult) -> bool:
        options = self._options
        repeats, unlikely = is_loop(result.compression_ratio, options), self._is_unlikely(result)
        silent = options.no_speech_threshold is not None and result.no_speech_prob > options.no_speech_threshold
        return (silent and unlikely) or not (repeats or unlikely)

    def _is_unlikely(self, result: DecodingResult) -> bool:
        least = self._options.log_probability_threshold
        return least is not None and bool(result.avg_logprob < least)

    def _is_silent(self, result: DecodingResult) -> bool:
        """The gate: taken for silence, unless the text is likely all the same."""
        most, least = self._options.no_speech_threshold, self._options.log_probability_threshold
        likely = least is not None and result.avg_logprob > least
        return most is not None and result.no_speech_prob > most and not likely

    # Prompt -------------------------------------------------------------------------------------------------------

    def _prompt(self) -> list[int]:
        if not self._options.carry_initial_prompt:
            return self._said[self._forgotten :]
        later = self._said[max(len(self._first_prompt), self._forgotten) :]
        return self._first_prompt + later[-self._room :]

    def _remember(self, tokens: Sequence[int], temperature: float) -> None:
        self._said += tokens
        if not self._options.condition_on_previous_text or temperature > FORGET_ABOVE:
            self._forgotten = len(self._said)

    # Segments -----------------------------------------------------------------------------------------------------

    def _cut(self, result: DecodingResult, seek: int, size: int) -> tuple[list[Raw], int, bool]:
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

    def _segment(self, seek: int, start: float, end: float, tokens: Sequence[int], result: DecodingResult) -> Raw:
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

    def _time_words(self, segments: list[Raw], piece: torch.Tensor, size: int) -> None:
        add_word_timestamps(
            segments=segments,
            model=self._model,
            tokenizer=self._tokenizer,
            mel=piece,
            num_frames=size,
            prepend_punctuations=self._options.prepend_punctuation,
            append_punctuations=self._options.append_punctuation,
            last_speech_timestamp=self._last_speech,
        )


def is_loop(compression_ratio: float, options: Options) -> bool:
    """Whether a text is so repetitive that it is doubted."""
    most = options.compression_ratio_threshold
    return most is not None and compression_ratio > most
