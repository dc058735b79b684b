"""What leaves the program: sound sample for sample, tables, labels, transcripts, pictures."""

import csv
import io
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QImage
from PySide6.QtSvg import QSvgRenderer

from labbench.audio.recorder import Recorder
from labbench.core.errors import Cancelled, LabBenchError
from labbench.core.paths import assets
from labbench.core.progress import CancelToken, ignore_progress
from labbench.jobs.waiting import wait_until
from labbench.session.labels import read_labels
from labbench.session.recordings import Recording
from labbench.session.results import Label, ModelNote, Scores
from labbench.transcript.types import Segment, Transcript, Word
from labbench.ui import exporting, picture
from labbench.ui.exporting import Material
from labbench.wakeword.spotter import Detection, SpotFrame

CLIPS = assets() / "clips"
RATE = 8000


def sixteen_bits(path: Path) -> np.ndarray:
    return soundfile.read(path, dtype="int16")[0]


@pytest.fixture
def recorded(tmp_path) -> Path:
    """25 s of noise in 16 bits: more than one block."""
    path = tmp_path / "recorded.wav"
    recorder = Recorder(path, RATE)
    recorder.write(np.random.default_rng(1).uniform(-1, 1, 25 * RATE).astype(np.float32))
    recorder.close()
    return path


@pytest.mark.parametrize("suffix", [".wav", ".flac"])
def test_sixteen_bit_sound_comes_out_sample_for_sample(recorded, tmp_path, suffix):
    target = tmp_path / f"out{suffix}"
    told = []
    exporting.export_sound(recorded, 1.5, 24.25, target, told.append, CancelToken())
    assert np.array_equal(sixteen_bits(target), sixteen_bits(recorded)[12_000:194_000])
    assert soundfile.info(target).subtype == "PCM_16"
    assert [round(one.done, 2) for one in told] == [10.0, 20.0, 22.75] and told[0].total == 22.75


@pytest.mark.parametrize(("suffix", "most"), [(".wav", 0.0), (".flac", 2.0**-24)])
def test_float_sound_keeps_its_precision(tmp_path, suffix, most):
    source, target = tmp_path / "float.wav", tmp_path / f"out{suffix}"
    samples = np.random.default_rng(2).uniform(-0.9, 0.9, RATE).astype(np.float32)
    soundfile.write(source, samples, RATE, subtype="FLOAT")
    exporting.export_sound(source, 0.0, 1.0, target, ignore_progress, CancelToken())
    assert np.abs(soundfile.read(target, dtype="float32")[0] - samples).max() <= most


def test_a_cancelled_export_leaves_what_was_there(recorded, tmp_path):
    target = tmp_path / "out.wav"
    target.write_text("older")
    cancel = CancelToken()
    with pytest.raises(Cancelled):
        exporting.export_sound(recorded, 0.0, 25.0, target, lambda _: cancel.cancel(), cancel)
    assert target.read_text() == "older" and sorted(path.name for path in tmp_path.iterdir()) == [
        "out.wav",
        "recorded.wav",
    ]


def test_a_recording_is_never_written_over(recorded):
    before = recorded.read_bytes()
    with pytest.raises(LabBenchError, match="the recording itself"):
        exporting.export_sound(recorded, 0.0, 1.0, recorded, ignore_progress, CancelToken())
    assert recorded.read_bytes() == before


def test_expected_failures_are_sentences(recorded, tmp_path):
    with pytest.raises(LabBenchError, match="no sound in this stretch"):
        exporting.export_sound(recorded, 30.0, 31.0, tmp_path / "a.wav", ignore_progress, CancelToken())
    with pytest.raises(LabBenchError):
        exporting.export_sound(tmp_path / "no.wav", 0.0, 1.0, tmp_path / "a.wav", ignore_progress, CancelToken())
    (tmp_path / "folder").mkdir()
    with pytest.raises(LabBenchError):
        exporting.export_sound(recorded, 0.0, 1.0, tmp_path / "folder", ignore_progress, CancelToken())
    with pytest.raises(LabBenchError, match="not saved as"):
        exporting.export_transcript(TRANSCRIPT, None, tmp_path / "a.doc")


WORDS = (Word("one", 0.0, 0.5, 0.9), Word("two", 0.6, 1.0, 0.8), Word("three", 1.2, 1.8, 0.7))
TRANSCRIPT = Transcript("Test", "en", (Segment("one two three", 0.0, 1.8, WORDS, 0.1),), 2.0, 0.3)


@pytest.fixture
def found(recorded) -> Material:
    frames = [SpotFrame(index, (0.5 + index / 100_000,)) for index in range(16_000, 32_001, 1280)]
    detections = (Detection("computer", 0.4, 1.1, 0.6, 0.8, 1.3),)
    return Material(
        recording=Recording(recorded, RATE, 25 * RATE, title="Test"),
        transcripts=(TRANSCRIPT, None),
        engines=("Whisper", "Moonshine"),
        detections=detections,
        scores=Scores.of(["computer"], [0.8], frames, detections, ModelNote("", "", "")),
        labels=(Label(0.2, 0.4, "a vowel"), Label(1.0, 1.0, "a point"), Label(0.9, 3.0, "long")),
        read=lambda start, stop: soundfile.read(recorded, start=start, stop=stop, dtype="float32")[0],
    )


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"))))


def test_tables_of_a_stretch_keep_the_times_of_the_sound(found, tmp_path):
    path = tmp_path / "a.csv"
    exporting.export_table(found, "words-a", None, path)
    assert [row["word"] for row in rows(path)] == ["one", "two", "three"]
    exporting.export_table(found, "words-a", (0.55, 1.3), path)
    assert [(row["word"], row["start_s"]) for row in rows(path)] == [("two", "0.6")]
    exporting.export_table(found, "distances", (1.0, 1.2), path)
    assert [row["sample_16k"] for row in rows(path)] == ["16000", "17280", "18560"]
    exporting.export_table(found, "detections", (1.2, 2.0), path)
    assert rows(path) == []
    exporting.export_table(found, "detections", (1.0, 2.0), path)
    assert [row["word"] for row in rows(path)] == ["computer"]
    with pytest.raises(LabBenchError, match="no transcript"):
        exporting.export_table(found, "words-b", None, path)


def test_figures_of_a_stretch(found, tmp_path):
    path = tmp_path / "a.csv"
    exporting.export_table(found, "figures", (1.0, 2.0), path)
    (row,) = rows(path)
    samples = soundfile.read(found.recording.path, dtype="float32")[0][RATE : 2 * RATE]
    assert (row["sound"], row["start_s"], row["end_s"]) == ("Test", "1.0", "2.0")
    assert float(row["rms_dbfs"]) == pytest.approx(20 * np.log10(np.sqrt(np.mean(samples**2))), abs=1e-3)
    assert float(row["zero_crossings_per_s"]) == pytest.approx(RATE / 2, rel=0.05)  # of white noise
    assert int(row["clipped_samples"]) == np.count_nonzero(np.abs(samples) >= 0.999)


def test_labels_of_a_stretch_fit_its_sound(found, tmp_path):
    for name in ("a.txt", "a.TextGrid"):
        exporting.export_labels(found, "labels", (0.5, 2.5), tmp_path / name)
        kept = {(label.text, round(label.start, 3), round(label.end, 3)) for label in read_labels(tmp_path / name)}
        assert kept == {("a point", 0.5, 0.5), ("long", 0.4, 2.0)}
    exporting.export_labels(found, "words-a", None, tmp_path / "b.txt")
    assert [label.text for label in read_labels(tmp_path / "b.txt")] == ["one", "two", "three"]
    exporting.export_labels(found, "detections", None, tmp_path / "c.txt")
    assert [(label.text, label.start) for label in read_labels(tmp_path / "c.txt")] == [("computer", 0.4)]


def test_every_tier_has_a_name(found, tmp_path):
    exporting.export_labels(found, "labels", None, tmp_path / "a.TextGrid")
    assert {label.tier for label in read_labels(tmp_path / "a.TextGrid")} == {"labels"}
    assert 'name = ""' not in (tmp_path / "a.TextGrid").read_text()


def test_transcripts_of_a_stretch_begin_with_it(found, tmp_path):
    exporting.export_transcript(TRANSCRIPT, (0.55, 2.0), tmp_path / "a.srt")
    assert (tmp_path / "a.srt").read_text() == "1\n00:00:00,050 --> 00:00:01,250\ntwo three\n\n"
    exporting.export_transcript(TRANSCRIPT, None, tmp_path / "a.txt")
    assert (tmp_path / "a.txt").read_text() == "one two three\n"


times = st.floats(0, 3, allow_nan=False)


@given(times, times)
def test_words_are_in_one_part_or_the_other(at, to):
    """Cutting a transcript at two places loses no word and doubles none."""
    first, second = sorted((at, to))
    parts = [exporting.transcript_within(TRANSCRIPT, span) for span in ((0.0, first), (first, second), (second, 9.0))]
    assert [word for part in parts for word in part.words] == list(WORDS)


def test_pictures_show_all_views(open_bench, tmp_path):
    page = open_bench(twin=True)
    page.teach("computer", [CLIPS / "takes" / "computer_1.flac"])
    page.bench.open_file(CLIPS / "sentences_with.flac")
    assert wait_until(lambda: len(page.window.strip.held("computer")[0]) > 50, 60)
    axis, window = page.bench.axis, page.window
    axis.show(2.0, 4.0)
    axis.place_hover(3.0)
    picture.render_png(window, tmp_path / "a.png")
    image = QImage(str(tmp_path / "a.png"))
    assert image.size() == picture.picture_size(window) * 2
    assert axis.view == (2.0, 4.0) and axis.hover == 3.0
    axis.place_hover(None)
    assert picture.png_bytes(window) == (tmp_path / "a.png").read_bytes(), "the mouse leaves no trace"
    assert picture.png_bytes(window, (5.0, 6.0)) != (tmp_path / "a.png").read_bytes()
    assert axis.view == (2.0, 4.0)
    parts = (window.signal.spectrogram, window.signal.plot, window.signal.lanes, window.strip.plot)
    assert all(part.height() * 2 < image.height() for part in parts)
    colours = {image.pixelColor(x, y).name() for x in range(0, image.width(), 7) for y in range(0, image.height(), 7)}
    assert window.theme.surface in colours and len(colours) > 50
    picture.render_svg(window, tmp_path / "a.svg")
    assert QSvgRenderer(str(tmp_path / "a.svg")).isValid()
    text = (tmp_path / "a.svg").read_text()
    assert "non-scaling-stroke" not in text and "Sound" in text and "computer" in text and text.count("<path") > 20
