"""Lists of what no engine may say: as people write them, checked, and joined."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import regex

from labbench.core.errors import FormatError, LabBenchError
from labbench.transcript.skeleton import skeleton

MOST_ENTRIES, MOST_LENGTH = 1000, 200
_MOST_CHARACTERS = MOST_ENTRIES * (MOST_LENGTH + 2)


@dataclass(frozen=True)
class BlockList:
    """Words or phrases, and patterns (regular expressions that see text in lower case). Check before use."""

    phrases: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.phrases or self.patterns)

    def checked(self) -> BlockList:
        """Itself. Raises FormatError naming the first entry that can't be used."""
        entries = (*self.phrases, *self.patterns)
        if len(entries) > MOST_ENTRIES or any(len(entry) > MOST_LENGTH for entry in entries):
            raise FormatError(
                "This block-list is too long.",
                f"Use at most {MOST_ENTRIES} entries of at most {MOST_LENGTH} letters.",
            )
        for phrase in self.phrases:
            if not skeleton(phrase).letters:
                raise FormatError(f"“{phrase}” can't be blocked: it has no letter or digit.", "Remove it.")
        for pattern in self.patterns:
            try:
                if compiled(pattern).search(""):
                    raise FormatError(f"The pattern “{pattern}” fits everything.", "Make it more exact.")
            except regex.error as error:
                raise FormatError(f"“{pattern}” is not a pattern ({error}).", "Correct it.") from None
        return self


def joined(*lists: BlockList) -> BlockList:
    """All that any of them blocks, each entry once."""
    return BlockList(
        tuple(dict.fromkeys(phrase for one in lists for phrase in one.phrases)),
        tuple(dict.fromkeys(pattern for one in lists for pattern in one.patterns)),
    )


def usable(blocked: BlockList) -> tuple[BlockList, list[str]]:
    """What of a list can be used, and a sentence for each entry that can't: the others stay in force."""
    phrases: list[str] = []
    patterns: list[str] = []
    trouble: list[str] = []
    for entry, kept, one in (
        *((phrase, phrases, BlockList((phrase,))) for phrase in blocked.phrases),
        *((pattern, patterns, BlockList(patterns=(pattern,))) for pattern in blocked.patterns),
    ):
        try:
            one.checked()
            kept.append(entry)
        except FormatError as error:
            trouble.append(error.message)
    if len(phrases) + len(patterns) > MOST_ENTRIES:
        trouble.append(f"Only its first {MOST_ENTRIES} entries are used.")
        phrases = phrases[:MOST_ENTRIES]
        patterns = patterns[: MOST_ENTRIES - len(phrases)]
    return BlockList(tuple(phrases), tuple(patterns)), trouble


def load_block_list(path: Path) -> BlockList:
    """A text file with a word or phrase a line; a line between slashes is a pattern, one that begins with # a remark.

    Raises LabBenchError, FormatError.
    """
    try:
        with path.open(encoding="utf-8-sig") as file:
            text = file.read(_MOST_CHARACTERS + 1)
    except (OSError, UnicodeError) as error:
        raise LabBenchError(f"The block-list {path} can't be read ({error}).", "Use a text file.") from None
    return parse_block_list(text)


def parse_block_list(text: str) -> BlockList:
    """The same from its text. Raises FormatError."""
    return split_block_list(text).checked()


def split_block_list(text: str) -> BlockList:
    """The entries of a text, whether they can be used or not."""
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    patterns = [line[1:-1] for line in lines if _is_pattern(line)]
    return BlockList(tuple(line for line in lines if not _is_pattern(line)), tuple(patterns))


def as_text(blocked: BlockList) -> str:
    """A block-list as the text of its file."""
    return "".join(f"{line}\n" for line in (*blocked.phrases, *(f"/{pattern}/" for pattern in blocked.patterns)))


def _is_pattern(line: str) -> bool:
    return len(line) > 2 and line.startswith("/") and line.endswith("/")


@lru_cache(maxsize=2 * MOST_ENTRIES)
def compiled(pattern: str) -> regex.Pattern[str]:
    return regex.compile(pattern, regex.IGNORECASE)
