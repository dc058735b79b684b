"""Which of two embedders keeps words apart better, in sentences that say how sure that is. No widgets."""

from __future__ import annotations

from collections.abc import Sequence

from labbench.live.contenders import Contender
from labbench.wakeword.contest import Certainty, judged

ERRORS_TIP = (
    "Equal error rate: the share of errors at the threshold where as many takes are missed as windows of ordinary "
    "speech are let in. Each take is measured by the others alone. With few takes it moves in large steps."
)
APART_TIP = (
    "How much nearer the takes lie than ordinary speech, in its standard deviations (σ): their mean, and the take that "
    "lies nearest to speech. The more, the safer."
)
COST_TIP = "What one hop of 80 ms costs on this computer, in a process of its own: to embed it and to compare it."
EMPTY = "Teach two takes or more of a word, then two embedders can be compared on them here."
ASK = "Choose two embedders and press Compare: all takes are taught anew in both. What listens now stays as it is."


def figures(found: Contender) -> list[tuple[str, str]]:
    """Each figure with what it means."""
    standing = found.standing
    told = []
    errors, apart, farthest = standing.equal_errors, standing.apart, standing.farthest
    if errors is not None:
        told.append((f"{percent(errors)} errors", ERRORS_TIP))
    if apart is not None and farthest is not None:
        told.append((f"{apart:.1f} σ apart", f"{APART_TIP} Here {apart:.1f} and {farthest:.1f}."))
    if found.cost is not None:
        told.append((f"{found.cost.total_ms:.0f} ms a hop", COST_TIP))
    return told


def percent(share: float) -> str:
    return f"{100 * share:.1f} %" if 0 < share < 0.0995 else f"{100 * share:.0f} %"


def verdict_text(one: Contender, other: Contender, titles: Sequence[str]) -> str:
    """Which keeps these words apart better, and whether that can be known."""
    found = judged(one.standing.margins, other.standing.margins)
    if not found.takes:
        return "There are too few takes to compare by."
    better, worse = (one, other) if found.difference >= 0 else (other, one)
    title = titles[0] if better is one else titles[1]
    apart, less = better.standing.apart or 0.0, worse.standing.apart or 0.0
    by = f"{apart:.1f} standard deviations, not {less:.1f}"
    takes = f"{found.takes} take{'' if found.takes == 1 else 's'}"
    voices = "for these words and voices"
    match found.certainty:
        case Certainty.CLEAR:
            return f"{title} keeps your {takes} clearly farther from ordinary speech: {by}. That holds {voices}."
        case Certainty.LIKELY:
            return f"{title} seems to keep your {takes} farther from ordinary speech: {by}. More takes would tell."
        case _:
            return f"Your {takes} show no difference that could not be chance: {by}. More takes would tell."
