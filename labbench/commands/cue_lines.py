"""How the lines of subtitles are made: the options of openai-whisper's own program for it."""

from __future__ import annotations

import argparse
from typing import Any

from labbench.commands.console import tell
from labbench.core.errors import LabBenchError
from labbench.transcript.engine import Options
from labbench.transcript.subtitles import MOST, CueLines

FORMATS = ("srt", "vtt")
_SAYS = {
    "max_line_width": "at most so many characters in a line",
    "max_line_count": "at most so many lines in a cue; needs --max_line_width",
    "max_words_per_line": "so many words in a cue; not with both of the others",
}


def add_cue_lines(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    group = parser.add_argument_group("subtitles", "for --format srt and vtt; needs times of words")
    for name, says in _SAYS.items():
        group.add_argument(f"--{name}", metavar="N", type=_counted, help=says)
    group.add_argument(
        "--highlight_words",
        metavar="VALUE",
        type=_yes,
        default=False,
        help="yes makes a cue for each word, in which it is underlined [no]",
    )


def cue_lines(args: Any, options: Options) -> CueLines:
    """What was asked for. Raises LabBenchError where it would have no effect."""
    lines = CueLines(args.max_line_width, args.max_line_count, args.max_words_per_line, args.highlight_words)
    if lines.usual:
        return lines
    if args.format not in FORMATS:
        raise LabBenchError("Widths, counts and highlights are for subtitles.", "Use --format srt or --format vtt.")
    if not options.word_times:
        raise LabBenchError(
            "Lines of subtitles are made from the times of words, which are off.", "Leave out --word_timestamps no."
        )
    if lines.max_line_count is not None and lines.max_line_width is None:
        tell("--max_line_count has no effect without --max_line_width.")
    if None not in (lines.max_words_per_line, lines.max_line_width, lines.max_line_count):
        tell("--max_words_per_line has no effect with both --max_line_width and --max_line_count.")
    return lines


def _counted(text: str) -> int:
    if not 1 <= int(text) <= MOST:
        raise argparse.ArgumentTypeError(f"use a number from 1 to {MOST}")
    return int(text)


def _yes(text: str) -> bool:
    if text.lower() not in ("yes", "true", "no", "false"):
        raise argparse.ArgumentTypeError("use yes or no")
    return text.lower() in ("yes", "true")
