"""What a comparison under the microscope says, in sentences and figures. No widgets."""

from __future__ import annotations

from labbench.ui.views.microscope.sides import Comparison, Side
from labbench.wakeword.warped import DTW, FUSED

MOST_STRETCHES = 2
WARPED_TIP = (
    "Each frame of the take is laid on the frame of the sound that is most like it, in order; time may stretch. This "
    "is the sum of the costs along the path, divided by the frames of the take."
)
USUAL_TIP = (
    "The same distance from this take to many windows of ordinary speech: their mean, and how far they stray from it "
    "(one standard deviation)."
)
SHARE_TIP = "The distance of this pair, with ordinary speech as 1 and the take itself as 0."
ALONE_TIP = (
    "How far the word would lie from this sound, had it been taught with this take alone. The decision looks at more "
    "than the path: also at the take's averaged frames, which don't know the order of sounds, and at versions of the "
    "take with babble. All takes of the word have their say."
)
_ALSO = {FUSED: "With averages as well", DTW: "With noisy versions"}


def clock(seconds: float) -> str:
    """A moment, as fine as frames are."""
    minutes, rest = divmod(round(seconds, 2), 60)
    return f"{int(minutes)}:{rest:05.2f}" if minutes else f"{rest:.2f} s"


def title_text(found: Comparison) -> str:
    """Which two are compared, and where the take lies in the sound."""
    other, first = found.other, found.alignment.columns[0]
    if other.index is None:
        return f"“{found.take.title}” in “{other.title}”"
    return f"“{found.take.title}” at {clock(max(0.0, other.seconds(first)))}"


def match_text(found: Comparison) -> str:
    """Which parts of the take match."""
    take, alignment = found.take, found.alignment
    stretches = alignment.mismatches
    share = float(alignment.unlike.mean())
    if not stretches:
        return f"All of “{take.title}” matches."
    if share == 1.0:
        return f"Nothing of “{take.title}” matches."
    longest = sorted(sorted(stretches, key=lambda one: one[0] - one[1])[:MOST_STRETCHES])
    parts = [f"from {_at(take, first):.2f} to {_at(take, stop):.2f} s" for first, stop in longest]
    more = ", and elsewhere," if len(stretches) > MOST_STRETCHES else ""
    said = " and ".join(parts)
    return f"{said[0].upper()}{said[1:]} of “{take.title}”{more} it does not match."


def _at(side: Side, frame: int) -> float:
    return max(0.0, side.seconds(frame))


def figures(found: Comparison) -> list[tuple[str, str, str]]:
    """Name, figure and what it means."""
    alignment = found.alignment
    also = _ALSO.get(found.landmark.model.scoring, "By averages alone")
    return [
        ("Warped distance", f"{max(0.0, alignment.distance):.3f}", WARPED_TIP),
        ("To ordinary speech", f"{alignment.usual:.3f} ± {found.spread:.3f}", USUAL_TIP),
        ("As a share of that", f"{max(0.0, alignment.normalised):.2f}", SHARE_TIP),
        (also, f"{found.alone:.2f}", ALONE_TIP),
    ]


def step_text(found: Comparison, step: int) -> str:
    """One step of the path."""
    alignment = found.alignment
    row, column = (int(frame) for frame in alignment.path[step])
    matches = "does not match" if alignment.unlike[row] else "matches"
    here = f"{_at(found.take, row):.2f} s of “{found.take.title}”"
    other = f"{clock(max(0.0, found.other.seconds(column)))} of {_name(found.other)}"
    return f"{here} on {other}: cost {alignment.along[step]:.2f}, {matches}"


def _name(other: Side) -> str:
    return other.title if other.index is not None else f"“{other.title}”"
