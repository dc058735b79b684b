"""What is taught is at once as coarse as it is stored, so that a word that is opened again is the very same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from labbench.audio.files import read_clip
from labbench.core.errors import LabBenchError
from labbench.core.paths import assets
from labbench.live.equipment import load_word_kit
from labbench.models.moonshine_files import moonshine_assets
from labbench.session.words_file import WordsFile, load_words, save_words
from labbench.wakeword.spotter import Spotter, spot_clip
from labbench.wakeword.templates import decode_frames, encode_frames
from labbench.wakeword.words import TaughtWord, calibration_of, leave_one_out, model_of, with_take

TAKES = assets() / "clips" / "takes"


def test_a_word_that_was_saved_is_the_same_to_the_last_bit(tmp_path: Path) -> None:
    try:
        moonshine_assets()
    except LabBenchError:
        pytest.skip("Moonshine has no wheel for this computer")
    kit, word = load_word_kit(), TaughtWord("computer")
    for path in sorted(TAKES.glob("computer_*.flac"))[:3]:
        word = with_take(word, kit.take(path.stem, read_clip(path).for_models()))
    save_words(tmp_path / "words.json", WordsFile((word,), kit.embedder.name, kit.embedder.checksum))
    (loaded,) = load_words(tmp_path / "words.json").words
    assert len(word.templates) == len(loaded.templates) == 9
    for was, now in zip(word.templates, loaded.templates, strict=True):
        assert was.frames.tobytes() == now.frames.tobytes() and was.cohort.tobytes() == now.cohort.tobytes()
    assert leave_one_out(loaded) == leave_one_out(word)
    assert calibration_of(loaded) == calibration_of(word)
    said = read_clip(TAKES / "computer_5.flac").for_models()
    frames = [spot_clip(Spotter(kit.embedder, [model_of(one)]), said)[0] for one in (word, loaded)]
    assert [frame.distances for frame in frames[0]] == [frame.distances for frame in frames[1]] != []


@settings(derandomize=True, deadline=None, database=None)
@given(
    arrays.arrays(
        np.float32,
        st.tuples(st.integers(1, 6), st.integers(1, 40)),
        elements=st.floats(-1, 1, width=32, allow_subnormal=False),
    )
)
def test_coding_twice_is_coding_once(frames: np.ndarray) -> None:
    largest = np.abs(frames).max(axis=1)
    assume(np.all((largest == 0) | (largest > 1e-6)))
    codes = encode_frames(frames)
    once = decode_frames(codes)
    assert np.array_equal(encode_frames(once), codes)
    assert decode_frames(encode_frames(once)).tobytes() == once.tobytes()
