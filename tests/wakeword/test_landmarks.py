"""Takes as landmarks: the distance to one is what detection has of a word that was taught with it alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from labbench.audio.files import read_clip
from labbench.core import paths
from labbench.core.progress import Cancelled, CancelToken
from labbench.live.embedding_host_main import load_kit
from labbench.live.listener import WordKit
from labbench.models.embedders import EmbedderSpec
from labbench.wakeword.landmarks import LandmarkBank, landmarks_of, mutual
from labbench.wakeword.references import Bank
from labbench.wakeword.scoring import SCORINGS
from labbench.wakeword.spotter import Spotter, window_before
from labbench.wakeword.words import TaughtWord, model_of, with_take

TAKES = paths.assets() / "clips" / "takes"


@pytest.fixture(scope="module")
def kit() -> WordKit:
    return load_kit(EmbedderSpec("mfcc"))


@pytest.fixture(scope="module")
def words(kit: WordKit) -> list[TaughtWord]:
    taught = []
    for name in ("computer", "jarvis"):
        word = TaughtWord(name)
        for path in sorted(TAKES.glob(f"{name}_*.flac"))[:3]:
            word = with_take(word, kit.take(path.stem, read_clip(path).for_models()))
        taught.append(word)
    (against,) = [take for take in taught[1].takes if take.label.endswith("_3")][:1] or [taught[1].takes[-1]]
    taught[0] = replace(taught[0], against=(against,))
    return taught


def test_order_is_takes_then_what_is_not_the_word(kit: WordKit, words: list[TaughtWord]) -> None:
    found = landmarks_of(words)
    assert [(one.word, one.number, one.against) for one in found] == [
        *(("computer", number, False) for number in range(3)),
        *(("jarvis", number, False) for number in range(3)),
        ("computer", 0, True),
    ]
    without = replace(words[0].takes[1], excluded=True)
    fewer = replace(words[0], takes=(words[0].takes[0], without, words[0].takes[2]))
    assert [one.number for one in landmarks_of([fewer]) if not one.against] == [0, 2]


@pytest.mark.parametrize("scoring", SCORINGS)
def test_the_distance_is_that_of_the_take_alone(scoring: str, kit: WordKit, words: list[TaughtWord]) -> None:
    taught = [replace(word, scoring=scoring) for word in words]
    cohort = kit.cohort.windows
    bank = LandmarkBank(landmarks_of(taught, cohort))
    window = kit.embedder.embed(window_before(taught[1].takes[0].samples, len(taught[1].takes[0].samples)))
    found = bank.distances(window)
    for place, take in enumerate(taught[0].takes):
        alone = replace(taught[0], takes=(take,), against=(), threshold_set=0.5)
        model = model_of(alone, scoring, cohort)
        assert found[place] == pytest.approx(model.distance(Bank(model.references).distances(window)), abs=1e-5)
    assert np.allclose(bank.table([window, window]), np.stack([found, found]), atol=1e-5)


def test_takes_of_a_word_lie_together(moonshine: None) -> None:
    kit, words = load_kit(EmbedderSpec()), []
    for name in ("computer", "jarvis"):
        word = TaughtWord(name)
        for path in sorted(TAKES.glob(f"{name}_*.flac"))[:3]:
            word = with_take(word, kit.take(path.stem, read_clip(path).for_models()))
        words.append(word)
    landmarks = landmarks_of(words)
    between = mutual(LandmarkBank(landmarks).table([one.frames for one in landmarks]))
    assert np.array_equal(between, between.T) and not np.diag(between).any()
    assert max(between[:3, :3].max(), between[3:, 3:].max()) < between[:3, 3:].min()


def test_frames_bring_their_landmarks_only_while_watched(kit: WordKit, words: list[TaughtWord]) -> None:
    bank = LandmarkBank(landmarks_of(words))
    spotter = Spotter(kit.embedder, [model_of(word) for word in words])
    window = window_before(words[0].takes[0].samples, len(words[0].takes[0].samples))
    plain, _ = spotter.feed(window, len(window))
    spotter.watch(7, bank, frames=True)
    watched, _ = spotter.feed(window, len(window))
    assert plain.watched is None and watched.distances == plain.distances
    assert watched.watched is not None and watched.watched.number == 7
    frames = kit.embedder.embed(window)
    assert watched.watched.frames is not None and np.array_equal(watched.watched.frames, frames)
    assert np.array_equal(watched.watched.distances, bank.distances(frames))
    spotter.watch(8, LandmarkBank(()), frames=False)
    assert spotter.feed(window, len(window))[0].watched is None


def test_a_table_can_be_cancelled(kit: WordKit, words: list[TaughtWord]) -> None:
    landmarks = landmarks_of(words)
    cancel = CancelToken()
    told = []
    with pytest.raises(Cancelled):
        LandmarkBank(landmarks).table(
            [one.frames for one in landmarks], lambda progress: (told.append(progress), cancel.cancel()), cancel
        )
    assert len(told) == 1
