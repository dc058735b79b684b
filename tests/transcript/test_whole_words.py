"""Words in scripts without spaces are whole characters, and none is empty."""

import pytest

from labbench.transcript.characters import belongs_to
from labbench.transcript.types import Word, join
from labbench.transcript.whole_words import whole_words


def words(*texts: str) -> list[Word]:
    return [
        Word(text.strip(), number * 0.5, number * 0.5 + 0.5, 0.9 - number / 10, glued=not text.startswith(" "))
        for number, text in enumerate(texts)
    ]


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        ((" ส", "ำ", "ส", "ั", "ด"), ["สำ", "สั", "ด"]),
        ((" เ", "ด", "็", "ก"), ["เด็", "ก"]),
        ((" キ", "ョ", "ウ"), ["キョ", "ウ"]),
        ((" 你", "好", "。"), ["你", "好。"]),
        ((" 第", "4", "章"), ["第", "4", "章"]),
        ((" it", "'s", " 4,", "4"), ["it", "'s", "4,", "4"]),
        ((" ย", " ", "ส", "ำ"), ["ย", "สำ"]),
        ((" ", " a"), ["a"]),
        ((), []),
    ],
)
def test_marks_stand_with_their_letters(pieces: tuple[str, ...], expected: list[str]) -> None:
    given = words(*pieces)
    found = whole_words(given)
    assert [word.text for word in found] == expected
    assert join(found) == "".join(pieces).strip()


def test_times_and_probability_are_those_of_all_parts() -> None:
    (found, after) = whole_words(words(" ส", "ำ", " ส"))
    assert (found.start, found.end, found.probability) == (0.0, 1.0, pytest.approx(0.8))
    assert after.start == 1.0 and not after.glued


def test_what_belongs_together() -> None:
    assert belongs_to("ส", "ำ") and belongs_to("キ", "ョウ")
    assert not belongs_to("ส", "ด") and not belongs_to("a", "b") and not belongs_to("", "ส") and not belongs_to("ส", "")
