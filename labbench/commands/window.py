"""The window, and its tour in pictures for where there is no display."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from labbench.commands.console import out, tell
from labbench.commands.sound import SOURCE_HELP, source_spec
from labbench.core import paths
from labbench.core.errors import LabBenchError


def add(commands: Any) -> None:
    """Add `gui` and `tour`."""
    gui = commands.add_parser("gui", help="open the window (what happens without a command)")
    gui.add_argument("files", metavar="FILE", type=Path, nargs="*", help="sounds, videos or sessions to open")
    gui.add_argument("--source", metavar="FILE|DEVICE", help=SOURCE_HELP)
    gui.add_argument("--engine", metavar="NAME", help="engine A: moonshine, whisper:NAME or whisper:PATH")
    gui.set_defaults(run=run_gui)
    tour = commands.add_parser("tour", help="draw the window's main steps as pictures, also without a display")
    tour.add_argument("--out", metavar="DIR", type=Path, required=True, help="the folder for the pictures")
    tour.set_defaults(run=lambda args: run_tour(args.out))


def run_gui(args: argparse.Namespace) -> int:
    """Open the window; without a display, draw its tour instead. Raises LabBenchError for a file that is not there."""
    from labbench.live.display import has_display

    for path in args.files:
        if not path.exists():
            raise LabBenchError(f"There is no file {path}.", "Check the name and the folder.")
    if not has_display(sys.platform, os.environ):
        tell("There is no display for the window, so a tour of it is drawn instead.")
        return run_tour(paths.data_home() / "tour")
    from labbench.app import run

    return run(source_spec(args.source) if args.source else None, args.engine, args.files)


def run_tour(folder: Path) -> int:
    """Draw the tour and say where it is."""
    from labbench.measure.tour import run

    status = run(folder, tell)
    if status == 0:
        out(f"The pictures are in {folder}\n")
    return status
