"""Every embedder behind the one protocol, on the bundled clips."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from small_whisper import CHECKPOINT as DIGITS

from labbench.audio.files import read_clip
from labbench.core import paths
from labbench.core.errors import Cancelled, LabBenchError
from labbench.core.progress import CancelToken
from labbench.live.listener import WordKit
from labbench.models import embedders, weights
from labbench.models.embedders import EMBEDDERS, EmbedderSpec, made_by, make, make_with_cohort
from labbench.models.google_embedder import BEFORE
from labbench.models.whisper_embedder import WhisperEmbedder, encoder_checksum
from labbench.wakeword.cohort import Cohort
from labbench.wakeword.embedder import Embedder
from labbench.wakeword.references import Bank
from labbench.wakeword.templates import WINDOW
from labbench.wakeword.words import TaughtWord, leave_one_out, model_of, with_take

pytestmark = pytest.mark.usefixtures("small_models")
CLIPS = paths.assets() / "clips"


@pytest.fixture(scope="module", params=list(EMBEDDERS))
def made(request: pytest.FixtureRequest) -> tuple[Embedder, Cohort]:
    try:
        return make_with_cohort(request.param, DIGITS if request.param == "whisper" else None)
    except LabBenchError as error:
        pytest.skip(str(error))


def sound(name: str, count: int = WINDOW) -> np.ndarray:
    samples = read_clip(CLIPS / name).for_models()
    return np.pad(samples, (0, max(0, count - len(samples))))[:count]


def test_frames_are_of_unit_length_one_for_each_stretch_of_sound(made: tuple[Embedder, Cohort]) -> None:
    embedder, cohort = made
    frames = embedder.embed(sound("demo.flac"))
    assert frames.dtype == np.float32
    assert abs(len(frames) - WINDOW / embedder.frame) <= 2 and frames.shape[1] == embedder.dimensions
    assert np.linalg.norm(frames, axis=1) == pytest.approx(np.ones(len(frames)), abs=1e-4)
    assert cohort.checksum == embedder.checksum and len(cohort.checksum) == 64
    assert len(cohort.windows) > 40
    assert all(window.shape == frames.shape for window in cohort.windows)


def test_equal_sound_gives_equal_frames(made: tuple[Embedder, Cohort]) -> None:
    embedder, _ = made
    one, other = sound("demo.flac"), sound("sentences_with.flac")
    before = embedder.embed(one)
    assert not np.array_equal(embedder.embed(other), before)
    assert embedder.embed(one[:16_000]).shape[0] < len(before)  # another length in between leaves no trace
    assert embedder.embed(one.copy()).tobytes() == before.tobytes()


def test_takes_of_a_word_are_nearer_to_each_other_than_to_another_word(made: tuple[Embedder, Cohort]) -> None:
    """By the mean over all pairs. Single pairs of other voices can be the other way round, with MFCC above all."""
    embedder, cohort = made
    words = {}
    for name in ("computer", "jarvis"):
        word = TaughtWord(name)
        for path in sorted((CLIPS / "takes").glob(f"{name}_*.flac"))[:4]:
            samples = read_clip(path).for_models()
            kit = WordKit(embedder, cohort, sound("babble.flac"))
            word = with_take(word, kit.take(path.stem, samples))
        words[name] = word
    assert all(len(word.templates) == 12 for word in words.values())
    for name, other in (("computer", "jarvis"), ("jarvis", "computer")):
        model = model_of(words[other])
        bank = Bank(model.references)
        bank_distance = [model.distance(bank.distances(take.templates[0].frames)) for take in words[name].takes]
        assert np.mean(leave_one_out(words[name])) < np.mean(bank_distance)


def test_a_name_that_is_not_there() -> None:
    with pytest.raises(LabBenchError, match=r"There is no embedder 'magic'.*moonshine"):
        make("magic")
    assert all(kind.title for kind in EMBEDDERS.values())


def test_a_missing_package_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    for package in ("pyopen_wakeword", "torch"):
        monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(LabBenchError, match=r"Google's speech embedding is not installed\. It needs the package"):
        make("google")
    monkeypatch.delitem(sys.modules, "labbench.models.whisper_checkpoint", raising=False)
    with pytest.raises(LabBenchError, match="Whisper is not available"):
        make("whisper")


def test_a_cohort_of_another_model_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    changed = EMBEDDERS | {"mfcc": embedders.Kind("MFCC", "cohort.npz", EMBEDDERS["mfcc"].make)}
    monkeypatch.setattr(embedders, "EMBEDDERS", changed)
    with pytest.raises(LabBenchError, match="another model"):
        make_with_cohort("mfcc")


def test_naming_embedders_loads_none() -> None:
    code = (
        "import sys, labbench.models.embedders; print(*{'torch', 'onnxruntime', 'pyopen_wakeword'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == []


def test_whisper_on_a_window_is_its_own_encoder_with_fewer_positions() -> None:
    """The same numbers as its `forward`, asked for the window alone."""
    torch = pytest.importorskip("torch")
    from labbench.models.whisper_checkpoint import load_checkpoint
    from labbench.signal.whisper_mel import log_mel

    encoder = load_checkpoint(DIGITS).encoder
    encoder.positional_embedding = encoder.positional_embedding[:100]
    samples = sound("demo.flac")
    with torch.inference_mode():
        expected = encoder(torch.from_numpy(log_mel(samples))[None])[0].numpy()
    expected = expected / np.linalg.norm(expected, axis=1, keepdims=True)
    assert WhisperEmbedder(DIGITS).embed(samples) == pytest.approx(expected, abs=1e-5)


def test_whisper_with_fewer_layers_is_another_embedder(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    whole, cut = WhisperEmbedder(DIGITS), WhisperEmbedder(DIGITS, left_out=1)
    assert whole.checksum != cut.checksum
    assert np.abs(whole.embed(sound("demo.flac")) - cut.embed(sound("demo.flac"))).max() > 0.01
    assert cut.embed(np.zeros(100, np.float32)).shape == (0, cut.dimensions)
    with pytest.raises(ValueError, match="layers"):
        WhisperEmbedder(DIGITS, left_out=3)
    with pytest.raises(ValueError, match="30 s"):
        whole.embed(np.zeros(31 * 16_000, np.float32))
    with pytest.raises(LabBenchError, match="There is no file"):
        make("whisper", tmp_path / "none.pt")


def test_google_frames_are_the_packages_own() -> None:
    """The package streams, 80 ms at a time; here a window is run at once. Its steps begin at the stream's start."""
    pytest.importorskip("pyopen_wakeword")
    from pyopen_wakeword import OpenWakeWordFeatures

    samples = np.round(sound("demo.flac", 38 * 1280) * 32767).astype(np.int16)
    stream = OpenWakeWordFeatures.from_builtin()
    pieces = [samples[start : start + 1280].tobytes() for start in range(0, len(samples), 1280)]
    theirs = np.concatenate([part[0, 0] for piece in pieces for part in stream.process_streaming(piece)])
    theirs /= np.linalg.norm(theirs, axis=1, keepdims=True)
    embedder = make("google")
    in_step = samples[BEFORE % embedder.frame :].astype(np.float32) / np.float32(32768.0)
    middle = embedder.embed(in_step)[8:24]
    alike = middle @ theirs.T
    assert alike.max(axis=1) == pytest.approx(np.ones(len(middle)), abs=1e-4)
    assert np.all(np.diff(alike.argmax(axis=1)) == 1)


@pytest.mark.parametrize("name", EMBEDDERS)
def test_who_made_words_is_told_by_their_checksum(name: str) -> None:
    if EMBEDDERS[name].missing:
        pytest.skip(EMBEDDERS[name].missing)
    found = made_by(make(name).checksum, [DIGITS])
    assert found == EmbedderSpec(name, DIGITS if name == "whisper" else None)


def test_a_checkpoint_of_ones_own_is_found_among_those_at_hand(tmp_path: Path) -> None:
    own = tmp_path / "own.pt"
    own.write_bytes(b"weights")
    checksum = encoder_checksum(hashlib.sha256(b"weights").hexdigest())
    assert made_by(checksum, [tmp_path / "gone.pt", own]) == EmbedderSpec("whisper", own)
    assert made_by(checksum, [tmp_path / "gone.pt"]) is None and made_by("0" * 64, [own]) is None
    assert EmbedderSpec("whisper", own).title == "Whisper's encoder (own)" and EmbedderSpec().is_default
    tiny = tmp_path / "tiny.pt"
    with tiny.open("wb") as file:
        file.truncate(weights.OFFICIAL["tiny"].size_bytes)  # told by its name and length: gigabytes are not read
    assert made_by(encoder_checksum(weights.OFFICIAL["tiny"].sha256), [tiny]) == EmbedderSpec("whisper", tiny)
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        made_by("0" * 64, [own], cancel)


def test_what_is_missing_is_told_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyopen_wakeword", None)
    assert EMBEDDERS["google"].missing.endswith(f"{sys.executable} -m pip install pyopen-wakeword")
    assert EMBEDDERS["mfcc"].missing == ""
