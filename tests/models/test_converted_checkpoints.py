"""A checkpoint that went through another program's format and back reads as before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from foreign_weights import write_ct2, write_ggml, write_hf
from small_whisper import CHECKPOINT, SPOKEN

from labbench.audio.files import read_clip
from labbench.core.progress import CancelToken, ignore_progress
from labbench.models.conversion.dimensions import Dimensions
from labbench.models.conversion.foreign import convert
from labbench.transcript.engine import Options

torch = pytest.importorskip("torch", reason="torch has no wheel here")
from labbench.models.whisper_checkpoint import load_checkpoint  # noqa: E402
from labbench.models.whisper_engine import WhisperEngine  # noqa: E402
from labbench.models.whisper_package import whisper  # noqa: E402

pytestmark = pytest.mark.filterwarnings(
    "ignore:.*gpt2.tiktoken:ResourceWarning",  # openai-whisper leaves its table of tokens open
    "ignore:.*multilingual.tiktoken:ResourceWarning",
    "ignore:.*tiktoken:pytest.PytestUnraisableExceptionWarning",
)
HEADS = ((0, 2), (1, 0))


@pytest.fixture(scope="module")
def original() -> Any:
    return torch.load(CHECKPOINT, weights_only=True)


@pytest.fixture(scope="module")
def text() -> str:
    return read(CHECKPOINT)


def read(path: Path) -> str:
    engine = WhisperEngine.load(path, "small", "digits", fallback=False)
    samples = read_clip(SPOKEN / "digits.flac").for_models()
    options = Options(beam_size=None, temperatures=(0.0,))
    return engine.transcribe(samples, options, ignore_progress, CancelToken()).text


@pytest.mark.parametrize("kind", ["ct2", "hf", "sharded", "ggml"])
def test_there_and_back(tmp_path: Path, original: Any, text: str, kind: str) -> None:
    dims, state = Dimensions(**original["dims"]), original["model_state_dict"]
    tensors = {name: values.numpy() for name, values in state.items()}
    target = tmp_path / "back.pt"
    match kind:
        case "ct2":
            source = write_ct2(tmp_path / "folder", dims, tensors, HEADS).parent
        case "ggml":
            source = write_ggml(tmp_path / "ggml-small.bin", dims, tensors)
        case _:
            source = write_hf(tmp_path / "folder", dims, tensors, HEADS, parts=2 if kind == "sharded" else 1).parent
    convert(source, target, ignore_progress, CancelToken())
    back = torch.load(target, weights_only=True)
    assert back["dims"] == original["dims"] and back["model_state_dict"].keys() == state.keys()
    for name, values in state.items():
        assert torch.equal(back["model_state_dict"][name], values), name
        assert kind == "ggml" or back["model_state_dict"][name].dtype == torch.float16
    heads = {(layer, head) for layer, head in load_checkpoint(target).alignment_heads.to_dense().nonzero().tolist()}
    usual = {(1, 0), (1, 1), (1, 2)}  # where nobody names them: openai-whisper's guess, the later half
    assert heads == (usual if kind == "ggml" else set(HEADS))
    assert whisper.load_model(str(target), device="cpu").dims.n_text_layer == dims.n_text_layer
    assert text and read(target) == text


def test_heads_in_a_file_go_before_those_of_its_name(tmp_path: Path, original: Any) -> None:
    """And what is no table of heads is passed over."""
    mask = np.zeros((2, 3), dtype=bool)
    mask[0, 1] = True
    for heads, wanted in (
        (torch.from_numpy(mask), [[0, 1]]),
        (torch.zeros(2, 3, dtype=torch.bool), [[1, 0], [1, 1], [1, 2]]),
        (torch.ones(9, 9, dtype=torch.bool), [[1, 0], [1, 1], [1, 2]]),
        ("heads", [[1, 0], [1, 1], [1, 2]]),
    ):
        path = tmp_path / "mine.pt"
        torch.save(original | {"alignment_heads": heads}, path)
        assert load_checkpoint(path).alignment_heads.to_dense().nonzero().tolist() == wanted
