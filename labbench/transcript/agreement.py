"""Settling live text: a word is settled once two passes over the growing sound agree on it.

The idea is LocalAgreement-2 (Liu, Spanakis, Niehues, Low-Latency Sequence-to-Sequence Speech Recognition and
Translation by Partial Hypothesis Selection, Interspeech 2020): the longest common prefix of two hypotheses in a row
is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from labbench.transcript.types import Word

_AROUND = ".,;:!?…\"'()[]-" + "。、，．！？：；「」『』（）・" + "،؛؟۔"


def plain(text: str) -> str:
    """A word as two passes are compared by: without case and punctuation at its ends."""
    return text.strip().strip(_AROUND).casefold()


class LocalAgreement:
    """Feeds on whole hypotheses, each for the sound since `settled_until`."""

    def __init__(self) -> None:
        self.settled: tuple[Word, ...] = ()
        self._previous: tuple[Word, ...] = ()

    @property
    def settled_until(self) -> float:
        """End of the last settled word in seconds; 0.0 before the first."""
        return self.settled[-1].end if self.settled else 0.0

    def update(self, hypothesis: Sequence[Word]) -> tuple[Word, ...]:
        """Take the newest hypothesis; all words, settled ones first.

        Words that begin before the last settled one ended are echoes of it and are left out.
        """
        fresh = [word for word in hypothesis if (word.start + word.end) / 2 > self.settled_until]
        agreed = 0
        for old, new in zip(self._previous, fresh, strict=False):
            if plain(old.text) != plain(new.text):
                break
            agreed += 1
        self.settled += tuple(replace(word, settled=True) for word in fresh[:agreed])
        self._previous = tuple(replace(word, settled=False) for word in fresh[agreed:])
        return self.settled + self._previous

    def settle_before(self, seconds: float) -> None:
        """Words of the last hypothesis that begin before that time settle as they are: their sound is let go."""
        count = sum(1 for word in self._previous if word.start < seconds)
        self.settled += tuple(replace(word, settled=True) for word in self._previous[:count])
        self._previous = self._previous[count:]

    @property
    def words(self) -> tuple[Word, ...]:
        """All of them, settled ones first."""
        return self.settled + self._previous

    def settle(self, hypothesis: Sequence[Word]) -> tuple[Word, ...]:
        """The last hypothesis: nothing more will come, so all of it settles."""
        words = self.update(hypothesis)
        self.settled = tuple(replace(word, settled=True) for word in words)
        self._previous = ()
        return self.settled
