"""Make the bundled clips: everything in assets/clips/ that can be heard, and clips.json.

The speech comes from flite, espeak-ng and Kokoro, the noise from a seeded generator: no recording goes in, and two
runs with the same synthesisers give the same samples. Needs `flite` and `espeak-ng` on the path and the packages that
kokoro.py names.

    python packaging/make_clips.py [--out assets/clips] [--only demo.flac silence.flac]
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile
import soxr
from kokoro import RATE as KOKORO_RATE
from kokoro import Kokoro

Sound = npt.NDArray[np.float64]

RATE = 16_000
PEAK_DB = -3.0


@dataclass(frozen=True)
class Flite:
    """A flite voice; pitch is its mean in Hz, none for the voice's own."""

    name: str
    stretch: float = 1.0
    pitch: int | None = None

    @property
    def label(self) -> str:
        return f"flite {self.name}"

    def command(self, text: str, wav: Path) -> list[str]:
        pitch = [] if self.pitch is None else ["--setf", f"int_f0_target_mean={self.pitch}"]
        stretch = ["--setf", f"duration_stretch={self.stretch}"]
        return ["flite", "-voice", self.name, *stretch, *pitch, "-psdur", "-t", text, "-o", str(wav)]


@dataclass(frozen=True)
class Espeak:
    """An espeak-ng voice, with a variant after "+"; words a minute; pitch 0 to 99."""

    name: str
    speed: int = 140
    pitch: int = 50

    @property
    def label(self) -> str:
        return f"espeak-ng {self.name}"

    def command(self, text: str, wav: Path) -> list[str]:
        return ["espeak-ng", "-v", self.name, "-s", str(self.speed), "-p", str(self.pitch), "-w", str(wav), text]


Voice = Flite | Espeak


@dataclass(frozen=True)
class Line:
    """What one of Kokoro's voices says, written and in phonemes."""

    voice: str
    text: str
    phonemes: str


@dataclass(frozen=True)
class Say:
    """One utterance: each part is spoken on its own, with a gap between."""

    voice: Voice
    parts: tuple[str, ...]
    gap_s: float = 0.18
    pause_s: float = 0.8  # after the utterance

    @property
    def text(self) -> str:
        return " ".join(self.parts)


@dataclass(frozen=True)
class Mark:
    word: str
    start: int
    end: int


@dataclass(frozen=True)
class Clip:
    file: str
    title: str
    kind: str
    text: str
    voices: tuple[str, ...]
    sound: Sound
    marks: tuple[Mark, ...] = field(default=())

    def entry(self) -> dict[str, object]:
        return {
            "file": self.file,
            "title": self.title,
            "kind": self.kind,
            "duration_s": round(len(self.sound) / RATE, 3),
            "text": self.text,
            "voices": list(self.voices),
            "words": [
                {"word": m.word, "start_s": round(m.start / RATE, 2), "end_s": round(m.end / RATE, 2)}
                for m in self.marks
            ],
        }


def silence(seconds: float) -> Sound:
    return np.zeros(round(seconds * RATE))


def level(decibels: float) -> float:
    return float(10 ** (decibels / 20))


def to_peak(sound: Sound, decibels: float = PEAK_DB) -> Sound:
    return sound / np.abs(sound).max() * level(decibels)


def to_power(sound: Sound, decibels: float) -> Sound:
    return sound / np.sqrt(np.mean(sound**2)) * level(decibels)


def white(samples: int, seed: int) -> Sound:
    return np.random.default_rng(seed).standard_normal(samples)


def pink(samples: int, seed: int) -> Sound:
    """Noise whose power falls by 3 dB an octave, from 20 Hz up."""
    spectrum = np.fft.rfft(white(samples, seed))
    hertz = np.fft.rfftfreq(samples, 1 / RATE)
    shaped = np.where(hertz < 20, 0, 1 / np.sqrt(np.maximum(hertz, 20)))
    return np.fft.irfft(spectrum * shaped, samples)


def in_room(sound: Sound, noise_db: float, seed: int, peak_db: float = PEAK_DB) -> Sound:
    """Speech at its peak level with a quiet room around it."""
    return to_peak(sound, peak_db) + to_power(pink(len(sound), seed), noise_db)


def active_span(sound: Sound) -> tuple[int, int]:
    """From the first to the last 10 ms frame above -30 dB of the loudest one."""
    step = RATE // 100
    frames = sound[: len(sound) // step * step].reshape(-1, step)
    power = np.mean(frames**2, axis=1)
    loud = np.flatnonzero(power > power.max() * level(-60))
    return int(loud[0]) * step, int(loud[-1] + 1) * step


def outer(sound: Sound) -> tuple[int, int]:
    """From just before it is louder than -40 dB of its peak for the first time to just after the last."""
    loud = np.flatnonzero(np.abs(sound) > np.abs(sound).max() * level(-40))
    return max(0, int(loud[0]) - RATE // 100), int(loud[-1]) + RATE // 50


def trimmed(sound: Sound) -> Sound:
    """Without its outer silence, at peak level."""
    first, last = outer(sound)
    return to_peak(sound[first:last])


def between_breaks(sound: Sound, text: str) -> list[Mark]:
    """The wake words that stand between two punctuation marks of a line, and so between two breaks in its sound."""
    step = RATE // 100
    frames = np.sqrt(np.mean(sound[: len(sound) // step * step].reshape(-1, step) ** 2, axis=1))
    loud = np.flatnonzero(frames > np.abs(sound).max() * level(BREAK_DB))
    ends = np.flatnonzero(np.diff(loud) > BREAK_S * RATE / step)
    starts, stops = [loud[0], *loud[ends + 1]], [*loud[ends], loud[-1]]
    phrases = [part.strip().lower() for part in re.split("[,.?]", text) if part.strip()]
    marks = []
    for number, phrase in enumerate(phrases):
        if phrase in WORDS:  # stops make breaks within phrases, too: it is counted from the nearer end
            place = number if 2 * number < len(phrases) else number - len(phrases)
            marks.append(Mark(phrase, int(starts[place]) * step, int(stops[place] + 1) * step))
    if any(not 0.4 < (mark.end - mark.start) / RATE < 0.8 for mark in marks):
        raise SystemExit(f"no word lasts so long: {marks} in {text}")
    return marks


def phones_of(printed: str) -> list[tuple[str, int]]:
    """Phones and the sample each ends at, from what flite prints with -psdur."""
    pairs = (field.rsplit(":", 1) for field in printed.split())
    return [(name, round(float(end) * RATE)) for name, end in pairs]


PHONES = {"computer": "k ax m p y uw t er"}


def find_word(word: str, phones: list[tuple[str, int]]) -> tuple[int, int]:
    names = [name for name, _ in phones]
    wanted = PHONES[word].split()
    for at in range(1, len(names) - len(wanted) + 1):
        if names[at : at + len(wanted)] == wanted:
            return phones[at - 1][1], phones[at + len(wanted) - 1][1]
    raise SystemExit(f"flite's phones hold no {word!r}: {' '.join(names)}")


def synthesise(voice: Voice, text: str) -> tuple[Sound, str]:
    """The sound at 16 kHz, as the synthesiser gives it, and what it printed."""
    with tempfile.TemporaryDirectory() as folder:
        wav = Path(folder) / "speech.wav"
        done = subprocess.run(voice.command(text, wav), check=True, capture_output=True, text=True)
        sound, rate = soundfile.read(wav)
    return soxr.resample(sound, rate, RATE), done.stdout


def speak(voice: Voice, text: str, words: tuple[str, ...] = ()) -> tuple[Sound, list[Mark]]:
    """Speech without its outer silence at peak level, and where the wanted words lie in it."""
    sound, printed = synthesise(voice, text)
    first, last = outer(sound)
    cut = to_peak(sound[first:last])
    marks = []
    for word in words:
        if text.strip(".,!?").lower() == word:
            marks.append(Mark(word, *active_span(cut)))
        elif word in text.lower():
            start, end = find_word(word, phones_of(printed))
            marks.append(Mark(word, max(0, start - first), min(len(cut), end - first)))
    return cut, marks


def say(lines: tuple[Say, ...], words: tuple[str, ...] = (), lead_s: float = 0.5) -> tuple[Sound, tuple[Mark, ...]]:
    """Utterances one after another, each followed by its pause."""
    sounds, marks, at = [silence(lead_s)], [], len(silence(lead_s))
    for line in lines:
        for index, part in enumerate(line.parts):
            sound, found = speak(line.voice, part, words)
            gap = silence(line.gap_s if index + 1 < len(line.parts) else line.pause_s)
            marks += [Mark(m.word, at + m.start, at + m.end) for m in found]
            sounds += [sound, gap]
            at += len(sound) + len(gap)
    return np.concatenate(sounds), tuple(marks)


def text_of(lines: tuple[Say, ...]) -> str:
    return " ".join(line.text for line in lines)


def voices_of(lines: tuple[Say, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(line.voice.label for line in lines))


KAL, AWB, RMS, SLT = Flite("kal16"), Flite("awb"), Flite("rms"), Flite("slt")
NEW_YORK = Espeak("en-us-nyc", 130)
SCOTLAND = Espeak("en-gb-scotland", 140)

WORDS = ("computer", "jarvis")

WOMAN, MAN = "jf_tebukuro", "jm_kumo"

# Chosen by measuring: Whisper base reads every word, Moonshine nearly every one, and the taught word is recognised
# where it is said and nowhere else (so "computer" is not said alike each time).
DEMO = (
    Line(
        WOMAN,
        "Good morning, computer. What will the weather be like today?",
        "ɡˈʊd mˈɔɹnɪŋ, kəmpjˈuTəɹ. wˌʌt wˈɪl ðə wˈɛðəɹ bi lˈIk tədˈA?",
    ),
    Line(
        MAN,
        "Good morning. It will be sunny, with a little wind in the afternoon.",
        "ɡˈʊd mˈɔɹnɪŋ. ɪt wɪl bi sˈʌni, wɪð ə lˈɪɾᵊl wˈɪnd ɪn ði ˌæftəɹnˈun.",
    ),
    Line(
        WOMAN,
        "Computer, please remind me to water the tomatoes at half past six.",
        "kəmpjˈuTəɹ, plˈiz ɹəmˈInd mi tʊ wˈɔTəɹ ðə təmˈATOz æt hˈæf pˈæst sˈɪks.",
    ),
    Line(
        MAN,
        "Of course. I will remind you at half past six.",
        "əv kˈɔɹs. ˈI wɪl ɹəmˈInd ju æt hˈæf pˈæst sˈɪks.",
    ),
    Line(
        WOMAN,
        "And how do you know all that, computer?",
        "ænd hˌW du ju nˈO ˌɔl ðˈæt, kəmpjˈutəɹ?",
    ),
    Line(
        MAN,
        "I listen to every word, and then I guess.",
        "ˈI lˈɪsᵊn tə ˈɛvəɹi wˈɜɹd, ænd ðˈɛn ˈI ɡˈɛs.",
    ),
)
PAUSE_S = 0.6  # between the lines of the demo
BREAK_S, BREAK_DB = 0.15, -36.0  # within a line: at a comma or full stop it is quiet for so long, below its peak

TAKES: dict[str, tuple[Voice, ...]] = {
    "computer": (
        Flite("slt"),
        Flite("rms", 1.1),
        Espeak("en-us+m3", 140),
        Espeak("en-gb-x-rp", 140),
        Espeak("en-us+f2", 140),
        NEW_YORK,
    ),
    "jarvis": (
        Flite("slt"),
        Flite("rms", 1.1),
        Espeak("en-us+m3", 140),
        Flite("kal16"),
        Espeak("en-gb-x-rp", 140),
    ),
}

WITH_WORD = (
    Say(KAL, ("I wrote this letter on my computer.",)),
    Say(SCOTLAND, ("Computer.", "what time is it?"), gap_s=0.3),
    Say(AWB, ("Please turn the computer off before you leave.",)),
    Say(KAL, ("Nobody remembered to bring the tickets.",)),
    Say(AWB, ("Can you hear me, computer?",)),
)

WITHOUT_WORD = (
    Say(AWB, ("The river runs past the old mill and under a stone bridge.",)),
    Say(Flite("kal16", 1.1), ("She bought two loaves of bread and a jar of honey.",)),
    Say(Espeak("en-gb-x-rp+m7", 135), ("Rain is expected in the north before the evening.",)),
    Say(SCOTLAND, ("The children painted the fence green and yellow.",)),
    Say(KAL, ("My brother left his coat on the train again.",)),
    Say(RMS, ("A small boat crossed the bay without a sound.",)),
    Say(SLT, ("We walked home slowly because the road was icy.",)),
    Say(NEW_YORK, ("There is warm soup in the kitchen for everyone.",)),
)

BABBLE: tuple[tuple[Voice, str], ...] = (
    (
        Flite("kal16", 1.0, 105),
        "The market opens at dawn, and by noon the best fish are gone. People talk about the weather, "
        "their gardens and the price of coal, and nobody is in any hurry to go home before the rain "
        "starts. Even the cats under the tables wait until the last box is closed.",
    ),
    (
        Flite("awb"),
        "When the snow melts, the valley fills with water and the sheep are moved to higher ground. My "
        "uncle used to count them twice, once in the morning and once at night, and he never lost a "
        "single one. He is ninety now and he still asks about them.",
    ),
    (
        Flite("rms"),
        "A good loaf takes time. Mix flour, salt, yeast and water, cover the bowl, and leave it alone "
        "until the next day. Then fold the dough gently, let it rest again, and bake it in a very hot "
        "oven. Nothing smells better on a cold winter morning.",
    ),
    (
        Flite("slt"),
        "Our street has seven houses and one enormous tree. In autumn the leaves block every drain, so on "
        "Sundays we all come out with brooms and baskets, and afterwards there is tea and ginger cake. "
        "The owls who live in it watch all of this with great calm.",
    ),
    (
        Espeak("en-gb-scotland", 150),
        "The ferry leaves from the far side of the harbour, just behind the fish shop. Buy your ticket on "
        "board, sit on the left, and you will see the seals on the rocks long before the island. The last "
        "boat home is at half past nine, so keep an eye on the clock.",
    ),
    (
        Espeak("en-us+f2", 150),
        "Every evening she walked the dog around the lake and listened to the frogs. Some nights there "
        "were hundreds of them, and the noise was so loud that the dog refused to go any further. They "
        "would turn around then and take the longer path back through the woods.",
    ),
)


def demo() -> list[Clip]:
    kokoro = Kokoro(seed=1)
    sounds, marks, at = [silence(0.5)], [], len(silence(0.5))
    for line in DEMO:
        spoken = soxr.resample(kokoro.speak(line.voice, line.phonemes), KOKORO_RATE, RATE)
        sound = trimmed(spoken)
        marks += [Mark(m.word, at + m.start, at + m.end) for m in between_breaks(sound, line.text)]
        sounds += [sound, silence(PAUSE_S)]
        at += len(sounds[-2]) + len(sounds[-1])
    text, voices = " ".join(line.text for line in DEMO), (f"Kokoro {WOMAN}", f"Kokoro {MAN}")
    sound = in_room(np.concatenate(sounds), -55, seed=1)
    return [Clip("demo.flac", "Demo: a dialogue", "demo", text, voices, sound, tuple(marks))]


def takes() -> list[Clip]:
    clips = []
    for word, voices in TAKES.items():
        for number, voice in enumerate(voices, start=1):
            spoken, found = speak(voice, word, (word,))
            margin = silence(0.25)
            sound = in_room(np.concatenate([margin, spoken, margin]), -65, seed=100 + number)
            marks = tuple(Mark(m.word, m.start + len(margin), m.end + len(margin)) for m in found)
            title = f"Take {number} of “{word}”"
            clips.append(Clip(f"takes/{word}_{number}.flac", title, "take", word, (voice.label,), sound, marks))
    return clips


def sentences() -> list[Clip]:
    clips = []
    for name, title, kind, lines, seed in (
        ("sentences_with.flac", "Sentences with “computer”", "sentences_with", WITH_WORD, 3),
        ("sentences_without.flac", "Sentences without a wake word", "sentences_without", WITHOUT_WORD, 4),
        (
            "speech_short.flac",
            "A short sentence",
            "speech",
            (Say(SLT, ("The quick train to the coast leaves at noon.",), pause_s=0.3),),
            5,
        ),
    ):
        sound, marks = say(lines, WORDS, lead_s=0.3)
        clips.append(Clip(name, title, kind, text_of(lines), voices_of(lines), in_room(sound, -60, seed), marks))
    return clips


def quiet() -> list[Clip]:
    hiss = to_power(pink(5 * RATE, seed=6), -30)
    return [
        Clip("silence.flac", "Digital silence", "silence", "", (), silence(3)),
        Clip("noise.flac", "Pink noise", "noise", "", (), hiss),
    ]


def babble() -> list[Clip]:
    length = 12 * RATE
    mixed = np.zeros(length)
    for voice, text in BABBLE:
        spoken, _ = speak(voice, text)
        if len(spoken) < length:
            raise SystemExit(f"babble: {voice.label} speaks {len(spoken) / RATE:.1f} s only")
        mixed += to_power(spoken[:length], -20)
    voices = tuple(voice.label for voice, _ in BABBLE)
    return [Clip("babble.flac", "Six voices at once", "babble", "", voices, to_peak(mixed))]


MAKERS: tuple[Callable[[], list[Clip]], ...] = (demo, sentences, takes, babble, quiet)


def main() -> None:
    parser = argparse.ArgumentParser(description="Make the bundled clips with flite, espeak-ng and Kokoro.")
    default = Path(__file__).resolve().parent.parent / "assets" / "clips"
    parser.add_argument("--out", type=Path, default=default, help="folder to write to (default: %(default)s)")
    parser.add_argument("--only", nargs="+", metavar="FILE", help="write these files only, and no clips.json")
    arguments = parser.parse_args()
    missing = [tool for tool in ("flite", "espeak-ng") if shutil.which(tool) is None]
    if missing:
        sys.exit(f"not found: {', '.join(missing)} (Debian: apt-get install flite espeak-ng)")
    clips = [clip for make in MAKERS for clip in make()]
    unknown = set(arguments.only or ()) - {clip.file for clip in clips}
    if unknown:
        parser.error(f"no such clip: {', '.join(sorted(unknown))}")
    for clip in clips:
        if arguments.only and clip.file not in arguments.only:
            continue
        path = arguments.out / clip.file
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, clip.sound, RATE, subtype="PCM_16", format="FLAC")
        print(f"{path}  {len(clip.sound) / RATE:.2f} s")
    if not arguments.only:
        listing = json.dumps([clip.entry() for clip in clips], ensure_ascii=False, indent=2)
        (arguments.out / "clips.json").write_text(listing + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
