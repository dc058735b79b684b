"""A transcript as text that one can ask: how sure is the model of a word, when was it said, what was left out."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator

from PySide6.QtCore import QEvent, QMimeData, QPoint, QRegularExpression, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QGuiApplication,
    QHelpEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QResizeEvent,
    QTextCharFormat,
    QTextCursor,
)
from PySide6.QtWidgets import QTextBrowser, QTextEdit, QToolTip

from labbench.transcript.types import SPACELESS, Segment, Transcript, Word
from labbench.ui.text_direction import direction_of
from labbench.ui.theme import Theme
from labbench.ui.transcripts.transcript_looks import LINE, line_format, looks
from labbench.ui.transcripts.transcript_pieces import (
    FIGURES_TIP,
    REASONS,
    Piece,
    changes,
    figures_of,
    look_of,
    said_of,
    tip_of,
)

SCROLL_GAP = 8
MOST_FOUND = 1000
"""Places that are tinted at a time."""


class TranscriptText(QTextBrowser):
    """Words can be clicked, asked for their menu, and reached with the keyboard (Return chooses). Window's thread.

    Only whole lines are shown. While text comes, the newest word stays in view, unless somebody has scrolled away.
    """

    word_chosen = Signal(object)
    word_played = Signal(object)
    word_menu = Signal(object, QPoint)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.document().setDocumentMargin(0)
        self.setTabChangesFocus(True)
        self.setHorizontalScrollBarPolicy(
            Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        )  # Qt's wrapping may be a pixel too wide
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.viewport().setMouseTracking(True)
        self.details = False
        """Whether each segment is headed by Whisper's own figures."""
        self.reference: tuple[Word, ...] = ()
        """What was really said, where somebody wrote it: differences are marked."""
        self._starts: list[int] = []
        self._pieces: list[Piece] = []
        self._changes: Iterator[tuple[tuple[str, ...], str | None]] = iter(())
        self._pressed: QPoint | None = None
        self._wanted = ""
        self._is_note, self._grew = True, False
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """For what is shown from now on."""
        self._line = theme.size(LINE)
        self._looks, self._block = looks(theme), line_format(self._line)
        self._show_whole_lines()

    def show_words(self, settled: str, provisional: str) -> None:
        """Live text: what is settled, and what may still change, with the space between them if there is one."""
        self._show([Piece(settled, "plain"), Piece(provisional, "provisional")], growing=True)

    def show_note(self, text: str) -> None:
        """A sentence in place of a transcript."""
        self._show([Piece(text, "provisional")], note=True)

    def show_transcript(self, transcript: Transcript) -> None:
        """All segments, those that are no part of the text too, with the reason. Of one that grows the end is shown."""
        spaceless = transcript.language in SPACELESS
        pieces: list[Piece] = []
        self._changes = iter(changes(transcript.words, self.reference) if self.reference else ())
        for segment in transcript.segments:
            if segment.text.strip():
                pieces += self._segment(segment, glued=spaceless or not pieces, first=not pieces)
        self._show(pieces, growing=transcript.heard is not None)

    def mark_found(self, text: str, span: tuple[float, float] | None) -> None:
        """Every place where the words of `text` stand is tinted; at the one that begins at `span` is the cursor."""
        self._wanted = text
        self._tint_found()
        if span is None:
            return
        at = next((word for piece in self._pieces if (word := piece.word) is not None and word.start >= span[0]), None)
        place = self.place_of(at) if at is not None and at.start <= span[1] else None
        if place is not None:
            cursor = self.textCursor()
            cursor.setPosition(place)
            self.setTextCursor(cursor)
            self.ensureCursorVisible()

    def _tint_found(self) -> None:
        found: list[QTextEdit.ExtraSelection] = []
        words = self._wanted.split()
        if words:
            pattern = QRegularExpression(r"\W+".join(map(QRegularExpression.escape, words)))
            pattern.setPatternOptions(
                QRegularExpression.PatternOption.CaseInsensitiveOption
                | QRegularExpression.PatternOption.UseUnicodePropertiesOption
            )
            cursor = self.document().find(pattern, 0)
            while not cursor.isNull() and cursor.hasSelection() and len(found) < MOST_FOUND:
                place = QTextEdit.ExtraSelection()
                place.cursor, place.format = cursor, self._looks["found"]
                found.append(place)
                cursor = self.document().find(pattern, cursor)
        self.setExtraSelections(found)

    @property
    def found_count(self) -> int:
        """How many places are tinted."""
        return len(self.extraSelections())

    def copied(self) -> str:
        """What is selected, else all of it."""
        return self.textCursor().selection().toPlainText() or self.toPlainText()

    def createMimeDataFromSelection(self) -> QMimeData:
        """Plain text: colours and underlines mean nothing elsewhere."""
        data = QMimeData()
        data.setText(self.copied())
        return data

    def scroll_to_end(self) -> None:
        bar = self.verticalScrollBar()
        bar.setValue(bar.maximum())

    def word_at(self, position: int) -> Word | None:
        """The word at a character of the text."""
        piece = self._piece_at(position)
        return piece.word if piece is not None else None

    def word_under(self, point: QPoint) -> Word | None:
        """The word at a point of the viewport."""
        piece = self._piece_under(point)
        return piece.word if piece is not None else None

    @property
    def line_height(self) -> int:
        """From a line to the next, in the screen's pixels."""
        return self._line

    def place_of(self, word: Word) -> int | None:
        """The character at which a word begins."""
        found = (start for start, piece in zip(self._starts, self._pieces, strict=True) if piece.word == word)
        return next(found, None)

    # Text -------------------------------------------------------------------------------------------------------------

    def _segment(self, segment: Segment, *, glued: bool, first: bool) -> list[Piece]:
        pieces = []
        if self.details and segment.average_log_probability is not None:
            pieces.append(Piece(("" if first else "\n") + figures_of(segment) + "\n", "figures", tip=FIGURES_TIP))
            glued = True
        reason = REASONS.get(segment.doubt, "")
        if segment.dropped or not segment.words:
            text = segment.text.strip()
            pieces.append(Piece(text if glued else f" {text}", "dropped" if segment.dropped else "plain", tip=reason))
        for number, word in enumerate(segment.words if not segment.dropped else ()):
            if not (word.glued or (number == 0 and glued)):
                pieces.append(Piece(" ", "plain"))
            missing, said = next(self._changes, ((), word.text))
            pieces += [Piece(f"‸{one} ", "missing", tip=f"“{one}” was said here, and is missing.") for one in missing]
            look = "provisional" if reason else look_of(word) if said == word.text else "wrong"
            pieces.append(Piece(word.text, look, word, tip_of(word, reason) + said_of(word, said)))
        if reason:
            pieces.append(Piece(f" ({reason})", "provisional"))
        return pieces

    def _show(self, pieces: list[Piece], *, growing: bool = False, note: bool = False) -> None:
        """What looks alike and is next to each other is handed over in one go: two hours are 36,000 words.

        Where somebody has scrolled to is kept; else a `growing` text is shown at its end, any other at its beginning.
        """
        bar = self.verticalScrollBar()
        same = growing is self._grew and [piece.text for piece in pieces] == [piece.text for piece in self._pieces]
        away = bar.value() < bar.maximum() and (growing or bar.value() > 0)
        scrolled = bar.value() if (same or away) and not (note or self._is_note) else None
        self._is_note, self._grew = note, growing
        self._pieces, self._starts = [], []
        option = self.document().defaultTextOption()
        option.setTextDirection(direction_of(piece.text for piece in pieces))
        self.document().setDefaultTextOption(option)
        at, run, look = 0, "", ""
        self.clear()
        cursor = QTextCursor(self.document())
        cursor.beginEditBlock()
        cursor.setBlockFormat(self._block)
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
        if self._wanted:
            self._tint_found()
        self.moveCursor(QTextCursor.MoveOperation.Start)
        if scrolled is not None:
            bar.setValue(scrolled)
        elif growing:
            self.scroll_to_end()

    def _show_whole_lines(self) -> None:
        """What is left below the last whole line stays empty, and the wheel moves by lines."""
        self.setViewportMargins(0, 0, SCROLL_GAP, self.height() % self._line if self.height() > self._line else 0)
        self.verticalScrollBar().setSingleStep(self._line)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_whole_lines()

    def _piece_at(self, position: int) -> Piece | None:
        index = bisect_right(self._starts, position) - 1
        return self._pieces[index] if 0 <= index < len(self._pieces) else None

    # Mouse and keyboard -----------------------------------------------------------------------------------------------

    def _piece_under(self, point: QPoint) -> Piece | None:
        cursor = self.cursorForPosition(point)
        place = self.cursorRect(cursor)
        if abs(place.center().y() - point.y()) > place.height():  # below the last line
            return None
        from_right = cursor.block().textDirection() == Qt.LayoutDirection.RightToLeft
        before = point.x() > place.left() if from_right else point.x() < place.left()
        return self._piece_at(cursor.position() - (1 if before else 0))

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
        if event.matches(QKeySequence.StandardKey.Copy):
            QGuiApplication.clipboard().setText(self.copied())
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and word is not None:
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
