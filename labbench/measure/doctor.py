"""`labbench doctor`: what works on this computer, and whether that is enough."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from labbench.live.checks import Check, all_checks

ESSENTIAL = frozenset({"Program", "Data folder", "Whisper", "Wake words"})
"""What everything else rests on. Sound can also come from files, pictures from the tour, text from either engine."""
INCOMPLETE = 2


def run() -> int:
    """Look at everything and print it; 0 where all that is essential works, else 2."""
    checks = all_checks()
    sys.stdout.write(report(checks))
    return INCOMPLETE if missing(checks) else 0


def missing(checks: Sequence[Check]) -> list[str]:
    """Names of what is essential and does not work."""
    return [check.name for check in checks if check.name in ESSENTIAL and not check.works]


def report(checks: Sequence[Check]) -> str:
    """The checks in aligned lines, hints below them, and a last line with what follows."""
    width = max(len(check.name) for check in checks)
    lines = []
    for check in checks:
        lines.append(f"{'✓' if check.works else '✗'} {check.name:<{width}}  {check.found}")
        if check.hint:
            lines.append(f"  {'':<{width}}  {check.hint}")
    wrong = missing(checks)
    lines += ["", f"Not working: {', '.join(wrong)}." if wrong else "All that is essential works."]
    return "\n".join(lines) + "\n"
