"""What a threshold is judged by: counts and curves are those of the distances."""

from dataclasses import replace

import numpy as np
import pytest

from labbench.audio.files import read_clip
from labbench.core.errors import Cancelled
from labbench.core.paths import assets
from labbench.core.progress import CancelToken
from labbench.live.equipment import load_word_kit
from labbench.wakeword.calibration import calibrate
from labbench.wakeword.counter_examples import held_back
from labbench.wakeword.detector import decide
from labbench.wakeword.material import Material, material_of
from labbench.wakeword.recount import firing_counts, stream_of
from labbench.wakeword.trade_off import deviates, expected, judged, thresholds
from labbench.wakeword.words import TaughtWord, calibration_of, leave_one_out

TAKES = assets() / "clips" / "takes"


def material(takes, speech, others=()):
    none = np.zeros(0)
    return Material("word", np.array(takes), none, np.array(others), np.array(speech))


def test_counts_and_curve():
    found = material([0.3, 0.5, 0.8], [0.7, 0.9, 1.0, 1.1], [0.6, 1.2])
    assert [found.missed(at) for at in (0.2, 0.3, 0.31, 0.8, 0.81)] == [3, 3, 2, 1, 0]
    assert [found.taken(at) for at in (0.6, 0.61, 2.0)] == [0, 1, 2]
    accepts, misses = found.counted()
    assert accepts.tolist()[:3] == [0.0, 0.0, 0.0] and accepts[-1] == 3600.0
    assert misses[0] == 1.0 and misses[-1] == 0.0 and (np.diff(misses) <= 0).all() and (np.diff(accepts) >= 0).all()
    assert (900.0, pytest.approx(1 / 3)) in list(zip(accepts.tolist(), misses.tolist(), strict=True))
    assert [len(part) for part in material([], [1.0]).counted()] == [0, 0]


def test_what_to_expect_is_what_the_calibration_says():
    calibration = calibrate(np.random.default_rng(0).normal(1.0, 0.07, 200), [0.5, 0.55, 0.62])
    accepts, misses = expected(calibration)
    values = thresholds()
    assert len(accepts) == len(misses) == len(values)
    at = calibration.at(float(values[80]))
    assert (accepts[80], misses[80]) == (at.false_accepts_per_hour, at.misses)
    assert [len(part) for part in expected(calibrate(np.linspace(0.8, 1.2, 50), [0.5]))] == [0, 0]


def test_deviates_and_judging():
    assert np.allclose(deviates(np.array([0.5, 0.975, 0.0]), 0.025), [0.0, 1.96, -1.96], atol=1e-3)
    assert [judged(*one) for one in ((0, 3), (3, 3), (5, 3), (2, 0))] == [(3, 0), (0, 0), (0, 2), (0, 2)]


def test_firings_at_every_threshold():
    random = np.random.default_rng(1)
    index, distances = np.arange(500) * 1280, random.normal(0.9, 0.2, 500)
    values = thresholds().tolist()
    asked = []
    found = firing_counts(stream_of(index, distances), values, lambda: asked.append(1))
    hops = list(zip(index.tolist(), distances.tolist(), strict=True))
    assert found.tolist() == [len(decide(value, hops)) for value in values] and len(asked) == len(values)


@pytest.fixture(scope="module")
def words():
    kit = load_word_kit()

    def word(name, numbers):
        paths = [TAKES / f"{name}_{number}.flac" for number in numbers]
        return TaughtWord(name, tuple(kit.take(path.stem, read_clip(path).for_models()) for path in paths))

    return word("computer", (1, 2, 3)), word("jarvis", (1, 2))


def test_of_real_takes(moonshine, words):
    word, other = words
    found = material_of(word, [word, other])
    assert np.allclose(found.takes, leave_one_out(word)) and len(found.noisy) == 6
    assert len(found.others) == 2
    assert found.speech.mean() == pytest.approx(calibration_of(word).background[0])
    learnt = replace(word, takes=(*word.takes[:2], replace(word.takes[2], learnt=True)))
    assert len(material_of(learnt, []).takes) == 2, "what was learnt was not recorded on purpose"


def test_a_counter_example_is_measured_without_itself(moonshine, words):
    word, other = words
    alone = material_of(word, [other]).others
    against = replace(word, against=other.takes)
    found = material_of(against, [])
    assert (found.others >= alone - 1e-6).all() and len(found.others) == 2
    one = replace(word, against=other.takes[:1])
    assert material_of(one, []).others[0] == pytest.approx(alone[0])
    speech = material_of(word, []).speech
    assert (found.speech >= speech - 1e-6).all() and found.speech.shape == speech.shape
    assert held_back(0.5, 0.4) > 0.5


def test_it_can_be_cancelled(moonshine, words):
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        material_of(words[0], [], cancel=token)
