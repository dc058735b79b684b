"""What tests remember of wake words is what would be made anew."""

from __future__ import annotations

import numpy as np
import pytest

from labbench.live.listener import WordKit
from labbench.testing.remembering import RememberingKit
from labbench.wakeword.takes import Verdict
from labbench.wakeword.words import Take


def test_a_take_is_made_once_of_the_same_sound_and_span(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def take(kit: WordKit, label: str, samples: np.ndarray, span: object = None, room: object = None) -> Take:
        made.append(label)
        return Take(label, samples, 0, len(samples), Verdict.GOOD)

    monkeypatch.setattr(WordKit, "take", take)
    kit = RememberingKit(None, None, np.zeros(0, np.float32))  # type: ignore[arg-type]
    sound, other = np.ones(9, np.float32), np.zeros(9, np.float32)
    first, again = kit.take("a", sound), kit.take("b", sound.copy())
    assert made == ["a"] and (again.label, again.stop, again.verdict) == ("b", 9, first.verdict)
    assert again.samples is not first.samples
    for changed in ({"samples": other}, {"samples": sound, "span": (1, 5)}, {"samples": sound, "room": object()}):
        kit.take("c", **changed)  # type: ignore[arg-type]
    assert made == ["a", "c", "c", "c"]
