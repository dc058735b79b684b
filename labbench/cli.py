"""`labbench`: the window and, without it, everything the bench can do."""

from __future__ import annotations

import argparse
import importlib
import multiprocessing
import sys
from collections.abc import Sequence
from pathlib import Path

from labbench import __version__
from labbench.commands import console
from labbench.core.errors import Cancelled, LabBenchError

COMMANDS = {
    "window": ("gui", "tour"),
    "recording": ("record", "recover"),
    "checking": ("check",),
    "transcribing": ("transcribe",),
    "models": ("models",),
    "comparing": ("compare", "stress"),
    "spotting": ("enroll", "detect"),
    "words": ("words",),
    "anomaly": ("anomaly",),
    "evaluating": ("evaluate",),
    "measuring": ("bench", "doctor"),
}
"""Which module of `commands` adds which."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit status is 0, 2 for an expected failure or wrong usage, 130 for Ctrl-C."""
    multiprocessing.freeze_support()
    console.use_utf8()
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        words = _with_default(words)
        args = build_parser(words[0]).parse_args(words)
        status: int = args.run(args)
        console.flush_results()
    except LabBenchError as error:
        console.complain(error)
        return console.FAILED
    except (Cancelled, KeyboardInterrupt):
        console.tell("labbench: cancelled")
        return console.INTERRUPTED
    except BrokenPipeError:  # `labbench ... | head`: whoever read has had enough
        return 0
    return status


def build_parser(command: str = "") -> argparse.ArgumentParser:
    """All commands with their options; of one that is named, only what its module adds, in a third of the time."""
    parser = argparse.ArgumentParser(
        prog="labbench",
        description="Speech Lab Bench: see sound, read transcripts, teach wake words. Alone it opens the window.",
        epilog="`labbench COMMAND --help` tells more about each.",
    )
    parser.add_argument("--version", action="version", version=f"labbench {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    named = [module for module, names in COMMANDS.items() if command in names]
    for module in named or COMMANDS:
        importlib.import_module(f"labbench.commands.{module}").add(commands)
    return parser


def _with_default(words: list[str]) -> list[str]:
    """Nothing, options of the window, or files mean `gui`."""
    top = ("-h", "--help", "--version")
    if not words or (words[0].startswith("-") and words[0] not in top):
        return ["gui", *words]
    return ["gui", *words] if "." in words[0] and Path(words[0]).exists() else words
