"""Nothing that is blocked gets through, and nothing else is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labbench.core.errors import FormatError, LabBenchError
from labbench.transcript import formats
from labbench.transcript.guard import MASK, BlockList, find, scrub, scrub_live, scrub_text
from labbench.transcript.types import LiveText, Segment, Transcript, Word

SMART = BlockList(("smart mirror", "alexa"))


@pytest.mark.parametrize(
    "said",
    [
        "alexa",
        "ALEXA",
        "Alexa,",
        "a l e x a",
        "a.l.e.x.a",
        "a-le_xa!",
        "Álëxa",
        "ａｌｅｘａ",
        "al\u200bexa",
        "a\u00adlexa",
        "smart mirror",
        "SmartMirror",
        "smart... mirror",
        "smart-\nmirror",
        "s m a r t  m i r r o r",
        "𝐚𝐥𝐞𝐱𝐚",
    ],
)
def test_tricks(said: str) -> None:
    for text in (said, f"say {said} now", f"({said})"):
        scrubbed = scrub_text(text, SMART)
        assert MASK in scrubbed
        assert not find(scrubbed, SMART)
    assert scrub_text(f"say {said} now", SMART).startswith("say ")
    assert scrub_text(f"say {said} now", SMART).endswith(" now")


@pytest.mark.parametrize(
    "said", ["alexander", "smart", "the mirror is smart", "smarter mirror", "galexa", "Alex, a", ""]
)
def test_what_only_looks_alike(said: str) -> None:
    expected = [(0, 7)] if said == "Alex, a" else []  # spacing is no way around, so this one is taken as well
    assert find(said, SMART) == expected


def test_scripts_without_spaces() -> None:
    assert scrub_text("我喜欢苹果和梨", BlockList(("苹果",))) == f"我喜欢{MASK}和梨"
    assert scrub_text("я люблю ЯБЛОКИ", BlockList(("яблоки",))) == f"я люблю {MASK}"
    assert scrub_text("STRASSE und Straße", BlockList(("straße",))) == f"{MASK} und {MASK}"


@pytest.mark.parametrize("said", ["call 555-1234", "Call 555 12 34!", "CALL 5 5 5 1 2 3 4"])
def test_patterns(said: str) -> None:
    blocked = BlockList(patterns=(r"\b555\W*\d{2}\W*\d{2}\b|\b5551234\b",)).checked()
    scrubbed = scrub_text(said, blocked)
    assert MASK in scrubbed and not any(digit.isdigit() for digit in scrubbed)


def test_a_pattern_sees_through_spacing_and_case() -> None:
    blocked = BlockList(patterns=(r"\bsno\w+\b",)).checked()
    for said in ("Snowboy", "S N O W", "s.n.o.w", "snow-boy"):
        assert MASK in scrub_text(f"the {said} melts", blocked)
    assert scrub_text("it is now", blocked) == "it is now"


@pytest.mark.parametrize(
    "blocked", [BlockList(("?!",)), BlockList(patterns=("(",)), BlockList(patterns=("a*",)), BlockList(("x" * 500,))]
)
def test_what_cannot_be_blocked(blocked: BlockList) -> None:
    with pytest.raises(FormatError):
        blocked.checked()


def test_a_pattern_without_end_holds_the_text_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labbench.transcript.guard.PATTERN_SECONDS", 0.05)
    with pytest.raises(LabBenchError, match="held back"):
        scrub_text("a" * 5000 + "!", BlockList(patterns=(r"(a|a)+b\1(a|a)*(a|a)*c",)))


def words(text: str) -> tuple[Word, ...]:
    return tuple(Word(piece, at, at + 1.0, 0.5) for at, piece in enumerate(text.split()))


def transcript(*texts: str) -> Transcript:
    segments = tuple(Segment(f" {text}", 0.0, 9.0, words(text), tokens=(1, 2, 3)) for text in texts)
    return Transcript("engine", "en", segments, 30.0, 1.0)


def test_transcripts_in_every_field() -> None:
    said = transcript("hello Alexa, open", "the smart", "mirror please")
    scrubbed = scrub(said, SMART)
    assert scrubbed.scrubbed == 2
    assert scrubbed.text == f"hello {MASK}, open the {MASK} {MASK} please"
    assert [word.text for word in scrubbed.words] == ["hello", MASK, "open", "the", MASK, MASK, "please"]
    assert [word.start for word in scrubbed.words] == [word.start for word in said.words]
    assert all(segment.tokens == () for segment in scrubbed.segments)  # they spell what was taken out
    for write in formats.WRITERS.values():
        written = write(scrubbed).casefold()
        assert "alexa" not in written and "mirror" not in written and "hello" in written


def test_words_that_do_not_add_up_to_the_text() -> None:
    odd = Transcript("engine", "en", (Segment(" call alexa", 0.0, 1.0, words("call a lexer")),), 1.0, 1.0)
    assert {word.text for word in scrub(odd, SMART).words} == {MASK}
    other = Transcript("engine", "en", (Segment(" call a lexer", 0.0, 1.0, words("call alexa")),), 1.0, 1.0)
    assert scrub(other, SMART).text == f"call {MASK}"


def test_what_is_dropped_is_scrubbed_too() -> None:
    hidden = Transcript("engine", "en", (Segment(" alexa", 0.0, 1.0, doubt="silence"),), 1.0, 1.0)
    assert scrub(hidden, SMART).segments[0].text == f" {MASK}"


def test_live_text_across_words() -> None:
    live = LiveText(words("the smart mirror a l e x a"), 9.0)
    assert scrub_live(live, SMART).settled == " ".join(["the", *[MASK] * 7])
    assert scrub_live(live, BlockList()) is live


@given(st.text(max_size=60), st.integers(0, 60), st.sampled_from(["alexa", "smart mirror"]), st.data())
def test_nothing_gets_through(text: str, at: int, phrase: str, data: st.DataObject) -> None:
    between = data.draw(st.lists(st.sampled_from(["", " ", "-", ".", "\u200b", "  ", "_"]), min_size=20, max_size=20))
    spelt = "".join(letter + gap for letter, gap in zip(phrase, between, strict=False))
    said = f"{text[:at]} {spelt.upper()} {text[at:]}"
    assert MASK in scrub_text(said, SMART)


@given(st.text(alphabet="abelx .-A", max_size=40))
def test_what_is_left_is_untouched(text: str) -> None:
    spans = find(text, SMART)
    kept = "".join(letter for at, letter in enumerate(text) if not any(a <= at < b for a, b in spans))
    assert scrub_text(text, SMART).replace(MASK, "") == kept
