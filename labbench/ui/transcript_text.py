"""A transcript as text that one can ask: how sure is the model of a word, when was it said, what was left out."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import QColor, QContextMenuEvent, QHelpEvent, QKeyEvent, QMouseEvent, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QTextBrowser, QToolTip

from labbench.core.timebase import clock_text
from labbench.transcript.compare import aligned
from labbench.transcript.types import SPACELESS, Segment, Transcript, Word
from labbench.ui.theme import Theme

SURE, UNSURE = 0.6, 0.3
"""Words below the first are underlined with dots and in another colour, below the second with a wave."""
REASONS = {
    "silence": "left out: taken for silence",
    "hallucination": "left out: it may be invented, silence is around it",
    "loop": "doubtful: it repeats itself",
}
FIGURES_TIP = (
    "No speech: how likely Whisper finds it that nobody speaks. Repetition: how many times smaller the text can be "
    "packed; above 2.4 it repeats itself. Likelihood: the mean logarithm of the probability of what was written; "
    "0 is certain, below −1 is doubted."
)
_WAVES = QTextCharFormat.UnderlineStyle.WaveUnderline
_DOTS = QTextCharFormat.UnderlineStyle.DotLine


@dataclass(frozen=True)
class _Piece:
    """A stretch of characters of one look; `word` where it is one, `tip` what is told of it."""

    text: str
    look: str
    word: Word | None = None
    tip: str = ""


class TranscriptText(QTextBrowser):
    """Words can be clicked, asked for their menu, and reached with the keyboard (Return chooses). Window's thread."""

    word_chosen = Signal(object)
    word_played = Signal(object)
    word_menu = Signal(object, QPoint)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.document().setDocumentMargin(0)
        self.setTabChangesFocus(True)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.viewport().setMouseTracking(True)
        self.details = False
        """Whether each segment is headed by Whisper's own figures."""
        self.reference: tuple[Word, ...] = ()
        """What was really said, where somebody wrote it: differences are marked."""
        self._starts: list[int] = []
        self._pieces: list[_Piece] = []
        self._changes: Iterator[tuple[tuple[str, ...], str | None]] = iter(())
        self._pressed: QPoint | None = None
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """For what is shown from now on."""
        self._looks = {
            "plain": _format(theme.text),
            "unsure": _format(theme.warning, _DOTS),
            "doubtful": _format(theme.warning, _WAVES),
            "provisional": _format(theme.muted),
            "wrong": _format(theme.text),
            "missing": _format(theme.muted),
            "dropped": _format(theme.muted),
            "figures": _format(theme.muted),
        }
        self._looks["dropped"].setFontStrikeOut(True)
        tint = QColor(theme.warning)
        tint.setAlphaF(0.35)
        self._looks["wrong"].setBackground(tint)
        self._looks["missing"].setFontItalic(True)
        self._looks["figures"].setFontPointSize(theme.font(12).pointSizeF() if theme.font(12).pointSizeF() > 0 else 9)

    def show_words(self, settled: str, provisional: str) -> None:
        """Live text: what is settled, and what may still change."""
        self._show([_Piece(settled, "plain"), _Piece(f" {provisional}" if provisional else "", "provisional")])
        self.scroll_to_end()

    def show_note(self, text: str) -> None:
        """A sentence in place of a transcript."""
        self._show([_Piece(text, "provisional")])

    def show_transcript(self, transcript: Transcript) -> None:
        """All segments, those that are no part of the text too, with the reason."""
        spaceless = transcript.language in SPACELESS
        pieces: list[_Piece] = []
        self._changes = iter(_changes(transcript.words, self.reference) if self.reference else ())
        for segment in transcript.segments:
            if segment.text.strip():
                pieces += self._segment(segment, glued=spaceless or not pieces, first=not pieces)
        self._show(pieces)

    def scroll_to_end(self) -> None:
        bar = self.verticalScrollBar()
        bar.setValue(bar.maximum())

    def word_at(self, position: int) -> Word | None:
        """The word at a character of the text."""
        piece = self._piece_at(position)
        return piece.word if piece is not None else None

    def place_of(self, word: Word) -> int | None:
        """The character at which a word begins."""
        found = (start for start, piece in zip(self._starts, self._pieces, strict=True) if piece.word == word)
        return next(found, None)

    # Text -------------------------------------------------------------------------------------------------------------

    def _segment(self, segment: Segment, *, glued: bool, first: bool) -> list[_Piece]:
        pieces = []
        if self.details and segment.average_log_probability is not None:
            pieces.append(_Piece(("" if first else "\n") + _figures(segment) + "\n", "figures", tip=FIGURES_TIP))
            glued = True
        reason = REASONS.get(segment.doubt, "")
        if segment.dropped or not segment.words:
            text = segment.text.strip()
            pieces.append(_Piece(text if glued else f" {text}", "dropped" if segment.dropped else "plain", tip=reason))
        for number, word in enumerate(segment.words if not segment.dropped else ()):
            if not (word.glued or (number == 0 and glued)):
                pieces.append(_Piece(" ", "plain"))
            missing, said = next(self._changes, ((), word.text))
            pieces += [_Piece(f"‸{one} ", "missing", tip=f"“{one}” was said here, and is missing.") for one in missing]
            look = "provisional" if reason else _look(word) if said == word.text else "wrong"
            pieces.append(_Piece(word.text, look, word, _tip(word, reason) + _said(word, said)))
        if reason:
            pieces.append(_Piece(f" ({reason})", "provisional"))
        return pieces

    def _show(self, pieces: list[_Piece]) -> None:
        """What looks alike and is next to each other is handed over in one go: two hours are 36,000 words."""
        self._pieces, self._starts = [], []
        at, run, look = 0, "", ""
        self.clear()
        cursor = QTextCursor(self.document())
        cursor.beginEditBlock()
        for piece in pieces:
            if piece.look != look:
                cursor.insertText(run, self._looks.get(look, QTextCharFormat()))
                run, look = "", piece.look
            run += piece.text
            self._pieces.append(piece)
            self._starts.append(at)
            at += len(piece.text.encode("utf-16-le")) // 2  # Qt counts so
        cursor.insertText(run, self._looks.get(look, QTextCharFormat()))
        cursor.endEditBlock()
        self.moveCursor(QTextCursor.MoveOperation.Start)

    def _piece_at(self, position: int) -> _Piece | None:
        index = bisect_right(self._starts, position) - 1
        return self._pieces[index] if 0 <= index < len(self._pieces) else None

    # Mouse and keyboard -----------------------------------------------------------------------------------------------

    def _piece_under(self, point: QPoint) -> _Piece | None:
        cursor = self.cursorForPosition(point)
        place = self.cursorRect(cursor)
        if abs(place.center().y() - point.y()) > place.height():  # below the last line
            return None
        position = cursor.position() - (1 if point.x() < place.left() else 0)
        return self._piece_at(position)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed = event.position().toPoint()
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        piece = self._piece_under(event.position().toPoint())
        still = self._pressed is not None and (event.position().toPoint() - self._pressed).manhattanLength() < 4
        if event.button() == Qt.MouseButton.LeftButton and still and piece is not None and piece.word is not None:
            self.word_chosen.emit(piece.word)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        piece = self._piece_under(event.position().toPoint())
        if piece is not None and piece.word is not None:
            self.word_played.emit(piece.word)
        else:
            super().mouseDoubleClickEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        piece = self._piece_at(self.textCursor().position()) if by_key else self._piece_under(event.pos())
        if piece is not None and piece.word is not None:
            self.word_menu.emit(piece.word, event.globalPos())
        else:
            super().contextMenuEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        word = self.word_at(self.textCursor().position())
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and word is not None:
            self.word_chosen.emit(word)
        elif event.key() == Qt.Key.Key_Space and word is not None:
            self.word_played.emit(word)
        else:
            super().keyPressEvent(event)

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            piece = self._piece_under(event.pos())
            if piece is not None and piece.tip:
                QToolTip.showText(event.globalPos(), piece.tip, self)
            else:
                QToolTip.hideText()
            return True
        return super().viewportEvent(event)


def _changes(words: Sequence[Word], reference: Sequence[Word]) -> list[tuple[tuple[str, ...], str | None]]:
    """For each word: what is missing before it, and what was said in its place, None where nothing was."""
    found: list[tuple[tuple[str, ...], str | None]] = []
    missing: tuple[str, ...] = ()
    for pair in aligned(words, reference):
        if pair.one is None:
            missing += (pair.other.text,) if pair.other is not None else ()
            continue
        said = pair.one.text if pair.change == "same" else pair.other.text if pair.other is not None else None
        found.append((missing, said))
        missing = ()
    return found


def _said(word: Word, said: str | None) -> str:
    if said == word.text:
        return ""
    return f" “{said}” was said." if said is not None else " Nothing was said here."


def _format(colour: str, underline: QTextCharFormat.UnderlineStyle | None = None) -> QTextCharFormat:
    made = QTextCharFormat()
    made.setForeground(QColor(colour))
    if underline is not None:
        made.setUnderlineStyle(underline)
        made.setUnderlineColor(QColor(colour))
    return made


def _look(word: Word) -> str:
    if word.probability is None or word.probability >= SURE:
        return "plain"
    return "unsure" if word.probability >= UNSURE else "doubtful"


def _tip(word: Word, reason: str) -> str:
    about = "" if word.exact else "about "
    sure = "" if word.probability is None else f", {word.probability:.0%} sure"
    why = f" ({reason})" if reason else ""
    when = f"{about}{word.start:.2f} to {word.end:.2f} s"
    return f"“{word.text}”, {when}{sure}{why}. Click: select it. Double click: hear it."


def _figures(segment: Segment) -> str:
    """Whisper's own measures of a segment, in a line."""
    found = [f"{clock_text(segment.start)} to {clock_text(segment.end)}"]
    if segment.no_speech_probability is not None:
        found.append(f"no speech {segment.no_speech_probability:.0%}")
    if segment.compression_ratio is not None:
        found.append(f"repetition {segment.compression_ratio:.1f}")
    if segment.average_log_probability is not None:
        found.append(f"likelihood {segment.average_log_probability:.2f}".replace("-", "−"))
    if segment.temperature:
        found.append(f"temperature {segment.temperature:g}")
    return "   ".join(found)
