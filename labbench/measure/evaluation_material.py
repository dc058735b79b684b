"""What wake words are evaluated on: folders of takes and background, draws from them, and test clips made of takes."""

from __future__ import annotations

import os
import zlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from labbench.audio.files import read_clip
from labbench.core.errors import LabBenchError
from labbench.core.timebase import MODEL_RATE
from labbench.signal.mixing import active_power, mix, tile
from labbench.ui.strings import SOUND_SUFFIXES
from labbench.wakeword.spotter import FIRST, HOP

Sound = NDArray[np.float32]
MOST_FILES = 20_000
"""In one folder: more is a mistake in its name."""
LONGEST_TAKE_SECONDS = 30.0
FRAME = MODEL_RATE // 100
BELOW_PEAK_DB = 30.0
LEAD = FIRST + round(0.7 * MODEL_RATE)
"""Before the word in a test clip: the first window that is scored ends well before the word begins."""
TAIL = round(0.8 * MODEL_RATE)
"""After the word: later than a detection may come."""
AROUND = MODEL_RATE // 2
"""Quiet before and after takes and background, whose files may be cut at the first sound."""
QUIETEST_DB = -50.0
"""What is put around a clip is at most so loud beside its speech."""
VOICES = 4
"""Files that speak at once in babble."""
MOST_VOICES, LONGEST_VOICE = 64, 60 * MODEL_RATE
"""Files that babble is mixed of, and samples of each: they stay in memory."""


@dataclass(frozen=True)
class WordFolder:
    """A word: the folder's name, its files, and who speaks in each."""

    name: str
    files: tuple[Path, ...]
    speakers: tuple[str, ...]


@dataclass(frozen=True)
class Utterance:
    """A stretch of sound (16 kHz) with one word in it, from sample `start` to `end`."""

    samples: Sound
    start: int
    end: int


def sound_files(folder: Path) -> list[Path]:
    """Sound files in a folder and its sub-folders, by name. Raises LabBenchError where there are none."""
    if not folder.is_dir():
        raise LabBenchError(f"There is no folder {folder}.", "Check its name.")
    found: list[Path] = []
    for root, folders, names in os.walk(folder):
        folders.sort()
        found += [Path(root, name) for name in sorted(names) if Path(name).suffix.casefold() in SOUND_SUFFIXES]
        if len(found) > MOST_FILES:
            raise LabBenchError(f"{folder} holds more than {MOST_FILES} sound files.", "Choose a smaller folder.")
    if not found:
        raise LabBenchError(f"There are no sound files in {folder}.", f"It may hold {', '.join(SOUND_SUFFIXES)}.")
    return found


def word_folder(folder: Path, shots: int) -> WordFolder:
    """A folder of takes. Its sub-folders are speakers, or what stands before the first `_` of file names is.

    Where neither is there, each file is taken for another speaker's.
    Raises LabBenchError unless takes for one draw and at least one test clip are there.
    """
    files = sound_files(folder)
    if len(files) <= shots:
        raise LabBenchError(
            f"{folder} holds {len(files)} takes; {shots} are taught and at least one is left to test with.",
            "Add takes, or teach fewer: --shots.",
        )
    return WordFolder(folder.resolve().name, tuple(files), tuple(_speaker(path, folder) for path in files))


def _speaker(path: Path, folder: Path) -> str:
    inside = path.relative_to(folder)
    if len(inside.parts) > 1:
        return inside.parts[0]
    before, underscore, _ = path.stem.partition("_")
    return before if underscore else path.stem


def generator(seed: int, *keys: str | int) -> np.random.Generator:
    """Random numbers that follow from the seed and from what they are for, whatever else is drawn."""
    return np.random.default_rng([seed, *(zlib.crc32(str(key).encode("utf-8", "surrogateescape")) for key in keys)])


def draw_order(word: WordFolder, seed: int, draw: int) -> list[int]:
    """Numbers of the word's files in the order in which they are tried as takes: all speakers once, then again."""
    random = generator(seed, word.name, "takes", draw)
    by_speaker: dict[str, list[int]] = defaultdict(list)
    for number in random.permutation(len(word.files)).tolist():
        by_speaker[word.speakers[number]].append(number)
    rounds = max(len(own) for own in by_speaker.values())
    return [own[turn] for turn in range(rounds) for own in by_speaker.values() if turn < len(own)]


def held_out(word: WordFolder, seed: int, draw: int, taught: Sequence[int], most: int) -> list[int]:
    """The files that a draw is tested with: at most `most` of the rest. Draws take turns through all of them."""
    order = generator(seed, word.name, "tests").permutation(len(word.files))
    rest = [number for number in np.roll(order, -draw * most).tolist() if number not in set(taught)]
    return rest[:most]


def read_sound(path: Path) -> Sound:
    """A whole file at 16 kHz. Raises LabBenchError."""
    return read_clip(path).for_models()


def read_take(path: Path) -> Sound:
    """A file that holds one word. Raises LabBenchError, also for one that is far too long for that."""
    clip = read_clip(path)
    if clip.seconds > LONGEST_TAKE_SECONDS:
        raise LabBenchError(
            f"{path} lasts {clip.seconds:.0f} seconds: that is no take of one word.", "Leave such files out."
        )
    return clip.for_models()


def spoken(samples: Sound) -> tuple[int, int]:
    """From the first to the end of the last 10 ms frame above `BELOW_PEAK_DB` under the loudest, in samples."""
    count = len(samples) // FRAME
    if not count:
        return 0, len(samples)
    power = np.mean(samples[: count * FRAME].reshape(count, FRAME).astype(np.float64) ** 2, axis=1)
    loud = np.flatnonzero(power >= power.max() * 10.0 ** (-BELOW_PEAK_DB / 10.0))
    return int(loud[0]) * FRAME, int(loud[-1] + 1) * FRAME


def surrounded(samples: Sound, before: int, after: int, random: np.random.Generator) -> Sound:
    """The clip with faint noise around it, as loud as its own quietest tenth: the room does not end with the file."""
    count = len(samples) // FRAME
    power = 0.0
    if count:
        frames = np.mean(samples[: count * FRAME].reshape(count, FRAME).astype(np.float64) ** 2, axis=1)
        power = min(float(np.quantile(frames, 0.1)), active_power(samples, MODEL_RATE) * 10.0 ** (QUIETEST_DB / 10.0))
    noise = (random.standard_normal(before + after) * np.sqrt(power)).astype(np.float32)
    return np.concatenate([noise[:before], samples, noise[before:]])


def utterance(samples: Sound, random: np.random.Generator) -> Utterance:
    """A take as it is met in a running stream: quiet before and after, its word anywhere between two hops."""
    start, end = spoken(samples)
    lead = LEAD + int(random.integers(HOP))
    first, last = max(0, start - lead), min(len(samples), end + TAIL)
    before, after = lead - (start - first), end + TAIL - last
    return Utterance(surrounded(samples[first:last], before, after, random), lead, lead + end - start)


def in_babble(clean: Utterance, noise: Sound, ratio_db: float) -> Utterance:
    """The same with `noise` (as long) all along, `ratio_db` under its active speech."""
    return Utterance(mix(clean.samples, noise, ratio_db, MODEL_RATE), clean.start, clean.end)


class Babble:
    """Several files at once, each as loud as the others, from anywhere in them. A single file is taken as it is."""

    def __init__(self, files: Sequence[Path], random: np.random.Generator) -> None:
        self._files = [files[number] for number in random.permutation(len(files))[:MOST_VOICES].tolist()]
        self._sounds: dict[Path, Sound] = {}

    def stretch(self, length: int, random: np.random.Generator) -> Sound:
        """`length` samples with a mean power of one."""
        chosen = random.permutation(len(self._files))[:VOICES].tolist()
        total = np.zeros(length, np.float32)
        for number in chosen:
            sound = self._sound(self._files[number])
            total += tile(sound, length, int(random.integers(len(sound))))
        power = float(np.mean(np.square(total, dtype=np.float64)))
        return total / np.float32(np.sqrt(power)) if power > 0 else total

    def _sound(self, path: Path) -> Sound:
        if path not in self._sounds:
            sound = read_sound(path)[:LONGEST_VOICE]
            power = active_power(sound, MODEL_RATE)
            self._sounds[path] = sound / np.float32(np.sqrt(power)) if power > 0 else sound
        return self._sounds[path]


def named_apart(folders: Sequence[tuple[Path, WordFolder]]) -> tuple[WordFolder, ...]:
    """Words whose folders have the same name get that of the folder above as well. Raises LabBenchError for twins."""
    names = [word.name for _, word in folders]
    found = [
        replace(word, name=f"{folder.resolve().parent.name}/{word.name}") if names.count(word.name) > 1 else word
        for folder, word in folders
    ]
    for word in found:
        if sum(other.name == word.name for other in found) > 1:
            raise LabBenchError(f"The word {word.name!r} is given twice.", "Name each folder once.")
    return tuple(found)
