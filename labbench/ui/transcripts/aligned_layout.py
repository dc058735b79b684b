"""Two or three texts under each other, word by word: which words make a column, and which columns make a line.

No widgets: the columns of an hour of speech are made in a job's thread.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

from labbench.transcript.alike import closely_aligned
from labbench.transcript.compare import Pair
from labbench.transcript.types import Word, divided

Look = Literal["same", "changed", "extra", "missing", "empty"]
"""Of one word against the others: it agrees, it is another word, it is too many, it is not there, nothing should be."""
Widths = Callable[[str], float]


@dataclass(frozen=True)
class Cell:
    """One engine's word in a column, and how it looks against what it is compared with."""

    word: Word | None
    look: Look


@dataclass(frozen=True)
class Column:
    """Words that stand against each other. `said` is None where there is no reference, or where it has no word."""

    said: Word | None
    a: Cell
    b: Cell

    @property
    def words(self) -> tuple[Word | None, Word | None, Word | None]:
        """What was said, A's word and B's."""
        return self.said, self.a.word, self.b.word

    @property
    def start(self) -> float:
        """Where the first of its words begins, in seconds."""
        return min(word.start for word in self.words if word is not None)

    @property
    def end(self) -> float:
        """Where the last of its words ends, in seconds."""
        return max(word.end for word in self.words if word is not None)


@dataclass(frozen=True)
class Aligned:
    """All columns in order; `lines` is 3 with a reference, else 2."""

    columns: tuple[Column, ...] = ()
    lines: int = 2

    def counted(self, which: Literal["a", "b"]) -> tuple[int, int, int]:
        """Words of an engine that are changed, missing, too many."""
        looks = [getattr(column, which).look for column in self.columns]
        return looks.count("changed"), looks.count("missing"), looks.count("extra")

    @property
    def agreed(self) -> int:
        """Columns in which A and B have the same word."""
        return sum(column.a.look == column.b.look == "same" for column in self.columns)


def align(a: Sequence[Word], b: Sequence[Word], said: Sequence[Word] | None) -> Aligned:
    """A beside B; where it is known what was `said`, each of them against that. Any thread."""
    a, b, said = divided(a), divided(b), None if said is None else divided(said)
    if said is None:
        return Aligned(tuple(_against_each_other(pair) for pair in closely_aligned(a, b)))
    columns: list[Column] = []
    for word, (before_a, mine), (before_b, its) in zip(
        (*said, None), _against(a, said), _against(b, said), strict=True
    ):
        # What both say and nobody said is in one column: they agree in their error.
        for pair in closely_aligned(before_a, before_b):
            columns.append(Column(None, _extra(pair.one), _extra(pair.other)))
        if word is not None:
            columns.append(Column(word, mine, its))
    return Aligned(tuple(columns), lines=3)


def _against_each_other(pair: Pair) -> Column:
    match pair.change:
        case "only one":
            return Column(None, Cell(pair.one, "extra"), Cell(None, "missing"))
        case "only other":
            return Column(None, Cell(None, "missing"), Cell(pair.other, "extra"))
    look: Look = "same" if pair.change == "same" else "changed"
    return Column(None, Cell(pair.one, look), Cell(pair.other, look))


def _against(words: Sequence[Word], said: Sequence[Word]) -> list[tuple[list[Word], Cell]]:
    """For each word that was said: what is too many before it, and what stands for it. Last what is too many after."""
    found: list[tuple[list[Word], Cell]] = []
    before: list[Word] = []
    for pair in closely_aligned(words, said):
        if pair.other is None:
            before += [pair.one] if pair.one is not None else []
            continue
        if pair.one is None:
            cell = Cell(None, "missing")
        else:
            cell = Cell(pair.one, "same" if pair.change == "same" else "changed")
        found.append((before, cell))
        before = []
    return [*found, (before, Cell(None, "empty"))]


def _extra(word: Word | None) -> Cell:
    return Cell(None, "empty") if word is None else Cell(word, "extra")


# Lines ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Flow:
    """Columns in lines: column k stands at `lefts[k]` in line `lines[k]`; line n begins with column `firsts[n]`."""

    lefts: tuple[float, ...] = ()
    lines: tuple[int, ...] = ()
    firsts: tuple[int, ...] = ()

    def at(self, line: int, x: float, widths: Sequence[float]) -> int | None:
        """The column at a place in a line, None where there is none."""
        if not 0 <= line < len(self.firsts):
            return None
        for column in range(*self.columns_of(line, line)):
            if self.lefts[column] <= x < self.lefts[column] + widths[column]:
                return column
        return None

    def columns_of(self, first: int, last: int) -> tuple[int, int]:
        """The columns of lines `first` to `last`, both included: from, and before which."""
        if not self.firsts:
            return 0, 0
        stop = self.firsts[last + 1] if last + 1 < len(self.firsts) else len(self.lefts)
        return self.firsts[min(first, len(self.firsts) - 1)], stop

    def beside(self, column: int, lines: int) -> int:
        """The column that stands nearest to one of so many lines further down, or up where that is negative."""
        line = min(max(self.lines[column] + lines, 0), len(self.firsts) - 1)
        return min(range(*self.columns_of(line, line)), key=lambda one: abs(self.lefts[one] - self.lefts[column]))


def widths_of(columns: Sequence[Column], width: Widths, least: float) -> list[float]:
    """How wide each column is: as its widest word, brackets included, and never under `least`."""
    known: dict[str, float] = {}

    def wide(text: str) -> float:
        found = known.get(text)
        if found is None:
            found = known[text] = width(text)
        return found

    return [max(least, *(wide(text) for text in texts_of(column))) for column in columns]


def texts_of(column: Column) -> tuple[str, str, str]:
    """What is written in a column: what was said, A, B."""
    return (column.said.text.strip() if column.said is not None else "", text_of(column.a), text_of(column.b))


def text_of(cell: Cell) -> str:
    """A word as it is written: in brackets where it is too many."""
    if cell.word is None:
        return ""
    text = cell.word.text.strip()
    return f"[{text}]" if cell.look == "extra" else text


def flow(widths: Sequence[float], room: float, gap: float) -> Flow:
    """Columns of these widths in lines of so much room; one that is too wide has a line of its own."""
    lefts: list[float] = []
    lines: list[int] = []
    firsts: list[int] = []
    x = 0.0
    for number, width in enumerate(widths):
        if not firsts or x + width > room:
            firsts.append(number)
            x = 0.0
        lefts.append(x)
        lines.append(len(firsts) - 1)
        x += width + gap
    return Flow(tuple(lefts), tuple(lines), tuple(firsts))


def as_text(found: Aligned, names: Sequence[str], letters: int = 76) -> str:
    """The columns in plain text of equal letters, for copying: `names` are those of the lines, from the top."""
    rows = [[text or "–" for text in texts_of(column)[3 - found.lines :]] for column in found.columns]
    begin = max((len(name) for name in names), default=0) + 2
    sizes = [max(map(len, row)) for row in rows]
    lines = flow([float(size) for size in sizes], letters - begin, 1.0)
    blocks = []
    for line in range(len(lines.firsts)):
        here = range(*lines.columns_of(line, line))
        told = [" ".join(rows[one][n].ljust(sizes[one]) for one in here).rstrip() for n in range(found.lines)]
        blocks.append("".join(f"{name.ljust(begin)}{text}\n" for name, text in zip(names, told, strict=True)))
    return "\n".join(blocks)


def starts_of(columns: Sequence[Column]) -> list[float]:
    """Where each column begins, never before the one in front of it: for looking up the one at a moment."""
    return list(accumulate((column.start for column in columns), max))


def told(found: Aligned, number: int, name: str) -> str:
    """A word of line `name` ("said", "A" or "B") in a sentence: when, how sure, and what stands against it."""
    column = found.columns[number]
    if name == "said":
        return f"“{column.said.text}” was said, at {column.said.start:.2f} s." if column.said is not None else ""
    cell, other, others = (column.a, column.b, "B") if name == "A" else (column.b, column.a, "A")
    if found.lines == 3:
        against = "" if column.said is None else f"“{column.said.text}” was said."
    else:
        against = "" if other.word is None else f"{others} has “{other.word.text}”."
    if cell.word is None:
        return f"{name} has no word here. {against}".strip() if cell.look == "missing" else ""
    word = cell.word
    sure = "" if word.probability is None else f", {word.probability:.0%} sure"
    about = "" if word.exact else "about "
    nothing = "Nothing was said here." if found.lines == 3 else f"{others} has nothing here."
    why = {"changed": against, "extra": nothing}.get(cell.look, "")
    return f"{name}: “{word.text}”, {about}{word.start:.2f} to {word.end:.2f} s{sure}. {why}".strip()
