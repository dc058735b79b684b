"""How many tokens speech of a length can take at most: what goes on longer repeats itself.

In most languages a token is several letters. Where Whisper's vocabulary knows few pieces of a script, a letter takes
one to three tokens. Measured with the first article of the Universal Declaration of Human Rights, read by espeak-ng at
330 words a minute, which is faster than people speak, in tokens a second: Chinese 6, English, Spanish 7, Russian 9,
Korean 10, Arabic 12, Japanese 13, Thai 14, Vietnamese 16; Tamil 25, Hindi 31, Amharic 39, Telugu 44, Bengali 48,
Malayalam 62, Georgian 74.
"""

from __future__ import annotations

import math

PER_SECOND, AT_LEAST = 20.0, 24
LIVE_PER_SECOND, LIVE_AT_LEAST = 16.0, 16
"""Live, a pass that runs on makes the text late."""
COSTLY = frozenset(
    (
        *("hi", "mr", "ne", "sa", "bn", "as", "pa", "gu"),  # Devanagari, Bengali, Gurmukhi, Gujarati
        *("ta", "te", "kn", "ml", "si"),  # Tamil, Telugu, Kannada, Malayalam, Sinhala
        *("lo", "my", "km", "bo"),  # Lao, Burmese, Khmer, Tibetan
        *("am", "ka", "hy"),  # Ethiopic, Georgian, Armenian
    )
)
"""Languages whose letters take one to three tokens each; their codes."""
_COST = 4.0


def token_cap(seconds: float, language: str | None, *, live: bool = False) -> int:
    """The most tokens that a window with so many seconds of sound may have, those of times counted in."""
    rate, least = (LIVE_PER_SECOND, LIVE_AT_LEAST) if live else (PER_SECOND, AT_LEAST)
    return math.ceil(least + rate * seconds * (_COST if language in COSTLY else 1.0))
