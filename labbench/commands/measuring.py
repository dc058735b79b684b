"""Measurements and the check of the installation."""

from __future__ import annotations

import argparse
from typing import Any

BENCHES = {
    "startup": "until the window can be used",
    "ui": "frames while everything is live",
    "views": "looking at long sounds: opening, frames, memory",
    "spot": "what a hop of wake words costs",
    "transcribe": "speed of the engines against the sound's length",
    "whisper": "speed, errors and live text of Whisper, against other programs",
}


class _MethodHelp(argparse.ArgumentParser):
    """Tells how it measures; asked for late, since the measurements import much."""

    def format_help(self) -> str:
        from labbench.measure.bench import METHODS

        self.description = METHODS[self.get_default("what")]
        return super().format_help()


def add(commands: Any) -> None:
    """Add `bench` and `doctor`."""
    bench = commands.add_parser("bench", help="measure this computer with the program")
    kinds = bench.add_subparsers(metavar="WHAT", required=True, parser_class=_MethodHelp)
    for what, title in BENCHES.items():
        kind = kinds.add_parser(what, help=title)
        kind.add_argument("--json", action="store_true", help="figures as JSON")
        if what == "ui":
            kind.add_argument("--seconds", metavar="N", type=positive, help="length of each of its two runs (60)")
        if what == "whisper":
            kind.add_argument("--peer", metavar="PYTHON", help="an environment's Python with faster-whisper, to race")
        kind.set_defaults(run=run_bench, what=what)
    doctor = commands.add_parser("doctor", help="check sound, models, disk and display, and say what to do")
    doctor.set_defaults(run=run_doctor)


def positive(text: str) -> float:
    """Seconds, more than none."""
    value = float(text)
    if not 0 < value < float("inf"):
        raise ValueError(text)
    return value


def run_bench(args: argparse.Namespace) -> int:
    """One measurement."""
    from labbench.measure.bench import run

    more = {name: value for name in ("seconds", "peer") if (value := getattr(args, name, None)) is not None}
    return run(args.what, args.json, **more)


def run_doctor(args: argparse.Namespace) -> int:
    """The check."""
    from labbench.measure.doctor import run

    return run()
