"""Time is a rate and an index; seconds are for people, who read them as a clock."""

from __future__ import annotations

MODEL_RATE = 16_000
"""Samples per second of everything that goes into a model."""


def clock_text(seconds: float) -> str:
    """`83.4` as `1:23.4`: minutes, seconds and tenths, for people."""
    tenths = round(max(0.0, seconds) * 10)
    minutes, rest = divmod(tenths, 600)
    return f"{minutes}:{rest // 10:02d}.{rest % 10}"
