"""The tour: the real window, real models, real sound from the virtual microphone, a picture of every state."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from labbench import __version__
from labbench.core import paths
from labbench.core.errors import LabBenchError
from labbench.measure.tour_anomaly import AnomalySteps
from labbench.measure.tour_distances import DistanceSteps
from labbench.measure.tour_transcription import TranscriptionSteps
from labbench.measure.tour_views import DIALOGS, ViewSteps
from labbench.measure.tour_words import WordSteps

if TYPE_CHECKING:
    from labbench.ui.transcripts.transcribing import EngineSlot

PICTURE_SIZE = (1280, 860)
SMALL_SIZE = (1366, 768)
SETTLE_SECONDS = 0.3
"""New rows and sizes are laid out by the event loop; a picture is taken after it had its turn."""


@dataclass(frozen=True)
class Step:
    """What one step did: whether it did what it should, how long it took, what was seen."""

    name: str
    ok: bool
    seconds: float
    seen: str


class StepFailedError(Exception):
    """A step did not do what it should; the tour goes on with the next."""


def run(out: Path, progress: Callable[[str], None]) -> int:
    """Walk through the program offscreen; pictures and `report.json` go to `out`. 0 only if every step was right.

    Raises LabBenchError where `out` can't be written.
    """
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LabBenchError(f"{out} can't be made: {error.strerror}.", "Choose another folder.") from error
    from PySide6.QtCore import qInstallMessageHandler

    qInstallMessageHandler(_pass_on)
    tour = Tour(out, progress)
    try:
        tour.walk()
    finally:
        tour.close()
        qInstallMessageHandler(None)
    report = {"program": __version__, "ok": tour.ok, "steps": [asdict(step) for step in tour.steps]}
    (out / "report.json").write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    progress(
        f"{sum(step.ok for step in tour.steps)} of {len(tour.steps)} steps did what they should; pictures in {out}"
    )
    return 0 if tour.ok else 1


def _pass_on(_kind: object, _context: object, text: str) -> None:
    """What Qt says, but for a remark of the offscreen display that means nothing to anybody."""
    if "propagateSizeHints" not in text:
        sys.stderr.write(f"{text}\n")


class Tour:
    """One window, walked through step by step."""

    def __init__(self, out: Path, progress: Callable[[str], None]) -> None:
        from labbench import app
        from labbench.session.store import Session
        from labbench.ui.bench import Bench
        from labbench.ui.main_window import MainWindow

        self._out = out
        self._progress = progress
        self.steps: list[Step] = []
        self._application = app.make_application()
        self._bench = Bench(replace(app.make_tools(Session.new(out / "sessions")), home=out / "sessions"))
        self._window = MainWindow(self._bench)
        self._window.resize(*PICTURE_SIZE)
        self._views = ViewSteps(self._window, self._wait)
        self._reads = TranscriptionSteps(self._window, self._views, self._wait, out / "clips")
        self._words = WordSteps(self._window, self._views, self._wait)
        self._unusual = AnomalySteps(self._window, self._views, self._wait, out / "clips")
        self._distances = DistanceSteps(self._window, self._views, self._wait)
        self._defects: list[str] = []
        self._bench.notices.defect.connect(self._defects.append)

    @property
    def ok(self) -> bool:
        return bool(self.steps) and all(step.ok for step in self.steps) and not self._defects

    def close(self) -> None:
        self._window.leave()
        self._window.deleteLater()

    def walk(self) -> None:
        """All steps in order."""
        self._step("an empty window offers three ways to begin", self._empty)
        self._step("engines load", self._warm_up)
        self._step("a word is taught from bundled takes", self._teach)
        self._step("sound runs: partial text, moving distances", self._go_live)
        self._step("the word is recognised while sound runs", self._recognise)
        self._step("the recording is transcribed", self._transcribed)
        self._step("a take is caught live", self._catch_take)
        self._step("a take that is no good gets its reason", self._bad_take)
        self._step("a file is opened, transcribed and searched", self._open_file)
        self._step("a word is selected and measured", self._views.select_word)
        self._step("what Whisper sees", self._views.whisper_sees)
        self._step("a label is written", self._views.label)
        self._step("the session opens again as it was", self._views.reopen)
        self._step("a word is found in the transcripts", self._views.find)
        reads = self._reads
        self._step("both engines against what was really said, word by word", reads.compare)
        self._step("Whisper's figures on each segment", reads.apart)
        self._step("the failure lab: noise by degrees", reads.failure_lab)
        self._step("a table over files", reads.compare_files)
        for action, name in DIALOGS:
            self._step(name, partial(self._views.open_dialog, action))
        self._step("what a word has learnt", self._words.learnt)
        self._step("every way to hear a word", self._words.ways)
        self._views.close_dialog()
        for name, do in self._distances.steps():
            self._step(name, do)
        self._step("a file that is no sound gives one sentence", self._bad_file)
        self._step("light theme, small screen", partial(self._views.themed, "light", SMALL_SIZE))
        self._step("projector theme", partial(self._views.themed, "projector", SMALL_SIZE))
        self._step("what stands out in the hum of a machine", partial(self._unusual.knocks, PICTURE_SIZE))
        self._step("the words know the room", self._words.room)
        self._views.close_dialog()

    def _step(self, name: str, do: Callable[[], str]) -> None:
        self._progress(name)
        began = time.perf_counter()
        try:
            seen, ok = do(), True
        except Exception as error:  # noqa: BLE001 - whatever a step meets belongs in the report
            seen, ok = f"{type(error).__name__}: {error}", False
        from labbench.jobs.waiting import wait_until

        picture = f"{len(self.steps) + 1:02d}-{'-'.join(name.split(':')[0].replace(',', '').split())}.png"
        wait_until(lambda: False, SETTLE_SECONDS)
        if not self._views.picture().grab().save(str(self._out / picture)):
            seen, ok = f"{seen}; the picture could not be written", False
        self.steps.append(Step(name, ok, round(time.perf_counter() - began, 2), seen))
        if not ok:
            self._progress(f"  failed: {seen}")

    def _wait(self, condition: Callable[[], bool], seconds: float, what: str) -> None:
        from labbench.jobs.waiting import wait_until

        if not wait_until(condition, seconds):
            raise StepFailedError(f"not within {seconds:.0f} s: {what}")

    # Steps ----------------------------------------------------------------------------------------------------------

    def _empty(self) -> str:
        painted: list[bool] = []
        self._window.painted.connect(lambda: painted.append(True))
        self._window.show()
        self._wait(lambda: bool(painted), 10, "the first paint")
        self._bench.sources.look()
        self._wait(lambda: not self._bench.jobs.running, 10, "the list of sources")
        if not self._window.welcome.isVisible():
            raise StepFailedError("the first steps are not shown")
        return f"{self._window.toolbar.source.count()} sources"

    def _warm_up(self) -> str:
        self._bench.engines.warm_up()
        self._wait(lambda: not self._bench.jobs.running, 120, "both engines loaded")
        hosts = [engine.host for engine in self._engines]
        infos = [host.info for host in hosts if host is not None]
        if len(infos) != len(hosts) or None in infos:
            raise StepFailedError("an engine did not load")
        return " and ".join(info.title for info in infos if info is not None)

    @property
    def _engines(self) -> list[EngineSlot]:
        """Those that are here: Whisper's weights may not be."""
        return [engine for engine in self._bench.engines.slots if not engine.spec.is_missing]

    def _teach(self) -> str:
        from labbench.ui.words.word_desk import DEMO_WORD

        self._window.words.demo.click()
        self._wait(
            lambda: not self._busy_teaching() and bool(self._bench.teaching.live_words), 60, "takes of the demo word"
        )
        word = self._bench.teaching.word(DEMO_WORD)
        assert word is not None
        good = sum(take.used for take in word.takes)
        if good < 5:
            raise StepFailedError(f"only {good} takes were accepted")
        return f"{good} takes, threshold {self._bench.teaching.live_words[0][1]:.2f}"

    def _busy_teaching(self) -> bool:
        return self._bench.teaching.waiting or bool(self._bench.jobs.running)

    def _go_live(self) -> str:
        from labbench.ui.sounds.sources import demo_source

        self._bench.start(demo_source())
        texts = (self._window.transcripts.a, self._window.transcripts.b)
        self._wait(lambda: self._bench.sound.running is not None, 20, "sound")
        self._wait(lambda: any(column.shown_text for column in texts), 20, "partial text")
        self._wait(lambda: len(self._window.strip.held("computer")[0]) > 20, 20, "distances")
        if self._bench.sound.running is None:
            raise StepFailedError("the clip ended before text and distances came")
        return f"after {self._bench.sound.seconds:.1f} s of sound: {texts[0].shown_text!r}, {texts[1].shown_text!r}"

    def _recognise(self) -> str:
        self._wait(lambda: len(self._bench.scores.detections) >= 2, 20, "two detections while sound runs")
        if self._bench.sound.running is None:
            raise StepFailedError("the clip ended first")
        return ", ".join(f"{found.word} at {found.start:.1f} s" for found in self._bench.scores.detections)

    def _transcribed(self) -> str:
        engines = self._engines
        self._wait(lambda: self._bench.sound.running is None, 40, "the end of the clip")
        self._wait(lambda: all(engine.transcript is not None for engine in engines), 120, "transcripts")
        texts = [engine.transcript.text for engine in engines if engine.transcript is not None]
        self._check_detections()
        if not all("weather" in text.casefold() for text in texts):
            raise StepFailedError(f"unexpected text: {texts}")
        return " | ".join(texts)

    def _check_detections(self) -> None:
        clips = json.loads((paths.assets() / "clips" / "clips.json").read_text(encoding="utf-8"))
        demo = next(clip for clip in clips if clip["file"] == "demo.flac")
        spoken = [word["end_s"] for word in demo["words"] if word["word"] == "computer"]
        found = [detection.end for detection in self._bench.scores.detections]
        missed = [end for end in spoken if not any(abs(end - other) < 0.5 for other in found)]
        wrong = [other for other in found if not any(abs(end - other) < 0.5 for end in spoken)]
        if missed or wrong:
            raise StepFailedError(f"spoken at {spoken}, recognised at {found}")

    def _catch_take(self) -> str:
        from labbench.audio.source import FileSpec

        path = paths.assets() / "clips" / "takes" / "jarvis_1.flac"
        self._bench.words.record_take("jarvis", FileSpec(path, "A take"))
        self._wait(lambda: self._takes_of("jarvis") > 0, 60, "a take")
        self._wait(lambda: self._bench.sound.running is None, 10, "the microphone closed again")
        word = self._bench.teaching.word("jarvis")
        assert word is not None
        return f"{word.takes[0].seconds:.2f} s: {word.takes[0].verdict.value}"

    def _takes_of(self, name: str) -> int:
        word = self._bench.teaching.word(name)
        return len(word.takes) if word is not None else 0

    def _bad_take(self) -> str:
        clips = paths.assets() / "clips"
        takes = [clips / "takes" / f"jarvis_{number}.flac" for number in (2, 3, 4)]
        self._bench.teaching.teach_files("jarvis", [*takes, clips / "silence.flac"])
        self._wait(lambda: not self._busy_teaching() and self._takes_of("jarvis") == 5, 60, "the takes")
        strip = self._window.strip
        self._wait(
            lambda: "jarvis" in strip.thresholds and len(strip.held("jarvis")[0]) > 0, 20, "distances to the new word"
        )
        word = self._bench.teaching.word("jarvis")
        assert word is not None
        verdicts = [take.verdict.value for take in word.takes]
        if word.takes[-1].used:
            raise StepFailedError("silence was taken for a word")
        return ", ".join(verdicts)

    def _open_file(self) -> str:
        path = paths.assets() / "clips" / "sentences_with.flac"
        self._bench.open_file(path)
        shown = self._bench.shown
        self._wait(lambda: shown.recording is not None and shown.recording.title == path.stem, 20, "the file")
        engines = self._engines
        self._wait(lambda: len(self._window.strip.held("computer")[0]) > 100, 60, "distances of the file")
        self._wait(lambda: all(engine.transcript is not None for engine in engines), 120, "transcripts")
        found = [detection.word for detection in self._bench.scores.detections]
        if "computer" not in found:
            raise StepFailedError("the word was not found in the file")
        return f"recognised: {', '.join(found)}"

    def _bad_file(self) -> str:
        bad = self._out / "no-sound.wav"
        bad.write_bytes(b"This is not sound.")
        self._bench.open_file(bad)
        self._wait(self._window.notice.isVisible, 20, "a notice")
        bad.unlink()
        return self._window.notice.text
