"""Engines beside each other: a table over many files, and what each stands when the sound is spoilt."""

from __future__ import annotations

import argparse
import contextlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labbench.commands.blocking import blocked_here
from labbench.commands.console import FAILED, StatusLine, complain, ctrl_c_cancels, flush_results, one_line, out, tell
from labbench.commands.sound import add_channel, add_language, read_sound
from labbench.core.errors import LabBenchError
from labbench.core.progress import CancelToken, Progress
from labbench.transcript.languages import language_code

if TYPE_CHECKING:
    from labbench.models.trials import Trial

FORMATS = ("table", "csv", "json")


def add(commands: Any) -> None:
    """Add `compare` and `stress`."""
    compare = commands.add_parser("compare", help="engines on the same files: errors, speed and memory as a table")
    compare.add_argument("audio", metavar="AUDIO", type=Path, nargs="+", help="sound or video files")
    _add_common(compare)
    compare.set_defaults(run=run_compare)
    spoil = commands.add_parser("stress", help="a file spoilt by degrees: how many words each engine still gets right")
    spoil.add_argument("audio", metavar="AUDIO", type=Path, help="a sound or video file")
    _add_common(spoil)
    spoil.add_argument(
        "--way", action="append", metavar="NAME", help="silence, white, babble, telephone, clipping, echo, speed, gain"
    )
    spoil.add_argument("--seed", type=int, default=0, help="for noise and echo; the same seed gives the same sound")
    spoil.set_defaults(run=run_stress)


def _add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--engine", action="append", metavar="NAME", help="as for transcribe; give it once for each (A, B, ...)"
    )
    parser.add_argument(
        "--reference",
        metavar="PATH",
        type=Path,
        help="what is said: a text file, or a folder of NAME.txt; without it, NAME.txt beside each sound",
    )
    add_channel(parser)
    add_language(parser)
    parser.add_argument("--format", choices=FORMATS, default="table")


def run_compare(args: argparse.Namespace) -> int:
    """Every engine on every file; a file that can't be read is told, and the others are done."""
    from labbench.transcript.trials import file_row

    status, rows = 0, []
    language = language_code(args.language)
    engines = _engines(args.engine)
    with ctrl_c_cancels() as cancel:
        sounds = []
        for path in args.audio:
            try:
                samples, damage = read_sound(path, cancel=cancel, channel=args.channel)
                sounds.append((path, samples, _reference(path, args.reference)))
            except LabBenchError as error:
                damage = error
            if damage is not None:
                complain(damage)
                status = FAILED
        for host in _hosts(engines):
            for path, samples, reference in sounds:
                trial = _try(host, samples, reference, language, path.name, cancel)
                rows.append(file_row(str(path), trial))
    _write(rows, ("file", "engine"), args.format)
    return status


def run_stress(args: argparse.Namespace) -> int:
    """Every engine, every way, every level. Without a reference, what the engine says of the sound as it is counts."""
    from labbench.audio.files import read_clip
    from labbench.core import paths
    from labbench.models.trials import stress
    from labbench.signal.degradations import DEGRADATIONS, Surroundings
    from labbench.transcript.engine import Options
    from labbench.transcript.trials import stress_row

    language = language_code(args.language)
    names = args.way or list(DEGRADATIONS)
    unknown = [name for name in names if name not in DEGRADATIONS]
    if unknown:
        raise LabBenchError(f"There is no way {unknown[0]!r} to spoil a sound.", f"Use {', '.join(DEGRADATIONS)}.")
    rows = []
    line = StatusLine()
    with ctrl_c_cancels() as cancel:
        samples, damage = read_sound(args.audio, cancel=cancel, channel=args.channel)
        given = _reference(args.audio, args.reference)
        around = Surroundings(read_clip(paths.assets() / "clips" / "babble.flac").for_models(), args.seed)
        for host in _hosts(_engines(args.engine)):
            clean = _try(host, samples, given, language, args.audio.name, cancel)
            reference = given if given is not None else clean.transcript.text
            if given is None:
                tell(f"{host.spec.title}: without a reference, what it says of the sound as it is counts as right.")
            rows.append(stress_row("none", 0.0, "", clean))
            ways = [DEGRADATIONS[name] for name in names]
            options = Options(language, blocked=blocked_here())

            def show(progress: Progress, title: str = host.spec.title) -> None:
                line.show(f"{title}: {progress.note} ({progress.done:.0f} of {progress.total or 0:.0f})")

            try:
                for point in stress(host, samples, reference, ways, around, options, show, cancel):
                    rows.append(stress_row(point.way.name, point.level, point.way.unit, point.trial))
            finally:
                line.clear()
    _write(rows, ("way", "level", "unit", "engine"), args.format)
    if damage is not None:
        complain(damage)
        return FAILED
    return 0


def _engines(names: Sequence[str] | None) -> list[Any]:
    from labbench.models import engines

    if names:
        return [engines.parse(name) for name in names]
    return [*engines.whispers()[:1], engines.MOONSHINE]


def _hosts(specs: Sequence[Any]) -> Iterator[Any]:
    """One after another, each ended before the next begins: so that memory and time are each one's own."""
    from labbench.models.hosting import HostProcess

    for spec in specs:
        with contextlib.closing(HostProcess(spec)) as host:
            yield host


def _try(host: Any, samples: Any, reference: str | None, language: str | None, name: str, cancel: CancelToken) -> Trial:
    from labbench.models.trials import try_engine
    from labbench.transcript.engine import Options

    line = StatusLine()

    def show(progress: Progress) -> None:
        line.show(f"{host.spec.title}, {name}: {progress.done:.0f} s of {progress.total or 0:.0f} s")

    try:
        return try_engine(host, samples, reference, Options(language, blocked=blocked_here()), show, cancel)
    finally:
        line.clear()


def _reference(audio: Path, given: Path | None) -> str | None:
    """What is said in a file, None where nobody wrote it. Raises LabBenchError where a given one can't be read."""
    from labbench.transcript.reference_text import read_reference, text_beside

    if given is None:
        return text_beside(audio)
    return read_reference(given / f"{audio.stem}.txt" if given.is_dir() else given)


def _write(rows: Sequence[dict[str, Any]], names: Sequence[str], kind: str) -> None:
    if not rows:
        return
    if kind == "json":
        out(json.dumps(list(rows), ensure_ascii=False, indent=2) + "\n")
    elif kind == "csv":
        from labbench.transcript.trials import csv_text

        out(csv_text(rows))
    else:
        out(_table(rows, names))
    flush_results()


def _table(rows: Sequence[dict[str, Any]], names: Sequence[str]) -> str:
    from labbench.transcript.trials import NUMBERS

    head = [*names, *(title for _, title, _ in NUMBERS), "text"]
    lines = [head]
    for row in rows:
        numbers = ["-" if row[key] is None else f"{row[key]:.{digits}f}" for key, _, digits in NUMBERS]
        words = [f"{row[name]:g}" if isinstance(row[name], float) else str(row[name]) for name in names]
        lines.append([*words, *numbers, one_line(row["text"])])
    widths = [max(len(line[column]) for line in lines) for column in range(len(head) - 1)]
    first_number = len(names)
    return "".join(
        "  ".join(
            cell.rjust(width) if at >= first_number else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(line, widths, strict=False))
        )
        + f"  {line[-1]}\n"
        for line in lines
    )
