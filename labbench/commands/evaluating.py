"""Wake words measured on folders of recordings."""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labbench.commands.console import StatusLine, ctrl_c_cancels, out, tell
from labbench.commands.methods import kit_for
from labbench.core.errors import LabBenchError
from labbench.core.progress import Progress
from labbench.core.timebase import clock_text

if TYPE_CHECKING:
    from labbench.measure.evaluation_cells import Plan

MOST_DRAWS, MOST_SHOTS, MOST_TESTS, MOST_WORDS = 100, 40, 1000, 100


def add(commands: Any) -> None:
    """Add `evaluate`."""
    evaluate = commands.add_parser(
        "evaluate",
        help="measure wake words: misses, false accepts, delay",
        description="Teach words in many draws of takes; count misses on the other takes and false accepts in speech.",
    )
    evaluate.add_argument("--words", metavar="DIR", type=Path, nargs="+", required=True, help="takes of one word each")
    evaluate.add_argument("--background", metavar="DIR", type=Path, required=True, help="speech without the words")
    evaluate.add_argument("--babble", metavar="DIR", type=Path, help="voices to mix in, four at once (the background)")
    evaluate.add_argument("--shots", metavar="N", type=int, default=5, help="takes taught in each draw (5)")
    evaluate.add_argument("--draws", metavar="N", type=int, default=10, help="how often takes are drawn anew (10)")
    evaluate.add_argument("--tests", metavar="N", type=int, default=40, help="test clips of a word in each draw (40)")
    evaluate.add_argument(
        "--snr", metavar="LIST", default="quiet,10", help="quiet, dB of speech over babble (quiet,10)"
    )
    evaluate.add_argument("--adapt", choices=("off", "on", "wrong"), default="off", help="learning from near misses")
    evaluate.add_argument(
        "--embedder", metavar="NAME", help="moonshine, whisper, google or mfcc: makes frames of sound (moonshine)"
    )
    evaluate.add_argument(
        "--checkpoint", metavar="FILE", type=Path, help="the .pt of --embedder whisper (the best that is here)"
    )
    evaluate.add_argument("--scoring", metavar="NAME", default="fused", help="how frames are compared (fused)")
    evaluate.add_argument("--seed", metavar="N", type=int, default=0, help="other draws and mixtures (0)")
    evaluate.add_argument("--json", metavar="OUT", type=Path, help="write all figures to this file; - for the terminal")
    evaluate.add_argument(
        "--plot", metavar="DIR", type=Path, help="write misses over false accepts as PNG and SVG here"
    )
    evaluate.set_defaults(run=run_evaluate)


def run_evaluate(args: argparse.Namespace) -> int:
    """Measure, write what was asked for, and show tables. Nothing is written where it is cancelled."""
    from labbench.measure.evaluation import evaluate
    from labbench.measure.evaluation_report import as_text, report
    from labbench.measure.figures import rounded
    from labbench.session.disk import write_json

    plan = _plan(args)
    kit = kit_for(args, None)
    status = StatusLine()
    with ctrl_c_cancels() as cancel:
        try:
            found = evaluate(plan, kit, _Telling(status), cancel)
        finally:
            status.clear()
    figures = {"embedder": kit.embedder.name, "scoring": args.scoring, **rounded(report(found))}
    if args.plot is not None:
        from labbench.measure.evaluation_plot import write_plots

        for path in write_plots(args.plot, figures):
            tell(f"Written: {path}")
    if args.json is not None and str(args.json) == "-":
        out(json.dumps(figures, ensure_ascii=False, indent=1) + "\n")
        return 0
    if args.json is not None:
        write_json(args.json, figures)
    out(as_text(figures))
    return 0


class _Telling:
    """Shows progress with the time that is left, once there is something to tell it from."""

    def __init__(self, status: StatusLine) -> None:
        self._status = status
        self._began = time.monotonic()

    def __call__(self, progress: Progress) -> None:
        share = progress.done / progress.total if progress.total else 0.0
        passed = time.monotonic() - self._began
        left = f", about {clock_text(passed / share - passed)} left" if share > 0.01 else ""
        self._status.show(f"{progress.note}: {share * 100:.0f} %{left}  Ctrl-C gives up")


def _plan(args: argparse.Namespace) -> Plan:
    """Options and folders, checked before any model is loaded. Raises LabBenchError."""
    from labbench.measure.evaluation_cells import Plan
    from labbench.measure.evaluation_material import named_apart, sound_files, word_folder
    from labbench.wakeword.scoring import scoring_of

    for option, value, most in (
        ("--shots", args.shots, MOST_SHOTS),
        ("--draws", args.draws, MOST_DRAWS),
        ("--tests", args.tests, MOST_TESTS),
        ("--words", len(args.words), MOST_WORDS),
    ):
        if not 1 <= value <= most:
            raise LabBenchError(f"{option} is {value}: it can be 1 to {most}.")
    if args.seed < 0:
        raise LabBenchError(f"--seed is {args.seed}: it can be 0 or more.")
    words = named_apart([(folder, word_folder(folder, args.shots)) for folder in args.words])
    if args.adapt != "off" and (args.tests < 2 or any(len(word.files) < args.shots + 2 for word in words)):
        raise LabBenchError(
            "Learning needs two test clips of each word: one to learn from, and one to be heard afterwards.",
            "Add takes, or teach fewer: --shots.",
        )
    return Plan(
        words=words,
        background=tuple(sound_files(args.background)),
        babble=tuple(sound_files(args.babble)) if args.babble is not None else (),
        shots=args.shots,
        draws=args.draws,
        ratios=_ratios(args.snr),
        most_tests=args.tests,
        seed=args.seed,
        scoring=scoring_of(args.scoring).name,
        adapt="" if args.adapt == "off" else args.adapt,
    )


def _ratios(text: str) -> tuple[float | None, ...]:
    """`quiet,10` as None and 10.0; each once. Raises LabBenchError."""
    found: list[float | None] = []
    for part in text.split(","):
        word = part.strip().casefold()
        try:
            ratio = None if word == "quiet" else float(word)
        except ValueError:
            ratio = float("nan")
        if ratio is not None and not -30 <= ratio <= 60:
            raise LabBenchError(f"--snr can't be {text!r}.", "Write quiet and decibels from -30 to 60, as in quiet,10.")
        if ratio not in found:
            found.append(ratio)
    return tuple(found)
