"""Errors are counted, and words find their partners."""

from __future__ import annotations

import subprocess
import sys

import pytest

from labbench.transcript.compare import aligned, error_rates, pooled
from labbench.transcript.normalise import normaliser
from labbench.transcript.types import Word


@pytest.mark.parametrize(
    ("reference", "text", "wrong", "rate"),
    [
        ("The cat sat on the mat.", "the cat sat on the mat", (0, 0, 0), 0.0),
        ("I'm twenty-five, colour me surprised", "I am 25 color me surprised", (0, 0, 0), 0.0),
        ("red green blue white", "red grey blue", (1, 1, 0), 0.5),
        ("red", "red green blue", (0, 0, 2), 2.0),
        ("red green", "", (0, 2, 0), 1.0),
    ],
)
def test_word_errors(reference: str, text: str, wrong: tuple[int, int, int], rate: float) -> None:
    found = error_rates(reference, text, "en")
    assert (found.substitutions, found.deletions, found.insertions) == wrong
    assert found.word_error_rate == pytest.approx(rate)


def test_character_errors_and_other_languages() -> None:
    assert error_rates("你好世界", "你好時界", "zh").character_error_rate == pytest.approx(
        1 / 7
    )  # letters, spaces between
    assert error_rates("Straße", "strasse", "de").word_error_rate == 1.0
    assert error_rates("Grüße!", "grüße", "de").word_error_rate == 0.0


def test_an_empty_reference_has_no_rate() -> None:
    found = error_rates(" ... ", "something", "en")
    assert (found.word_error_rate, found.character_error_rate, found.insertions) == (None, None, 1)


def test_several_texts_are_pooled_by_their_words() -> None:
    rates = [error_rates("a red and green", "a red and green", "en"), error_rates("blue", "white", "en")]
    assert pooled(rates) == pytest.approx(0.2)
    assert pooled([]) is None


def words(text: str) -> list[Word]:
    return [Word(piece, at, at + 1.0) for at, piece in enumerate(text.split())]


def test_words_find_their_partners() -> None:
    pairs = aligned(words("The cat sat, on mat"), words("the bat sat on the mat"))
    assert [(pair.change, pair.one and pair.one.text, pair.other and pair.other.text) for pair in pairs] == [
        ("same", "The", "the"),
        ("changed", "cat", "bat"),
        ("same", "sat,", "sat"),
        ("same", "on", "on"),
        ("only other", None, "the"),
        ("same", "mat", "mat"),
    ]
    assert [pair.one for pair in pairs if pair.one] == words("The cat sat, on mat")
    assert aligned([], words("a"))[0].change == "only other"


def test_normalising_loads_neither_whisper_nor_torch() -> None:
    code = (
        "import sys; from labbench.transcript.normalise import normaliser; normaliser('en')('a'); "
        "print([name for name in ('torch', 'whisper') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"
    assert normaliser("en") is normaliser("en")
