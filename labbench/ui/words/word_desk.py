"""What one does with words: teach them, take them from the microphone, a selection or files, keep them. No widgets."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from labbench.audio.source import FileSpec, SourceSpec
from labbench.core import paths
from labbench.core.errors import LabBenchError
from labbench.live.messages import Opened, TakeMade
from labbench.session.labword_file import NOTE, load_labword, save_labword
from labbench.session.words_file import free_name, load_words, save_words
from labbench.ui.tools import Tools
from labbench.ui.views.embedders.desk import EmbedderDesk
from labbench.ui.words.learning import Learning
from labbench.ui.words.method_desk import MethodDesk
from labbench.ui.words.room_desk import RoomDesk
from labbench.ui.words.take_desk import TakeDesk
from labbench.wakeword.in_room import without_room
from labbench.wakeword.words import Take, TaughtWord

if TYPE_CHECKING:
    from labbench.ui.bench import Bench

DEMO_WORD = "computer"


class WordDesk(QObject):
    """Between the words panel and the parts of the bench that hear, read and keep."""

    def __init__(self, bench: Bench, tools: Tools) -> None:
        super().__init__(bench)
        self._bench = bench
        self._identity = bench.teaching.heard_by.identity
        self.takes, self.learning = TakeDesk(bench), Learning(bench)
        self.room = RoomDesk(bench)
        self.method = MethodDesk(bench, tools.embedding, tools.worker)
        self.embedders = EmbedderDesk(bench, self.method, tools.embedding, tools.worker)
        self._take_for: str | None = None
        self._take_ticket: int | None = None
        bench.sound.opened.connect(self._opened)
        bench.sound.closed.connect(lambda _: self._forget())
        bench.sound.not_opened.connect(self._forget)
        bench.sound.lost.connect(self._forget)
        bench.sound.take_made.connect(self._take_ended)

    def teach_demo(self) -> None:
        """The demo word from its bundled takes."""
        takes = sorted((paths.assets() / "clips" / "takes").glob(f"{DEMO_WORD}_*.flac"))
        self._bench.teaching.teach_files(DEMO_WORD, takes)

    def source_for_take(self) -> SourceSpec:
        """What a take is heard from: the chosen microphone, or any; a clip only where there is none."""
        choice = self._bench.sources.choice
        if choice is None or (isinstance(choice, FileSpec) and self._bench.sources.has_microphone):
            return self._bench.sources.microphone
        return choice

    def record_take(self, word: str, source: SourceSpec | None = None) -> None:
        """The next spoken word becomes a take; where nothing runs, `source` is opened for just so long."""
        bench = self._bench
        if not word:
            return
        if bench.sound.running is not None:
            bench.teaching.hear_take(word)
        elif not bench.sound.opening:
            self._take_for = word
            bench.listen_briefly(source or self.source_for_take())

    def take_selection(self, word: str) -> None:
        """What is selected becomes a take."""
        bench = self._bench
        span = bench.axis.selection
        if span is None or not word:
            bench.notices.error.emit(
                LabBenchError("A take needs a name.", "Type it under Wake words, at New word.")
                if span is not None
                else LabBenchError("A take needs a selection.", "Click the word, or drag over it with Shift.")
            )
            return
        bench.teaching.teach_later(word, f"{span[0]:.2f} s", bench.selection.take_16k(span))

    def play_take(self, take: Take) -> None:
        """Let a take be heard, as it was cut."""
        self._bench.playback.play_samples(take.samples[take.start : take.stop], 16_000)

    def open_words(self, path: Path) -> None:
        try:
            content = load_words(path)
        except LabBenchError as error:
            self._bench.notices.error.emit(error)
            return
        teaching = self._bench.teaching
        if content.checksum != self._identity()[1]:
            load = teaching.load
            self.method.teach_here(content.words, lambda words: load(replace(content, words=words, room=None)))
        elif content.room is not None and not teaching.words and teaching.room is None:
            teaching.load(content)
        else:  # what they know of another room is of no use here
            words = tuple(map(without_room, content.words))
            self.room.make_here(words, lambda made: teaching.load(replace(content, words=made, room=None)))

    def export_word(self, name: str, path: Path, *, recordings: bool = True) -> None:
        """One word as one file."""
        word = self._bench.teaching.word(name)
        try:
            if word is None:
                raise LabBenchError("There is no word to export yet.", "Teach one first.")
            save_labword(path, word, *self._identity(), recordings=recordings)
        except LabBenchError as error:
            self._bench.notices.error.emit(error)
            return
        self._bench.notices.info.emit(f"Wrote {path}. {NOTE}")

    def import_word(self, path: Path) -> None:
        """A word that somebody exported, under a free name."""
        try:
            found = load_labword(path)
        except LabBenchError as error:
            self._bench.notices.error.emit(error)
            return
        if found.checksum == self._identity()[1]:
            self.room.make_here((found.word,), lambda words: self._add(words[0]))
        else:
            self.method.teach_here((found.word,), lambda words: self._add(words[0]))

    def _add(self, word: TaughtWord) -> None:
        """A word from elsewhere, under a free name."""
        name = free_name(word.name, [one.name for one in self._bench.teaching.words])
        self._bench.teaching.edits.add(replace(word, name=name), f"Import {name}")

    def save_words(self, path: Path) -> None:
        bench = self._bench
        try:
            save_words(path, bench.teaching.content())
        except LabBenchError as error:
            bench.notices.error.emit(error)
            return
        bench.notices.status.emit(
            f"Saved {path}. What is in it can reveal words and voice: share it only with consent."
        )

    def _opened(self, _: Opened) -> None:
        if self._take_for is not None:
            word, self._take_for = self._take_for, None
            self._take_ticket = self._bench.teaching.hear_take(word)

    def _forget(self) -> None:
        self._take_for = self._take_ticket = None

    def _take_ended(self, event: TakeMade) -> None:
        if event.ticket == self._take_ticket:  # the source was opened for this take only
            self._take_ticket = None
            self._bench.stop()
