"""What is forced on a word although it is not the word: false accepts would rise, so it is taken back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from labbench.audio.files import read_clip
from labbench.core.paths import assets
from labbench.live.equipment import load_word_kit
from labbench.wakeword import learning
from labbench.wakeword.learning import Refusal, learn
from labbench.wakeword.words import TaughtWord

CLIPS = assets() / "clips"


@pytest.fixture(scope="module")
def kit(moonshine):
    return load_word_kit()


@pytest.fixture(scope="module")
def word(kit):
    sounds = [read_clip(CLIPS / "takes" / f"computer_{number}.flac").for_models() for number in (1, 2, 3, 4)]
    return TaughtWord("computer", tuple(kit.take(str(number), one) for number, one in enumerate(sounds)))


def speech(kit, start_s):
    """A stretch of ordinary speech as long as a word."""
    samples = read_clip(CLIPS / "babble.flac").for_models()[round(start_s * 16_000) :][: 2 * 16_000]
    return kit.take("speech", samples, (8_000, 20_000))


def test_wrong_labels_are_rolled_back(kit, word):
    jarvis = [read_clip(CLIPS / "takes" / f"jarvis_{number}.flac").for_models() for number in (1, 2, 3, 4)]
    wrong = [kit.take("wrong", one) for one in jarvis] + [speech(kit, at) for at in (2.5, 5.0, 9.0)]
    assert all(take.used for take in wrong)
    for take in wrong:
        found = learn(word, take, forced=True)
        assert found.refusal is Refusal.ALARMS and found.word is word and found.after > 2 * found.before


def test_the_word_itself_resembles_no_ordinary_speech(kit, word, monkeypatch):
    for number in (5, 6):
        take = kit.take("right", read_clip(CLIPS / "takes" / f"computer_{number}.flac").for_models())
        found = learn(word, take, forced=True)
        with monkeypatch.context() as alone:
            alone.setattr(learning, "TAKEN_WITH_IT", 0.0)
            assert found.after == pytest.approx(learn(word, take, forced=True).after)


def test_what_was_said_again_may_be_far(kit, word):
    """Where it is lost in noise, the repetition stands for it."""
    take = kit.take("right", read_clip(CLIPS / "takes" / "computer_5.flac").for_models())
    far = replace(word, takes=(kit.take("", read_clip(CLIPS / "takes" / "computer_1.flac").for_models()),))
    alone, repeated = learn(far, take, forced=True), learn(far, take, again=take.templates[0].frames, forced=True)
    assert repeated.after < alone.after
