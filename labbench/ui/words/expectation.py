"""What a threshold lets expect, in words. Plain functions."""

from __future__ import annotations

from labbench.wakeword.calibration import Calibration, Decided


def expectation_in_short(calibration: Calibration) -> str:
    """False accepts an hour and misses alone."""
    misses = "" if calibration.misses is None else f", misses {_share(calibration.misses)}"
    return f"Expect {_rate(calibration.false_accepts_per_hour)} an hour{misses}."


def expectation_text(calibration: Calibration) -> str:
    """False accepts an hour and misses, with where they lie in 95 of 100 cases."""
    alarms = calibration.false_accepts_per_hour
    low, high = calibration.false_accepts_interval
    text = f"Expect {_rate(alarms)} an hour ({_short(low)} to {_short(high)})"
    interval = calibration.misses_interval
    if calibration.misses is None or interval is None:
        text += "; with two takes or more, misses too."
    else:
        text += f", misses {_share(calibration.misses)} (up to {max(1, round(100 * interval[1]))} in 100)."
    if calibration.decided is Decided.ROOM:
        text += " The room decides."
    if calibration.overlap:
        text = f"{text} Close to ordinary speech: try a phrase of three syllables or more."
    return text


def _rate(per_hour: float) -> str:
    if per_hour < 0.05:
        return "fewer than 0.1 false accepts"
    return f"{per_hour:.1f} false accepts" if per_hour < 10 else f"{per_hour:.0f} false accepts"


def _short(per_hour: float) -> str:
    return "0" if per_hour < 0.05 else f"{per_hour:.1f}" if per_hour < 10 else f"{per_hour:.0f}"


def _share(part: float) -> str:
    return "under 1 in 100" if part < 0.01 else f"about {round(100 * part)} in 100"
