"""Nothing that is blocked gets through, and nothing else is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labbench.core.errors import FormatError, LabBenchError
from labbench.transcript import formats
from labbench.transcript.guard import MASK, BlockList, find, joined, scrub, scrub_live, scrub_text, usable
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


@pytest.mark.parametrize(
    "said",
    [
        "аlехa",  # Cyrillic among Latin
        "αlexa",
        "ᎪᏞᎬXᎪ",
        "ꓮꓡꓰꓫꓮ",
        "ᴀʟᴇxᴀ",
        "ałexa",
        "🅰🅻🅴🆇🅰",
        "🇦🇱🇪🇽🇦",
        "al\u3164exa",
        "al\uffa0exa",
        "alـexa",
        "alʼexa",
        "4l3x4",
        "Alexxxaaa",
        "alexa2",
        "2alexa",
        "openAlexaNow",
        "\u202eaxela\u202c",
        "$mart m1rr0r",
    ],
)
def test_disguises(said: str) -> None:
    for text in (said, f"say {said}, now"):
        assert MASK in scrub_text(text, SMART), text


def test_numbers_and_long_letters_alone_are_no_disguise() -> None:
    blocked = BlockList(("so", "lo", "bas", "bell"))
    for said in ("50 and 10 of 8311", "the bass of 111 www pages", "хорошо, 80"):
        assert find(said, blocked) == [], said


def test_a_pattern_sees_through_letters_that_look_alike() -> None:
    blocked = BlockList(patterns=(r"\bsno\w+\b", r"ябл\w+"))
    assert scrub_text("the snоwboy", blocked) == f"the {MASK}"
    assert scrub_text("я люблю Яблоки", blocked) == f"я люблю {MASK}"


def test_what_stands_on_both_sides_of_what_was_left_out() -> None:
    segments = (
        Segment(" the smart", 0.0, 1.0, words("the smart")),
        Segment(" thank you", 1.0, 2.0, words("thank you"), doubt="silence"),
        Segment(" mirror falls", 2.0, 3.0, words("mirror falls")),
    )
    scrubbed = scrub(Transcript("engine", "en", segments, 3.0, 1.0), SMART)
    assert scrubbed.text == f"the {MASK} {MASK} falls" and scrubbed.scrubbed == 1
    assert scrubbed.segments[1] == segments[1]


def test_lists_are_joined_and_bad_entries_leave_the_others_in_force() -> None:
    one, other = BlockList(("red",), ("x+",)), BlockList(("red", "blue"))
    assert joined(one, other) == BlockList(("red", "blue"), ("x+",))
    assert joined() == BlockList()
    kept, trouble = usable(BlockList(("red", "?!"), ("(", "b.d", "a*")))
    assert kept == BlockList(("red",), ("b.d",)) and len(trouble) == 3 and "“?!”" in trouble[0]
    kept, trouble = usable(BlockList(tuple(f"word{n}" for n in range(1500))))
    assert len(kept.phrases) == 1000 and trouble == ["Only its first 1000 entries are used."]


def test_many_slow_patterns_together_hold_the_text_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labbench.transcript.guard.ALL_SECONDS", 0.0)
    with pytest.raises(LabBenchError, match="held back"):
        scrub_text("anything", BlockList(patterns=("x+",)))
