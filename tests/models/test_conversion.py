"""Weights in other programs' formats: the same numbers come out, or one sentence, and nothing else."""

from __future__ import annotations

import json
import os
import struct
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from foreign_weights import (
    HEADS,
    TINY,
    as_bfloat16,
    ct2_bytes,
    ct2_string,
    ct2_variables,
    ggml_head,
    ggml_tensor,
    ggml_values,
    hf_bytes,
    hf_config,
    hf_header,
    hf_name,
    random_tensors,
    write_ct2,
    write_ggml,
    write_hf,
)

from labbench.core.errors import Cancelled, FormatError, LabBenchError
from labbench.core.progress import CancelToken, Progress, ignore_progress
from labbench.models.conversion.checkpoint import part_of
from labbench.models.conversion.dimensions import Dimensions, expected_shapes
from labbench.models.conversion.foreign import convert, plan, recognise
from labbench.models.conversion.process import convert_apart, run_apart
from labbench.models.conversion.state import Weights, read_weights

KINDS = ("ct2", "hf", "sharded", "ggml")


def read(path: Path, cancel: CancelToken | None = None) -> Weights:
    return read_weights(plan(recognise(path)), ignore_progress, cancel or CancelToken())


def write(kind: str, folder: Path, dims: Dimensions, tensors: dict[str, np.ndarray]) -> Path:
    match kind:
        case "ct2":
            return write_ct2(folder, dims, tensors)
        case "hf":
            return write_hf(folder, dims, tensors)
        case "sharded":
            return write_hf(folder, dims, tensors, parts=3)
        case _:
            return write_ggml(folder / "ggml-mine.bin", dims, tensors)


@cache
def tiny() -> dict[str, np.ndarray]:
    return random_tensors()


# The same numbers ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("precision", ["<f2", "<f4"])
def test_numbers_and_precision_are_the_source(tmp_path: Path, kind: str, precision: str) -> None:
    tensors = random_tensors(kind=precision)
    path = write(kind, tmp_path / "model", TINY, tensors)
    found = read(path)
    assert found.dims == TINY and list(found.tensors) == list(expected_shapes(TINY))
    assert found.heads == (None if kind == "ggml" else HEADS)
    for name, values in found.tensors.items():
        assert values.shape == tensors[name].shape and np.array_equal(values, tensors[name]), name
        stored = ggml_values(name, tensors[name]) if kind == "ggml" else tensors[name]
        assert values.dtype == stored.dtype, name
    assert recognise(path.parent).path == path, "the folder is as good as the file"


def test_bfloat16_is_widened_exactly(tmp_path: Path) -> None:
    tensors = {name: as_bfloat16(values) for name, values in random_tensors(kind="<f4").items()}
    found = read(write_hf(tmp_path, TINY, tensors))
    for name, values in found.tensors.items():
        assert values.dtype == np.float32
        assert np.array_equal(values.view("<u4"), tensors[name].astype("<u4") << 16), name


@pytest.mark.parametrize("kind", ["ct2", "hf"])
def test_without_named_heads_there_are_none(tmp_path: Path, kind: str) -> None:
    path = (write_ct2 if kind == "ct2" else write_hf)(tmp_path, TINY, tiny(), heads=None)
    assert read(path).heads is None


@pytest.mark.parametrize("heads", [[[2, 0]], [[0, 1], [0, 2]], [[10**30, 0]], [], None])
def test_heads_of_a_larger_model_are_passed_over(tmp_path: Path, heads: Any) -> None:
    path = write_hf(tmp_path, TINY, tiny())
    (tmp_path / "generation_config.json").write_text(json.dumps({"alignment_heads": heads}))
    assert read(path).heads is None


@pytest.mark.parametrize("heads", [[[-1, 0]], [[0]], [["a", 0]], [[True, 0]], "x", {"0": 1}])
def test_heads_that_are_no_pairs_are_refused(tmp_path: Path, heads: Any) -> None:
    with pytest.raises(FormatError, match=r"^model\.bin can't be used: the alignment heads"):
        read(write_ct2(tmp_path, TINY, tiny(), heads=heads))


def test_names_of_hugging_face_without_their_first_part(tmp_path: Path) -> None:
    path = write_hf(tmp_path, TINY, tiny())
    named = {hf_name(name).removeprefix("model."): values for name, values in tiny().items()}
    path.write_bytes(hf_bytes(hf_header(named), named))
    assert np.array_equal(read(path).tensors["decoder.ln.weight"], tiny()["decoder.ln.weight"])


ENGLISH_NO_TIMES = 50_362
"""The number of the token before those of times, where there is English alone."""


def write_longer(folder: Path, rows: int, tokens: dict[str, int] | None, newer: bool = False) -> Path:
    """A Hugging Face checkpoint whose table has more rows than Whisper's; `tokens` are those that its files name."""
    table = np.concatenate([tiny()["decoder.token_embedding.weight"], np.full((rows, TINY.n_text_state), 7, "<f2")])
    path = write_hf(folder, TINY, {**tiny(), "decoder.token_embedding.weight": table})
    config = path.with_name("config.json")
    config.write_text(json.dumps(json.loads(config.read_text()) | {"vocab_size": TINY.n_vocab + rows}))
    if tokens is not None and newer:
        told = {str(number): {"content": name} for name, number in tokens.items()}
        path.with_name("tokenizer_config.json").write_text(json.dumps({"added_tokens_decoder": told}))
    elif tokens is not None:
        path.with_name("added_tokens.json").write_text(json.dumps(tokens))
    return path


@pytest.mark.parametrize("newer", [False, True])
@pytest.mark.parametrize("rows", [1, 8, 40])
def test_a_table_that_was_filled_up_is_cut(tmp_path: Path, rows: int, newer: bool) -> None:
    path = write_longer(tmp_path, rows, {"<|notimestamps|>": ENGLISH_NO_TIMES}, newer)
    found = read(path)
    assert found.dims == TINY
    assert all(np.array_equal(values, tiny()[name]) for name, values in found.tensors.items())


@pytest.mark.parametrize("newer", [False, True])
def test_tokens_that_were_added_by_name_are_refused(tmp_path: Path, newer: bool) -> None:
    tokens = {"<|notimestamps|>": ENGLISH_NO_TIMES, "<|sme|>": TINY.n_vocab, "<|smn|>": TINY.n_vocab + 1}
    with pytest.raises(FormatError, match=r"^model\.safetensors can't be used: 2 tokens were added.*'<\|sme\|>'"):
        read(write_longer(tmp_path, 2, tokens, newer))


@pytest.mark.parametrize(
    "tokens",
    [None, {}, {"<|notimestamps|>": 50_000}, {"<|notimestamps|>": "50362"}],
    ids=["none", "empty", "other", "text"],
)
def test_a_longer_table_that_nobody_explains_is_refused(tmp_path: Path, tokens: Any) -> None:
    with pytest.raises(FormatError, match="its vocabulary is none of Whisper's"):
        read(write_longer(tmp_path, 8, tokens))


def test_the_newest_snapshot_or_that_of_main(tmp_path: Path) -> None:
    cached = tmp_path / "models--Systran--faster-whisper-base"
    for name in ("aaaa", "bbbb"):
        write_ct2(cached / "snapshots" / name, TINY, tiny())
    (cached / "refs").mkdir()
    (cached / "refs" / "main").write_text("aaaa")
    assert recognise(cached).path == cached / "snapshots" / "aaaa" / "model.bin"
    (cached / "refs" / "main").write_text("../..")
    assert recognise(cached).path.parent.parent == cached / "snapshots"


# What is refused -------------------------------------------------------------------------------------------------


def refused(path: Path, why: str) -> LabBenchError:
    """It is refused with that in one sentence and something to do, without memory for what the file claims."""
    tracemalloc.start()
    try:
        with pytest.raises(LabBenchError, match=why) as caught:
            read(path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 8 << 20
    assert caught.value.hint.endswith(".") and caught.value.message.count("\n") == 0
    return caught.value


def ct2_with(folder: Path, **more: Any) -> Path:
    path = write_ct2(folder, TINY, tiny())
    path.write_bytes(ct2_bytes(ct2_variables(TINY, tiny()), **more))
    return path


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"version": 5}, "no CTranslate2 model of version 6"),
        ({"specification": "TransformerSpec"}, "no Whisper"),
        ({"aliases": {"decoder/layer_norm/beta": "decoder/layer_norm/gamma"}}, "are the same"),
    ],
)
def test_other_models_of_ctranslate2(tmp_path: Path, more: dict[str, Any], why: str) -> None:
    refused(ct2_with(tmp_path, **more), why)


CT2_CHANGES: dict[str, tuple[Callable[[dict[str, np.ndarray]], object], str]] = {
    "int8": (
        lambda found: found.update({"encoder/layer_0/ffn/linear_0/weight": np.zeros((32, 8), np.int8)}),
        r"quantised \(int8\)",
    ),
    "int16": (
        lambda found: found.update({"decoder/embeddings/weight": np.zeros((51864, 8), np.int16)}),
        r"quantised \(int16\)",
    ),
    "missing": (lambda found: found.pop("encoder/layer_1/ffn/linear_0/bias"), "encoder.blocks.1.mlp.0.bias is missing"),
    "no heads": (lambda found: found.pop("decoder/num_heads"), "lacks parts"),
    "extra": (lambda found: found.update({"decoder/more": np.zeros(3, np.float16)}), "decoder/more, which no Whisper"),
    "shape": (lambda found: found.update({"decoder/layer_norm/beta": np.zeros(9, np.float16)}), "another shape"),
    "stack": (
        lambda found: found.update({"encoder/layer_0/self_attention/linear_0/weight": np.zeros((16, 8), np.float16)}),
        "another shape",
    ),
    "nan": (
        lambda found: found.update({"decoder/layer_norm/beta": np.full(8, np.nan, np.float16)}),
        "not finite",
    ),
    "infinite": (
        lambda found: found.update({"decoder/layer_norm/beta": np.full(8, -np.inf, np.float32)}),
        "not finite",
    ),
    "activation": (lambda found: found.update({"decoder/activation": np.int8(0)}), "is not Whisper's"),
    "zero heads": (lambda found: found.update({"decoder/num_heads": np.int16(0)}), "not a size"),
    "odd heads": (lambda found: found.update({"decoder/num_heads": np.int16(3)}), "do not divide"),
    "text": (lambda found: found.update({"decoder/\n": np.int8(0)}), "is not text"),
    "untied": (
        lambda found: found.update({"decoder/projection/weight": np.ones((51864, 8), np.float16)}),
        "tables of input and output tokens differ",
    ),
}


@pytest.mark.parametrize("what", CT2_CHANGES)
def test_damaged_models_of_ctranslate2(tmp_path: Path, what: str) -> None:
    change, why = CT2_CHANGES[what]
    path = write_ct2(tmp_path, TINY, tiny())
    variables = ct2_variables(TINY, tiny())
    change(variables)
    path.write_bytes(ct2_bytes(variables, aliases={}))
    error = refused(path, why)
    if "int" in what:
        assert "float16 or float32" in error.hint


def test_headers_of_ctranslate2_that_ask_for_too_much(tmp_path: Path) -> None:
    path = tmp_path / "model.bin"
    start = struct.pack("<I", 6) + ct2_string("WhisperSpec") + struct.pack("<I", 3)
    huge = struct.pack("<I", 1) + ct2_string("x") + struct.pack("<B4IBI", 4, *[2**32 - 1] * 4, 4, 2**32 - 1)
    for rest, why in (
        (huge, "does not fit its shape"),
        (struct.pack("<I", 2**32 - 1), "no Whisper has so many"),
        (struct.pack("<I", 1) + ct2_string("x") + struct.pack("<BIBI", 1, 2**30, 4, 2**31), "ends too early"),
        (struct.pack("<I", 1) + ct2_string("x") + struct.pack("<B", 200), "200 axes"),
        (struct.pack("<I", 1) + ct2_string("x") + struct.pack("<BIBI", 1, 0, 9, 0), "unknown type"),
        (struct.pack("<I", 1) + struct.pack("<H", 0), "is not text"),
        (struct.pack("<I", 1) + ct2_string("x" * 600), "is not text"),
        (struct.pack("<I", 1) + ct2_string(b"\xff\xfe"), "is not text"),
        (struct.pack("<I", 2) + 2 * (ct2_string("x") + struct.pack("<BBIb", 0, 1, 1, 0)), "holds x twice"),
        (struct.pack("<II", 0, 0) + b"more", "goes on after its end"),
        (struct.pack("<II", 0, 0), "lacks parts"),
        (b"", "ends too early"),
    ):
        path.write_bytes(start + rest)
        refused(path, why)


HF_CONFIGS: dict[str, tuple[dict[str, Any], str]] = {
    "other": ({"model_type": "wav2vec2"}, "not of a Whisper"),
    "quantised": ({"quantization_config": {"bits": 4}}, "quantised"),
    "function": ({"activation_function": "relu"}, "another kind of network"),
    "zero": ({"d_model": 0}, "not a size"),
    "huge": ({"d_model": 10**4000}, "no Whisper has its width"),
    "float": ({"d_model": 8.0}, "not a size"),
    "truth": ({"encoder_layers": True}, "not a size"),
    "deep": ({"decoder_layers": 100}, "so many layers"),
    "words": ({"vocab_size": 60_000}, "vocabulary"),
    "context": ({"max_source_positions": 3000}, "spectrogram"),
    "long": ({"max_target_positions": 10**6}, "so many tokens"),
    "wide": ({"d_model": 16}, "another shape"),
}


@pytest.mark.parametrize("what", HF_CONFIGS)
def test_configurations_of_hugging_face(tmp_path: Path, what: str) -> None:
    more, why = HF_CONFIGS[what]
    path = write_hf(tmp_path, TINY, tiny())
    (tmp_path / "config.json").write_text(json.dumps(hf_config(TINY) | more))
    refused(path, why)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"{", "JSON can't be read"),
        (b"[" * 100_000, "JSON can't be read"),
        (b"[]", "JSON can't be read"),
        (b"\xff\xfe", "JSON can't be read"),
        (b'{"a": 1, "a": 2}', "JSON can't be read"),
        (b'{"a": ' + b"9" * 10_000 + b"}", "JSON can't be read"),
        (b" " * (5 << 20), "too long"),
        (None, "no config.json"),
    ],
)
def test_files_beside_that_mean_nothing(tmp_path: Path, text: bytes | None, why: str) -> None:
    path = write_hf(tmp_path, TINY, tiny())
    (tmp_path / "config.json").unlink()
    if text is not None:
        (tmp_path / "config.json").write_bytes(text)
    refused(path, why)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_a_pipe_beside_is_not_waited_for(tmp_path: Path) -> None:
    path = write_hf(tmp_path, TINY, tiny())
    (tmp_path / "config.json").unlink()
    os.mkfifo(tmp_path / "config.json")
    refused(path, "it is no file")


def hf_header_change(header: dict[str, Any], what: str) -> tuple[bytes | dict[str, Any], str]:
    first, second = list(header)[1:3]
    entry = header[first]
    start, end = entry["data_offsets"]
    match what:
        case "overlap":
            header[second]["data_offsets"] = entry["data_offsets"]
            header[second]["shape"] = entry["shape"]
            return header, "lie over each other"
        case "hole":
            entry["shape"], entry["data_offsets"] = [1], [start, start + 2]
            return header, "belong to no tensor"
        case "beyond":
            entry["data_offsets"] = [start + 2**40, end + 2**40]
            return header, "ends too early"
        case "terabytes":
            entry["shape"], entry["data_offsets"] = [2**20, 2**20], [0, 2**41]
            return header, "ends too early"
        case "size":
            entry["shape"] = [3]
            return header, "does not fit its shape"
        case "backwards":
            entry["data_offsets"] = [end, start]
            return header, "ends too early"
        case "axes":
            entry["shape"] = [1] * 9
            return header, "does not say where"
        case "negative":
            entry["shape"] = [-1, *entry["shape"][1:]]
            return header, "does not say where"
        case "no offsets":
            entry["data_offsets"] = "ab"
            return header, "does not say where"
        case "no entry":
            header[first] = None
            return header, "does not say where"
        case "type":
            entry["dtype"] = "C64"
            return header, "unknown type"
        case "no type":
            entry["dtype"] = 7
            return header, "unknown type"
        case "int8":
            entry["dtype"] = "I8"
            return header, r"quantised \(I8\)"
        case "float8":
            entry["dtype"] = "F8_E4M3"
            return header, r"quantised \(F8_E4M3\)"
        case "name":
            header["\x07"] = header.pop(first)
            return header, "is not text"
        case "unknown":
            header["model.encoder.layers.00.fc1.weight"] = header.pop(first)
            return header, "missing|which no Whisper has"
        case "both":
            header[first.removeprefix("model.")] = header[first]
            return header, "lie over each other"
        case _:
            raw = json.dumps(header)[:-1] + f', "{first}": {json.dumps(entry)}}}'
            return raw.encode(), "JSON can't be read"


@pytest.mark.parametrize(
    "what",
    [
        *("overlap", "hole", "beyond", "terabytes", "size", "backwards", "axes", "negative", "no offsets", "no entry"),
        *("type", "no type", "int8", "float8", "name", "unknown", "both", "twice"),
    ],
)
def test_damaged_safetensors(tmp_path: Path, what: str) -> None:
    path = write_hf(tmp_path, TINY, tiny())
    named = {hf_name(name): values for name, values in tiny().items()}
    header, why = hf_header_change(hf_header(named), what)
    path.write_bytes(hf_bytes(header, named))
    refused(path, why)


@pytest.mark.parametrize("size", [2**63, 2**40, 5 << 20, 100])
def test_a_header_longer_than_the_file(tmp_path: Path, size: int) -> None:
    path = write_hf(tmp_path, TINY, tiny())
    path.write_bytes(struct.pack("<Q", size) + b"{}")
    refused(path, "its header is longer")


def test_parts_of_a_model_that_do_not_belong_together(tmp_path: Path) -> None:
    path = write_hf(tmp_path, TINY, tiny(), parts=2)
    index = json.loads(path.read_text())
    first, *_ = index["weight_map"]
    for name, why in (
        ("../model.safetensors", "can't belong to it"),
        ("C:x.safetensors", "can't belong to it"),
    ):
        path.write_text(json.dumps({"weight_map": index["weight_map"] | {first: name}}))
        refused(path, why)
    path.write_text(json.dumps({"weight_map": {first: 3}}))
    refused(path, "no index")
    swapped = dict.fromkeys(index["weight_map"], "model-00001-of-00002.safetensors")
    path.write_text(json.dumps({"weight_map": {**index["weight_map"], **swapped, first: index["weight_map"][first]}}))
    refused(path, "other tensors than it says|is missing in it")
    path.write_text(json.dumps(index))
    assert read(path).dims == TINY
    (tmp_path / "model-00002-of-00002.safetensors").unlink()
    refused(path, "model-00002-of-00002.safetensors is missing beside it")


def test_damaged_files_of_whisper_cpp(tmp_path: Path) -> None:
    path = tmp_path / "ggml-mine.bin"
    one = ggml_tensor("decoder.ln.bias", np.zeros(8, np.float32))
    for content, why in (
        (ggml_head(TINY, kind=8), "quantised"),
        (ggml_head(TINY, kind=2007), "quantised"),
        (ggml_head(TINY) + ggml_tensor("decoder.ln.bias", np.zeros(8, np.float32), kind=2), "quantised"),
        (ggml_head(TINY) + one + one, "twice"),
        (ggml_head(TINY) + struct.pack("<3i3i", 3, 1, 1, *[2**31 - 1] * 3) + b"x", "ends too early"),
        (ggml_head(TINY) + struct.pack("<3i", 9, 1, 1), "9 axes"),
        (ggml_head(TINY) + struct.pack("<3i1i", 1, 1, 1, -5) + b"x", "no size"),
        (ggml_head(TINY) + struct.pack("<3i1i", 1, -1, 1, 5) + b"x", "is not text"),
        (ggml_head(TINY) + struct.pack("<3i1i", 1, 2, 1, 5) + b"\xff\xff", "is not text"),
        (ggml_head(TINY), "is missing"),
        (ggml_head(TINY)[:-9], "list of tokens|ends too early"),
        (ggml_head(TINY)[:40], "ends too early"),
        (b"lmgg" + bytes(44), "not a size"),
        (b"GGUF" + bytes(44), "it is a GGUF file"),
    ):
        path.write_bytes(content)
        refused(path, why)


def test_what_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(LabBenchError, match="There is no file"):
        recognise(tmp_path / "no.bin")
    (tmp_path / "text.bin").write_text("hello")
    (tmp_path / "pytorch_model.bin").write_bytes(b"PK\x03\x04")
    (tmp_path / "empty").mkdir()
    for name, why in (
        ("text.bin", "in a form that is known"),
        ("pytorch_model.bin", "old form"),
        ("empty", "no Whisper"),
    ):
        refused(tmp_path / name, why)
    folder = tmp_path / "two"
    for name in ("a", "b"):
        write_ggml(folder / f"ggml-{name}.bin", TINY, tiny())
    refused(folder, "several models: ggml-a.bin, ggml-b.bin")


@pytest.mark.parametrize(
    "change",
    [
        {"n_mels": 81},
        {"n_audio_ctx": 1499},
        {"n_audio_state": 6, "n_text_state": 6, "n_audio_head": 4},
        {"n_audio_state": 4096, "n_text_state": 4096},
        {"n_audio_state": 2, "n_text_state": 2},
        {"n_audio_state": 16},
        {"n_text_layer": 0},
        {"n_audio_layer": 65},
        {"n_vocab": 51_867},
        {"n_text_ctx": -1},
    ],
)
def test_dimensions_that_no_whisper_has(change: dict[str, int]) -> None:
    with pytest.raises(ValueError):
        replace(TINY, **change)


# Accidents -------------------------------------------------------------------------------------------------------


def accidents(size: int, head: int, random: np.random.Generator) -> Iterator[tuple[int, bytes, int | None]]:
    """Where bytes change, to what, and how long the file is afterwards; half of them in the first `head` bytes."""
    for number in range(150):
        place = int(random.integers(head if number % 2 else size))
        values = random.integers(256, size=int(random.integers(1, 9))).astype(np.uint8).tobytes()
        yield place, (b"\0" if number % 5 == 0 else b"\xff" if number % 5 == 1 else b"") * 4 or values, None
    for number in range(50):
        yield 0, b"", int(random.integers(head if number % 2 else size))


@pytest.mark.parametrize("kind", ["ct2", "hf", "ggml"])
def test_accidents_are_one_sentence_or_a_whole_whisper(tmp_path: Path, kind: str) -> None:
    path = write(kind, tmp_path / "model", TINY, tiny())
    whole = path.read_bytes()
    shapes = expected_shapes(TINY)
    head = {"ct2": 3000, "hf": len(whole) - sum(values.nbytes for values in tiny().values()), "ggml": 300}[kind]
    refusals = 0
    for place, values, size in accidents(len(whole), head, np.random.default_rng(7)):
        changed = whole[:place] + values + whole[place + len(values) :]
        path.write_bytes(changed if size is None else changed[:size])
        try:
            found = read(path)
        except LabBenchError as error:
            refusals += 1
            assert error.message.endswith(".") and error.hint
        else:
            assert {name: values.shape for name, values in found.tensors.items()} == shapes
            assert all(np.isfinite(values).all() for values in found.tensors.values())
    assert 50 < refusals < 200


# Writing ---------------------------------------------------------------------------------------------------------


def test_reading_can_be_cancelled_between_tensors(tmp_path: Path) -> None:
    path, cancel = write_ct2(tmp_path, TINY, tiny()), CancelToken()
    seen: list[Progress] = []

    def show(progress: Progress) -> None:
        seen.append(progress)
        cancel.cancel()

    with pytest.raises(Cancelled):
        read_weights(plan(recognise(path)), show, cancel)
    assert len(seen) == 1 and 0 < seen[0].done < (seen[0].total or 0)


def ends_at_once(*, on_progress: object, cancel: object) -> None:
    os._exit(9)


def works_forever(*, on_progress: Callable[[Progress], None], cancel: object) -> None:
    import threading

    on_progress(Progress(1, 2, "bytes"))
    threading.Event().wait()


def test_a_process_that_dies_is_one_sentence() -> None:
    with pytest.raises(LabBenchError, match="ended unexpectedly"):
        run_apart(ends_at_once, on_progress=ignore_progress, cancel=CancelToken())


def test_a_cancel_ends_the_process_at_once() -> None:
    cancel = CancelToken()
    with pytest.raises(Cancelled):
        run_apart(works_forever, on_progress=lambda _: cancel.cancel(), cancel=cancel)
    with pytest.raises(Cancelled):
        run_apart(works_forever, on_progress=ignore_progress, cancel=cancel)


def test_what_a_process_refuses_leaves_nothing(tmp_path: Path) -> None:
    path = write_ct2(tmp_path / "model", TINY, tiny())
    path.write_bytes(path.read_bytes()[:-1])
    target = tmp_path / "mine.pt"
    part_of(target).write_bytes(b"of a process that was ended")
    with pytest.raises(FormatError, match="ends too early"):
        convert_apart(path, target, ignore_progress, CancelToken())
    assert [one.name for one in tmp_path.iterdir()] == ["model"]


def test_a_checkpoint_is_written_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch", reason="torch has no wheel here")
    path, target, seen = write_ct2(tmp_path / "model", TINY, tiny()), tmp_path / "mine.pt", []
    cancel = CancelToken()

    def stop(progress: Progress) -> None:
        if progress.note == "writing":
            cancel.cancel()

    with pytest.raises(Cancelled):
        convert(path, target, stop, cancel)
    assert [one.name for one in tmp_path.iterdir()] == ["model"]
    convert(path, target, seen.append, CancelToken())
    assert (seen[-1].done, seen[-1].note) == (seen[-1].total, "writing")
    first = target.read_bytes()
    convert(path, target, ignore_progress, CancelToken())
    assert target.read_bytes() == first, "the same again is the same file"
    checkpoint = torch.load(target, weights_only=True)
    assert checkpoint["dims"] == TINY.as_dict()
    assert checkpoint["alignment_heads"].tolist() == [[False, True], [True, False]]
    with pytest.raises(FormatError, match="openai-whisper's form already"):
        convert(target, tmp_path / "again.pt", ignore_progress, CancelToken())
    with pytest.raises(OSError):
        convert(path, tmp_path / "nowhere" / "mine.pt", ignore_progress, CancelToken())
