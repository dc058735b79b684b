"""What was really said: a transcript corrected word by word, and how far each engine is from it. No widgets."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from labbench.core.errors import LabBenchError
from labbench.session.recordings import Recording
from labbench.session.results import ModelNote, StoredTranscript, load_results, save_reference
from labbench.transcript.compare import ErrorRates, error_rates
from labbench.transcript.splicing import reworded, spliced
from labbench.transcript.types import Segment, Transcript, Word, share_out
from labbench.ui.transcripts.transcribing import EngineSlot
from labbench.ui.undo import Change

if TYPE_CHECKING:
    from labbench.ui.bench import Bench

BY_HAND = ModelNote("corrected by hand", "", "")
TITLE = "Corrected by hand"
MOST_TEXT = 1 << 20
"""Letters of a file of what was said."""


class ReferenceDesk(QObject):
    """Changes the reference of the shown recording; each change can be undone. The engines' own text stays as it is."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        self._bench = bench

    @property
    def transcript(self) -> Transcript | None:
        """The reference, None before anything was corrected."""
        stored = self._bench.keeping.reference
        return stored.transcript if stored is not None else None

    def correct(self, slot: EngineSlot, word: Word, text: str) -> None:
        """Something else was said there, or nothing. The first correction takes the rest from that engine's text."""
        base = self.transcript or slot.transcript
        if base is None or (self.transcript is None and text.strip() == word.text):
            return
        words, base = share_out(text, word.start, word.end), _kept(base)
        first = tuple(replace(one, glued=word.glued) for one in words[:1])
        changed = reworded(base, (*first, *words[1:]), word.start, word.end)
        if changed is None:
            segments = (Segment(f" {text.strip()}", word.start, word.end, words),) if words else ()
            part = Transcript(TITLE, base.language, segments, base.duration, 0.0)
            changed = spliced(base, part, word.start, word.end)
        self._change(self._mine(changed), "Correct a word")

    def confirm(self, slot: EngineSlot) -> None:
        """An engine's text is right as it is."""
        if slot.transcript is not None:
            self._change(self._mine(_kept(slot.transcript)), "Take as right")

    def write(self, text: str) -> None:
        """All of it, from a file or by hand; its words are shared out over the recording."""
        seconds, shown = self._bench.view.seconds, self._bench.engines.a.transcript
        language = shown.language if shown is not None else "en"
        segments = (Segment(text, 0.0, seconds, share_out(text, 0.0, seconds)),) if text.split() else ()
        self._change(self._mine(Transcript(TITLE, language, segments, seconds, 0.0)), "Write what was said")

    def read(self, path: Path) -> None:
        """The same from a text file."""
        try:
            with path.open(encoding="utf-8-sig") as file:
                text = file.read(MOST_TEXT)
        except (OSError, UnicodeError) as error:
            trouble = LabBenchError(f"{path.name} can't be read ({error}).", "Use a text file.")
            self._bench.notices.error.emit(trouble)
            return
        self.write(text)

    def clear(self) -> None:
        """Compare with nothing."""
        if self._bench.keeping.reference is not None:
            self._change(None, "Forget the corrections")

    @staticmethod
    def rates(transcript: Transcript, reference: Transcript | None) -> ErrorRates | None:
        """The errors of an engine's text, None without a reference. Any thread. Raises LabBenchError."""
        return error_rates(reference.text, transcript.text, reference.language) if reference is not None else None

    def _mine(self, transcript: Transcript) -> StoredTranscript:
        made = replace(transcript, engine=TITLE, took=0.0, languages=(), heard=None, scrubbed=0, skipped=())
        return StoredTranscript(made, BY_HAND)

    def _change(self, reference: StoredTranscript | None, text: str) -> None:
        bench = self._bench
        recording = bench.desk.shown
        if recording is None:
            bench.notices.error.emit(
                LabBenchError("There is no recording to correct.", "Record or open a sound first.")
            )
            return
        change = Change(text, lambda value: self._put(recording, value), bench.keeping.reference, reference)
        bench.undo.push(change)

    def _put(self, recording: Recording, reference: StoredTranscript | None) -> None:
        """The reference of that recording, also where another one is shown by now."""
        bench = self._bench
        if bench.desk.shown == recording:
            bench.keeping.set_reference(reference)
            return
        reference = bench.preferences.blocking.clean_stored(reference)
        try:
            if load_results(bench.desk.session, recording)[0].reference != reference:
                save_reference(bench.desk.session, recording, reference)
        except LabBenchError as error:
            bench.notices.error.emit(error)


def _kept(transcript: Transcript) -> Transcript:
    """Without what was left out, and without what only an engine has: a correction is nobody's guess."""
    plain = tuple(
        Segment(
            one.text,
            one.start,
            one.end,
            tuple(replace(word, probability=None, settled=True) for word in one.words),
        )
        for one in transcript.kept
        if one.text.strip()
    )
    return replace(transcript, segments=plain)
