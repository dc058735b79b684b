"""Two ways of hearing against each other: figures by hand, and how sure a difference is."""

import numpy as np
import pytest

from labbench.wakeword.contest import Certainty, Standing, judged
from labbench.wakeword.material import Material
from labbench.wakeword.rates import equal_error_rate

NONE = np.zeros(0)


def material(word, takes, speech):
    return Material(word, np.array(takes, float), NONE, NONE, np.array(speech, float))


def test_figures_are_of_all_words_that_could_be_measured():
    alone = material("alone", [], [0.2, 0.3])
    one, other = material("one", [0.4, 0.6], [0.9, 1.1]), material("other", [0.8], [0.7, 1.0, 1.3])
    found = Standing((one, alone, other))
    assert found.takes.tolist() == [0.4, 0.6, 0.8] and found.speech.tolist() == [0.9, 1.1, 0.7, 1.0, 1.3]
    assert found.equal_errors == equal_error_rate(found.takes, found.speech) > 0
    spread = np.std([0.7, 1.0, 1.3])
    assert found.margins == pytest.approx([6.0, 4.0, 0.2 / spread])
    assert found.apart == pytest.approx(found.margins.mean()) and found.farthest == pytest.approx(0.2 / spread)


def test_without_takes_nothing_is_known():
    found = Standing((material("alone", [], [0.2, 0.3]),))
    assert found.equal_errors is None and found.apart is None and found.farthest is None
    assert judged(found.margins, found.margins).takes == 0


@pytest.mark.parametrize(
    ("one", "other", "certainty"),
    [
        ([5.0, 6.0, 5.5, 6.5], [3.0, 4.1, 3.4, 4.6], Certainty.CLEAR),
        ([3.0, 4.1, 3.4, 4.6], [5.0, 6.0, 5.5, 6.5], Certainty.CLEAR),
        ([5.0, 6.0, 5.5, 6.5], [4.9, 6.2, 5.4, 6.4], Certainty.NONE),
        ([5.0, 6.0, 5.5, 6.5], [3.0, 6.2, 5.4, 4.4], Certainty.LIKELY),
        ([9.0], [1.0], Certainty.NONE),
        ([5.0, 6.0, 5.5], [1.0, 1.5, 2.0, 1.2], Certainty.CLEAR),
    ],
)
def test_how_sure_a_difference_is_depends_on_how_it_scatters_and_on_the_number_of_takes(one, other, certainty):
    found = judged(one, other)
    assert found.certainty is certainty and found.takes == min(len(one), len(other))
    assert found.difference == pytest.approx(np.mean(one) - np.mean(other))


def test_takes_without_any_difference_show_none():
    assert judged([1.0, 2.0], [1.0, 2.0]).certainty is Certainty.NONE
