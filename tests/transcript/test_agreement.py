"""Live text settles on what two passes agree on, and never changes afterwards."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from labbench.transcript.agreement import LocalAgreement, plain
from labbench.transcript.types import LiveText, Word

steady = settings(derandomize=True, deadline=None, database=None, max_examples=150)


def said(text: str, start: float = 0.0) -> list[Word]:
    """One word a second."""
    return [Word(word, start + at, start + at + 0.9) for at, word in enumerate(text.split())]


def show(words: tuple[Word, ...]) -> str:
    live = LiveText(words, 0.0)
    return f"{live.settled} | {live.provisional}"


def test_a_word_settles_at_the_second_pass_that_has_it() -> None:
    agreement = LocalAgreement()
    assert show(agreement.update(said("one two"))) == " | one two"
    assert show(agreement.update(said("one too three"))) == "one | too three"
    assert show(agreement.update(said("too three", 1.0))) == "one too three | "
    assert agreement.settled_until == 2.9


def test_case_and_punctuation_do_not_count_as_a_difference() -> None:
    agreement = LocalAgreement()
    agreement.update(said("Hello, world"))
    assert show(agreement.update(said("hello World."))) == "hello World. | "
    assert plain(" “Été!”, ".replace("“", '"').replace("”", '"')) == "été"


def test_echoes_of_settled_words_are_left_out() -> None:
    agreement = LocalAgreement()
    agreement.update(said("one two"))
    agreement.update(said("one two"))
    assert show(agreement.update(said("two three", 1.0))) == "one two | three"


def test_the_end_settles_all_of_the_last_hypothesis() -> None:
    agreement = LocalAgreement()
    agreement.update(said("one two"))
    assert show(agreement.settle(said("one four five"))) == "one four five | "


words = st.builds(
    lambda text, start, length: Word(text, start, start + length),
    st.sampled_from(["one", "two", "two.", "Three", "four"]),
    st.floats(0, 20),
    st.floats(0, 2),
)
hypotheses = st.lists(st.lists(words, max_size=6).map(lambda some: sorted(some, key=lambda w: w.start)), max_size=10)


@steady
@given(hypotheses, st.lists(words, max_size=5))
def test_what_is_settled_never_changes(passes: list[list[Word]], last: list[Word]) -> None:
    agreement = LocalAgreement()
    before: tuple[Word, ...] = ()
    for hypothesis in [*passes, None]:
        found = agreement.settle(last) if hypothesis is None else agreement.update(hypothesis)
        settled = tuple(word for word in found if word.settled)
        assert found[: len(settled)] == settled == agreement.settled  # settled ones come first
        assert settled[: len(before)] == before
        assert len(found) == len(settled) or hypothesis is not None
        before = settled
