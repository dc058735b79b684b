"""Wake words: taught from clips, found in files."""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labbench.commands.console import FAILED, StatusLine, complain, ctrl_c_cancels, out, tell
from labbench.commands.methods import add_method, kit_for, scoring_for
from labbench.commands.rooms import add_room, heard, in_room, room_for
from labbench.commands.sound import add_channel, read_sound
from labbench.core.errors import LabBenchError
from labbench.core.progress import CancelToken
from labbench.core.timebase import MODEL_RATE, clock_text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from labbench.live.listener import WordKit
    from labbench.wakeword.room import EmbeddedRoom
    from labbench.wakeword.spotter import Detection, Spotter
    from labbench.wakeword.words import Take, TaughtWord

FEW_TAKES = 3


def add(commands: Any) -> None:
    """Add `enroll` and `detect`."""
    enroll = commands.add_parser("enroll", help="teach a wake word from clips, one take each")
    enroll.add_argument("word", metavar="WORD", help="its name; the takes of a word that is there already are replaced")
    enroll.add_argument("clips", metavar="CLIP", type=Path, nargs="+", help="a recording of the word, spoken once")
    enroll.add_argument("--out", metavar="FILE", type=Path, required=True, help="words.json; other words in it stay")
    add_room(enroll)
    add_method(enroll)
    enroll.set_defaults(run=run_enroll)
    detect = commands.add_parser("detect", help="find taught words in a sound file")
    detect.add_argument("audio", metavar="AUDIO", type=Path)
    add_channel(detect)
    detect.add_argument("--words", metavar="FILE", type=Path, required=True, help="words.json, as enroll writes it")
    detect.add_argument("--json", action="store_true", help="a list of detections as JSON")
    add_method(detect)
    detect.set_defaults(run=run_detect)


def run_enroll(args: argparse.Namespace) -> int:
    """Teach one word. Nothing is written unless at least one take can be used."""
    from labbench.session.words_file import MOST_TAKES, MOST_WORDS, WordsFile, load_words, require_embedder, save_words
    from labbench.wakeword.words import TaughtWord

    name = args.word.strip()
    if not name or not name.isprintable():
        raise LabBenchError("A wake word needs a name.", "For example: labbench enroll computer CLIP...")
    if len(args.clips) > MOST_TAKES:
        raise LabBenchError(f"{len(args.clips)} clips are too many.", f"Up to {MOST_TAKES} takes fit; ten are plenty.")
    path: Path = args.out
    before = load_words(path) if path.exists() else None
    kit = kit_for(args, before)
    if before is not None and before.words:
        require_embedder(before, kit.embedder, path)
    words = {word.name.casefold(): word for word in before.words} if before is not None else {}
    others = [word for key, word in words.items() if key != name.casefold()]
    if len(others) >= MOST_WORDS:
        raise LabBenchError(f"{path} is full: {MOST_WORDS} words fit.", "Begin another file.")
    room, damage = room_for(args, before.room if before is not None else None, kit)
    known = room.room if room is not None else None
    if before is not None and known is not before.room:
        others = in_room(kit, others, room)
        words |= {word.name.casefold(): word for word in others}
    word, status = _teach(kit, TaughtWord(name, scoring=scoring_for(args, name, words)), args.clips, others, room)
    if damage is not None:
        complain(damage)
        status = FAILED
    if word is None:
        return status
    words[name.casefold()] = word
    save_words(path, WordsFile(tuple(words.values()), kit.embedder.name, kit.embedder.checksum, known))
    if args.room is not None and known is not None:
        tell(f"The room: {known.seconds:.0f} s at {known.level_db:.0f} dBFS. {known.advice}".rstrip())
    _tell_calibration(word, kit, room)
    return status


def _teach(
    kit: WordKit, word: TaughtWord, clips: Sequence[Path], others: Sequence[TaughtWord], room: EmbeddedRoom | None
) -> tuple[TaughtWord | None, int]:
    """The word and the exit status; None where no clip could be read."""
    from labbench.wakeword.words import with_take

    status = 0
    for path in clips:
        try:
            samples, damage = read_sound(path)
        except LabBenchError as error:
            complain(error)
            status = FAILED
        else:
            word = with_take(word, kit.take(path.name, samples, room=room), others, kit.cohort.windows)
            if damage is not None:
                complain(damage)
                status = FAILED
    if not word.takes:
        return None, status
    _tell_verdicts(word, kit)
    used = tuple(_trimmed(take) for take in word.takes if take.used)
    if not used:
        raise LabBenchError("None of the clips can be used, so nothing was written.", "Record them again as advised.")
    return replace(word, takes=used), status


def _tell_verdicts(word: TaughtWord, kit: WordKit) -> None:
    from labbench.wakeword.takes import ADVICE
    from labbench.wakeword.words import leave_one_out

    distances = iter(leave_one_out(word, word.scoring, kit.cohort.windows))
    for take in word.takes:
        distance = next(distances) if take.used else math.nan
        note = "" if take.used else " Not used."
        if not math.isnan(distance):
            note = f" Distance to the other takes: {distance:.2f}."
        tell(f"{take.label}: {ADVICE[take.verdict]}{note}")


def _trimmed(take: Take) -> Take:
    """A take keeps what its templates were made of; the rest of a long clip would only fill the file."""
    from labbench.wakeword.templates import WINDOW

    start = max(0, take.start - WINDOW)
    samples = take.samples[start : take.stop + WINDOW]
    return replace(take, samples=samples, start=take.start - start, stop=take.stop - start)


def _tell_calibration(word: TaughtWord, kit: WordKit, room: EmbeddedRoom | None) -> None:
    from labbench.wakeword.calibration import Decided
    from labbench.wakeword.words import calibration_of

    found = calibration_of(word, word.scoring, kit.cohort.windows, room.windows if room is not None else ())
    count = f"{len(word.takes)} take{'s' if len(word.takes) != 1 else ''}"
    alarms = found.false_accepts_per_hour
    expected = f"{alarms:.1f}" if alarms >= 0.05 else "fewer than 0.1"
    tell(
        f"{word.name}: {count}, threshold {found.threshold:.2f}; "
        f"expect {expected} false accepts per hour of other people's speech{' or this room' if found.room else ''}."
    )
    if found.decided is Decided.ROOM:
        tell("The threshold follows from the room: something in it comes nearer than strangers' speech.")
    if found.overlap:
        tell(
            "Warning: some takes lie as far away as ordinary speech does. Record clearer ones, or choose a longer word."
        )
    elif len(word.takes) < FEW_TAKES:
        tell(f"{FEW_TAKES} takes or more, by different people, make it dependable.")


def run_detect(args: argparse.Namespace) -> int:
    """All words of the file over the whole sound, as they would be spotted live."""
    from labbench.session.words_file import load_words, require_embedder
    from labbench.wakeword.spotter import Spotter
    from labbench.wakeword.words import model_of

    content = load_words(args.words)
    usable = [word for word in content.words if word.templates]
    if not usable:
        raise LabBenchError(f"{args.words} holds no word that can be used.", "Teach one: labbench enroll WORD CLIP...")
    with ctrl_c_cancels() as cancel:
        samples, damage = read_sound(args.audio, cancel=cancel, channel=args.channel)
        kit = kit_for(args, content)
        require_embedder(content, kit.embedder, args.words)
        scored = [(word, args.scoring or word.scoring) for word in usable]
        room = heard(kit, content.room, scored)
        models = [model_of(word, scoring, kit.cohort.windows, room) for word, scoring in scored]
        detections = _spot(Spotter(kit.embedder, models), samples, cancel)
    if args.json:
        out(json.dumps([_as_dict(found) for found in detections], ensure_ascii=False, indent=2) + "\n")
    else:
        for found in detections:
            span = f"{clock_text(found.start)} to {clock_text(found.end)}"
            out(f"{span}  {found.word}  distance {found.distance:.2f}, threshold {found.threshold:.2f}\n")
        if not detections:
            tell(f"None of the words was heard in {args.audio.name}.")
    if damage is not None:
        raise damage
    return 0


def _spot(spotter: Spotter, samples: NDArray[np.float32], cancel: CancelToken) -> list[Detection]:
    """All detections in a sound (16 kHz), with progress on a terminal. Raises Cancelled: a part is no result."""
    from labbench.wakeword.spotter import spot_hops

    status, length = StatusLine(), len(samples) / MODEL_RATE
    detections: list[Detection] = []
    try:
        for frame, found in spot_hops(spotter, samples):
            cancel.check()
            detections += found
            heard = f"{clock_text(frame.index / MODEL_RATE)} of {clock_text(length)}"
            status.show(f"{heard}  found: {len(detections)}  Ctrl-C gives up")
    finally:
        status.clear()
    return detections


def _as_dict(found: Detection) -> dict[str, Any]:
    return {
        "word": found.word,
        "start_s": round(found.start, 3),
        "end_s": round(found.end, 3),
        "distance": round(found.distance, 4),
        "threshold": round(found.threshold, 4),
    }
