"""Texts without spaces: a word a character, and what is done with them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labbench.transcript.characters import characters
from labbench.transcript.compare import aligned
from labbench.transcript.types import Word, divided, join, share_out
from labbench.transcript.whole_words import whole_words

TEXTS = {
    "今天天气很好。": ["今", "天", "天", "气", "很", "好。"],
    "「はい」ラーメンきょう": ["「は", "い」", "ラー", "メ", "ン", "きょ", "う"],
    "เราไปเที่ยวกัน": ["เรา", "ไป", "เที่", "ย", "ว", "กั", "น"],
    "ສະບາຍດີ": ["ສະ", "ບາ", "ຍ", "ດີ"],
    "မြန်မာ": ["မြ", "န်", "မာ"],
    "去GPT-4吧！": ["去", "GPT-4", "吧！"],
    "hello": ["hello"],
    "مرحبا": ["مرحبا"],
    "안녕하세요": ["안녕하세요"],
}


@pytest.mark.parametrize("text", TEXTS)
def test_each_character_with_what_belongs_to_it(text: str) -> None:
    assert list(characters(text)) == TEXTS[text]


@given(st.text(st.sampled_from("今天。「」はっー เที่ยวนmaα4-！ မြန်ក្ខ\u200d"), max_size=30))
def test_nothing_is_lost(text: str) -> None:
    for part in text.split():
        assert "".join(characters(part)) == part
    words = share_out(text, 1.0, 3.0)
    assert join(words) == " ".join(text.split())
    assert all(1.0 <= word.start < word.end <= 3.0001 for word in words)
    assert join(divided(words)) == join(words)


def test_tokens_of_one_model_against_characters_of_another() -> None:
    whisper = (Word("今天", 0.0, 0.5, 0.9, glued=True), Word("天气", 0.5, 1.0, 0.8, glued=True))
    other = share_out("今天大气。", 0.0, 1.0)
    pairs = aligned(divided(whisper), divided(other))
    assert [pair.change for pair in pairs] == ["same", "same", "changed", "same"]
    assert [pair.one and (pair.one.text, pair.one.start, pair.one.probability) for pair in pairs][:2] == [
        ("今", 0.0, 0.9),
        ("天", 0.25, 0.9),
    ]


def test_tokens_that_part_a_character_are_put_together() -> None:
    tokens = ("ต", "อน", "น", "ี้", "แ", "ค", "่", " x", "ะ")
    said = [
        Word(one.strip(), at / 10, at / 10 + 0.1, 0.9 - at / 10, glued=at > 0 and not one.startswith(" "))
        for at, one in enumerate(tokens)
    ]
    found = whole_words(said)
    assert [word.text for word in found] == ["ต", "อน", "นี้", "แค่", "xะ"]
    assert join(found) == join(said)
    assert (found[2].start, found[2].end, found[2].probability) == (0.2, 0.4, said[3].probability)


@pytest.mark.parametrize("tokens", [("這", "3", "K", "3"), ("门", "5.", "1"), ("き", "ょう"), ("a", "b"), ("天", "气")])
def test_only_where_a_character_is_parted(tokens: tuple[str, ...]) -> None:
    found = whole_words(Word(one, 0.0, 1.0, glued=True) for one in tokens)
    assert [word.text for word in found] == (["きょう"] if tokens[0] == "き" else list(tokens))


def test_words_of_other_scripts_stay_themselves() -> None:
    words = (Word("Größe", 0.0, 1.0), Word("don't", 1.0, 2.0))
    assert all(one is other for one, other in zip(divided(words), words, strict=True))
