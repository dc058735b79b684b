"""Every option of a transcription: its name, a word on it, and what it may be. Window and command line are made of it.

`flag` is the name that openai-whisper's own program has for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from labbench.core.errors import FormatError
from labbench.transcript.engine import Options

Kind = Literal["choice", "flag", "whole", "number", "text", "numbers"]
MOST_TEXT = 2000


@dataclass(frozen=True)
class Setting:
    """One option. Numbers lie in `low` to `high`; where it `may_be_off`, None is "off"."""

    name: str
    flag: str
    title: str
    says: str
    kind: Kind
    low: float = 0.0
    high: float = 0.0
    may_be_off: bool = False
    choices: tuple[str, ...] = ()

    @property
    def default(self) -> Any:
        return getattr(Options(), self.name)

    def text(self, value: Any) -> str:
        """A value as people write it."""
        if value is None:
            return "off"
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, tuple):
            return ", ".join(f"{one:g}" for one in value)
        return f"{value:g}" if isinstance(value, float) else str(value)

    def parse(self, text: str) -> Any:
        """A value from what people write. Raises FormatError that says what it may be."""
        wrong = FormatError(f"{text!r} can't be used for {self.title.lower()}.", self._may_be())
        plain = text.strip()
        if self.may_be_off and plain.lower() in ("off", "none", ""):
            return None
        match self.kind:
            case "choice":
                if plain in self.choices:
                    return plain
            case "flag":
                if plain.lower() in ("yes", "true", "no", "false"):
                    return plain.lower() in ("yes", "true")
            case "text":
                if len(text) <= MOST_TEXT:
                    return text
            case "numbers":
                found = [_number(one, self.low, self.high) for one in plain.split(",") if one.strip()]
                if None not in found:
                    return tuple(found)
            case _:
                value = _number(plain, self.low, self.high)
                if value is not None and (self.kind == "number" or value.is_integer()):
                    return value if self.kind == "number" else int(value)
        raise wrong

    def _may_be(self) -> str:
        off = ', or "off"' if self.may_be_off else ""
        match self.kind:
            case "choice":
                return f"Use {' or '.join(self.choices)}."
            case "flag":
                return "Use yes or no."
            case "text":
                return f"Use at most {MOST_TEXT} letters."
            case "numbers":
                return f"Use numbers from {self.low:g} to {self.high:g} with commas between."
            case _:
                return (
                    f"Use a {'whole ' if self.kind == 'whole' else ''}number from {self.low:g} to {self.high:g}{off}."
                )


def _number(text: str, low: float, high: float) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if low <= value <= high else None


SETTINGS = (
    Setting(
        "task",
        "task",
        "Task",
        "Write what is said in its own language, or translate it into English.",
        "choice",
        choices=("transcribe", "translate"),
    ),
    Setting(
        "initial_prompt",
        "initial_prompt",
        "Prompt",
        "Text that Whisper takes for what was said before: names and rare words in it are more likely to be found.",
        "text",
    ),
    Setting(
        "carry_initial_prompt",
        "carry_initial_prompt",
        "Prompt for every window",
        "Give the prompt for each window of 30 seconds, not for the first alone.",
        "flag",
    ),
    Setting(
        "condition_on_previous_text",
        "condition_on_previous_text",
        "Go on from the text before",
        "Each window of 30 seconds sees the text of the last one. The text fits together better; but what goes wrong "
        "once may go on being wrong.",
        "flag",
    ),
    Setting(
        "temperatures",
        "temperature",
        "Temperatures",
        "How freely words are drawn: 0 is always the likeliest one. The next one is tried where the text repeats "
        "itself or is unlikely.",
        "numbers",
        0.0,
        2.0,
    ),
    Setting(
        "beam_size",
        "beam_size",
        "Beams",
        "At temperature 0, so many texts are followed at once and the best one is taken: better, and as much slower. "
        "Off follows one.",
        "whole",
        1,
        50,
        may_be_off=True,
    ),
    Setting(
        "best_of",
        "best_of",
        "Best of",
        "Above temperature 0, so many texts are drawn and the likeliest one is taken.",
        "whole",
        1,
        50,
        may_be_off=True,
    ),
    Setting(
        "patience",
        "patience",
        "Patience",
        "How much longer than needed beams are followed; off is 1.",
        "number",
        0.1,
        10.0,
        may_be_off=True,
    ),
    Setting(
        "length_penalty",
        "length_penalty",
        "Length penalty",
        "How beams of different length are compared: 0 to 1 as in Google's translation; off is by the mean for each "
        "token.",
        "number",
        0.0,
        1.0,
        may_be_off=True,
    ),
    Setting(
        "no_speech_threshold",
        "no_speech_threshold",
        "Silence above",
        "A window is left out if Whisper takes it for silence with more than this probability and is not sure of its "
        "text either.",
        "number",
        0.0,
        1.0,
        may_be_off=True,
    ),
    Setting(
        "log_probability_threshold",
        "logprob_threshold",
        "Unlikely below",
        "A text whose tokens have on average a smaller logarithm of probability than this is tried again.",
        "number",
        -20.0,
        0.0,
        may_be_off=True,
    ),
    Setting(
        "compression_ratio_threshold",
        "compression_ratio_threshold",
        "Repetitive above",
        "A text that can be packed smaller than this many times repeats itself and is tried again.",
        "number",
        0.0,
        100.0,
        may_be_off=True,
    ),
    Setting(
        "hallucination_silence_seconds",
        "hallucination_silence_threshold",
        "Invented in silence of",
        "Words that look invented are left out if silence of more than so many seconds is around them. Needs times of "
        "words.",
        "number",
        0.0,
        30.0,
        may_be_off=True,
    ),
    Setting(
        "word_times",
        "word_timestamps",
        "Times of words",
        "Find when each word is said; takes a little longer.",
        "flag",
    ),
    Setting(
        "most_tokens",
        "sample_len",
        "Most tokens",
        "So many pieces of words are written for a window of 30 seconds at most; off is as many as the model can.",
        "whole",
        1,
        224,
        may_be_off=True,
    ),
    Setting(
        "suppress_tokens",
        "suppress_tokens",
        "Never said",
        "Numbers of tokens that are never written, with commas between; -1 stands for symbols that are no speech.",
        "text",
    ),
    Setting(
        "prepend_punctuation",
        "prepend_punctuations",
        "Belongs to the next word",
        "These signs are put to the word behind them.",
        "text",
    ),
    Setting(
        "append_punctuation",
        "append_punctuations",
        "Belongs to the last word",
        "These signs are put to the word before them.",
        "text",
    ),
    Setting(
        "clips",
        "clip_timestamps",
        "Only from, to",
        "Seconds: from, to, from, to, ... of what is transcribed; nothing stands for all of it.",
        "numbers",
        0.0,
        1e7,
    ),
    Setting(
        "precision",
        "precision",
        "Precision",
        "Fast takes a fraction of the time on a processor and gets about as many words right. Exact gives the text of "
        "openai-whisper's own program, letter for letter.",
        "choice",
        choices=("fast", "exact"),
    ),
    Setting(
        "voice_gate",
        "voice_gate",
        "Voice gate",
        "Silence, noise and music are found first and skipped: they would take long and come out as invented words. "
        "Engines other than Whisper are spared them too.",
        "flag",
    ),
)


def with_settings(options: Options, values: Mapping[str, Any]) -> Options:
    """The options with other values. Raises FormatError where they can't be used together."""
    options = replace(options, **values)
    if not options.temperatures:
        raise FormatError("There is no temperature.", "Give at least one, such as 0.")
    if options.patience is not None and options.beam_size is None:
        raise FormatError("Patience needs beams.", "Choose a number of beams, or no patience.")
    if list(options.clips) != sorted(options.clips):
        raise FormatError("The times of what is transcribed are not in order.", "Give from, to, from, to, ...")
    try:
        tokens = [int(token) for token in options.suppress_tokens.split(",") if token.strip()]
    except ValueError:
        raise FormatError(
            f"{options.suppress_tokens!r} are no numbers of tokens.", "Use numbers with commas between, or -1."
        ) from None
    if any(not -1 <= token < 60_000 for token in tokens):
        raise FormatError("There are no tokens of such numbers.", "Use -1, or numbers from 0 on.")
    return options
