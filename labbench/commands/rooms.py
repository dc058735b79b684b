"""The room that the words of a file are taught for: heard from a recording, kept, or forgotten."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from labbench.commands.console import StatusLine, ctrl_c_cancels
from labbench.commands.sound import read_sound
from labbench.core.errors import LabBenchError

if TYPE_CHECKING:
    from labbench.live.listener import WordKit
    from labbench.wakeword.embedder import Frames
    from labbench.wakeword.room import EmbeddedRoom, Room
    from labbench.wakeword.words import Take, TaughtWord


def add_room(parser: argparse.ArgumentParser) -> None:
    """The options `--room` and `--no-room`."""
    room = parser.add_mutually_exclusive_group()
    room.add_argument(
        "--room",
        metavar="AUDIO",
        type=Path,
        help="half a minute of how it sounds without the words; all words of FILE are made anew for it",
    )
    room.add_argument("--no-room", action="store_true", help="forget the room that FILE knows")


def room_for(
    args: argparse.Namespace, known: Room | None, kit: WordKit
) -> tuple[EmbeddedRoom | None, LabBenchError | None]:
    """The room to teach for, and what is wrong with its recording where only a part of it could be read.

    Without an option it is the one that is `known`. Raises LabBenchError.
    """
    from labbench.wakeword.room import embed_room, room_of

    room, damage = None if args.no_room else known, None
    if args.room is not None:
        samples, damage = read_sound(args.room)
        room = room_of(samples)
    return (None if room is None else embed_room(kit.embedder, room)), damage


def heard(kit: WordKit, room: Room | None, scored: Sequence[tuple[TaughtWord, str]]) -> tuple[Frames, ...]:
    """The windows of the room, where a scoring of one of the words needs them."""
    from labbench.wakeword.room import embed_room
    from labbench.wakeword.scoring import needs_windows

    if room is None or not any(needs_windows(scoring) for _, scoring in scored):
        return ()
    return embed_room(kit.embedder, room).windows


def in_room(kit: WordKit, words: Sequence[TaughtWord], room: EmbeddedRoom | None) -> list[TaughtWord]:
    """The words as they are made in the room, or without one. Raises Cancelled: a part is no result."""
    status, total, done = StatusLine(), sum(len(word.takes) + len(word.against) for word in words), 0
    with ctrl_c_cancels() as cancel:

        def anew(take: Take) -> Take:
            nonlocal done
            cancel.check()
            status.show(f"{done} of {total} takes made anew  Ctrl-C gives up")
            done += 1
            return kit.anew(take, room)

        try:
            return [
                replace(word, takes=tuple(map(anew, word.takes)), against=tuple(map(anew, word.against)))
                for word in words
            ]
        finally:
            status.clear()
