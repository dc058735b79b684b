"""What the window asks about wake words: their takes, their files, what they learnt."""

from __future__ import annotations

from labbench.ui.asking_files import AskingFiles
from labbench.ui.file_places import file_name
from labbench.ui.strings import SOUND_FILTER

LABWORD_FILTER = "Wake words (*.labword)"


class AskingWords(AskingFiles):
    """Dialogs are imported when they are first opened."""

    def takes(self, word: str) -> None:
        if found := self._existing("sounds", f"Takes of “{word}”", SOUND_FILTER):
            self._bench.teaching.teach_files(word, found)

    def coach(self, word: str) -> None:
        """Five takes of a word, led by the coach; its name must be known."""
        from labbench.ui.dialogs.coach_dialog import CoachDialog
        from labbench.ui.words.coach import Coach

        if word:
            self._open(CoachDialog(self._window, Coach(self._bench, word)))

    def takes_of(self, word: str) -> None:
        """The takes of a word, to be left out, ordered, named and cut."""
        from labbench.ui.dialogs.takes_dialog import TakesDialog

        if self._bench.teaching.word(word) is not None:
            self._show(TakesDialog(self._window, self._bench.words.takes, word))

    def room(self) -> None:
        """How it sounds here without the words."""
        from labbench.ui.dialogs.room_dialog import RoomDialog

        self._show(RoomDialog(self._window, self._bench.words.room))

    def method(self, word: str) -> None:
        """Which embedder and which scoring words are heard by."""
        from labbench.ui.dialogs.method_dialog import MethodDialog

        found = self._window.findChild(MethodDialog)
        self._show(
            found
            if found is not None and found.isVisible()
            else MethodDialog(self._window, self._bench.words.method, word)
        )

    def learnt(self, word: str) -> None:
        """Near misses of the shown sound, and what words learnt from such moments."""
        from labbench.ui.dialogs.learning_dialog import LearningDialog

        self._show(LearningDialog(self._window, word))

    def words(self) -> None:
        if path := self._one("words", "Open wake words", "Wake words (*.json)"):
            self._bench.words.open_words(path)

    def where_words(self) -> None:
        name = file_name(f"{self._bench.desk.title} words", ".json")
        if path := self._new("words", "Save wake words", name, "Wake words (*.json)"):
            self._bench.words.save_words(path)

    def export_word(self, word: str) -> None:
        if path := self._new("words", "Export the word", file_name(word, ".labword"), LABWORD_FILTER):
            self._bench.words.export_word(word, path)

    def import_word(self) -> None:
        if path := self._one("words", "Import a word", LABWORD_FILTER):
            self._bench.words.import_word(path)
