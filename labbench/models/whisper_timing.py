"""When each word of a text was said, from how the decoder attends to the sound.

The way is openai-whisper's (`whisper.timing`, with its own rules for words and punctuation): the text is read once
more, some attention heads are known to follow the sound, and the cheapest path through their attention says when each
token was said. Only for the host process: it imports torch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from labbench.models.whisper_inventions import Raw
from labbench.models.whisper_network import Network, Sound
from labbench.models.whisper_package import WordTiming, add_word_timestamps, median_filter, timing
from labbench.models.word_alignment import align

_MEDIAN = 7
_PER_SECOND = 50
"""Positions of the encoder."""
_ORIGINAL = timing.find_alignment


@dataclass(frozen=True)
class Aligner:
    """Times the words of texts."""

    network: Network
    tokenizer: Any

    def add_times(
        self, segments: list[Raw], sound: Sound, frames: int, last_speech: float, prepend: str, append: str
    ) -> None:
        """Add `words` to each segment, in place, and draw the segments' times to them.

        `frames` (10 ms) of the stretch are sound, the rest is padding; `last_speech` is when the last word before it
        ended, in seconds.
        """
        install()
        add_word_timestamps(
            segments=segments,
            model=_Reader(self, sound),
            tokenizer=self.tokenizer,
            mel=None,
            num_frames=frames,
            prepend_punctuations=prepend,
            append_punctuations=append,
            last_speech_timestamp=last_speech,
        )

    def words(self, tokens: Sequence[int], sound: Sound, frames: int) -> list[WordTiming]:
        """The words of `tokens` (text alone) with times in seconds from the stretch's begin."""
        if not tokens:
            return []
        tokenizer, network = self.tokenizer, self.network
        before = [*tokenizer.sot_sequence, tokenizer.no_timestamps]
        said = [*before, *tokens, tokenizer.eot]
        hidden, attention = network.hidden(said, 0, sound, network.cache(), watched=network.heads)
        probabilities = self._probabilities(tokens, hidden[len(before) - 1 : len(before) - 1 + len(tokens)])
        weights = torch.stack(attention)[:, :, : frames // 2].float().softmax(dim=-1)
        deviation, mean = torch.std_mean(weights, dim=-2, keepdim=True, unbiased=False)
        # One head after the other: the filter takes 80 times the memory of what it filters.
        smooth = torch.stack([median_filter(one, _MEDIAN) for one in (weights - mean) / deviation])
        matrix = smooth.mean(dim=0)[len(before) - 1 : -1]
        rows, columns = align(-matrix.double().cpu().numpy())
        words, of_words = tokenizer.split_to_word_tokens([*tokens, tokenizer.eot])
        if len(of_words) <= 1:
            return []
        bounds = np.concatenate([[0], np.cumsum([len(one) for one in of_words[:-1]])])
        jumps = np.concatenate([[True], np.diff(rows) > 0])
        times = columns[jumps] / _PER_SECOND
        return [
            WordTiming(word, its, float(times[first]), float(times[last]), float(np.mean(probabilities[first:last])))
            for word, its, first, last in zip(words, of_words, bounds[:-1], bounds[1:], strict=False)
        ]

    def _probabilities(self, tokens: Sequence[int], hidden: torch.Tensor) -> list[float]:
        """Of each token among all that are text."""
        probabilities = self.network.logits(hidden)[:, : self.tokenizer.eot].softmax(dim=-1)
        found: list[float] = probabilities[range(len(tokens)), list(tokens)].tolist()
        return found


@dataclass(frozen=True)
class _Reader:
    """Stands where openai-whisper passes its model on."""

    aligner: Aligner
    sound: Sound


def install() -> None:
    """Let openai-whisper's rules for words ask an `Aligner` where one stands for the model."""
    timing.find_alignment = _find_alignment


def _find_alignment(model: Any, *rest: Any) -> list[WordTiming]:
    if isinstance(model, _Reader):
        _tokenizer, tokens, _mel, frames = rest
        return model.aligner.words(tokens, model.sound, frames)
    found: list[WordTiming] = _ORIGINAL(model, *rest)
    return found
