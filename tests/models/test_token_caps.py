"""How long a text may get: what people say fits, what repeats itself does not."""

from __future__ import annotations

import pytest

from labbench.models.token_caps import COSTLY, token_cap
from labbench.transcript.languages import LANGUAGES

FASTEST = {
    **{"zh": 6.2, "en": 7.0, "es": 7.1, "ru": 8.5, "ko": 9.7, "ar": 12.1, "ja": 12.6, "th": 14.0, "vi": 15.5},
    **{"ta": 24.9, "hi": 31.2, "am": 38.5, "te": 43.8, "bn": 48.0},
}
"""Tokens a second of a text read by espeak-ng at 330 words a minute."""


@pytest.mark.parametrize("live", [False, True])
@pytest.mark.parametrize("language", FASTEST)
@pytest.mark.parametrize("seconds", [0.5, 3.0, 10.0])
def test_the_fastest_speech_fits(language: str, seconds: float, live: bool) -> None:
    times = 2 * (1 + seconds // 3)
    assert token_cap(seconds, language, live=live) >= FASTEST[language] * seconds + times


def test_a_loop_in_a_short_sound_ends_early() -> None:
    assert token_cap(1.0, "en") < 50 and token_cap(1.0, None, live=True) < 50
    assert set(LANGUAGES) > COSTLY, "a code that nobody has would do nothing"
