"""What shape a Whisper has: its dimensions, within the limits of real ones, and every tensor that follows from them."""

from __future__ import annotations

from dataclasses import asdict, dataclass

AUDIO_CONTEXT = 1500
"""Frames that the encoder makes of 30 s; the same in every Whisper."""
BANDS = (80, 128)
"""Bands of the spectrogram: large-v3 and its kin have 128."""
VOCABULARIES = (51_864, 51_865, 51_866)
"""English; 99 languages; 100 languages (large-v3). openai-whisper tells by them which tokens there are."""
WIDEST, DEEPEST, LONGEST_TEXT = 2048, 64, 4096
_NARROWEST = 4


@dataclass(frozen=True)
class Dimensions:
    """As openai-whisper's `ModelDimensions`. Raises ValueError, with a clause that says why, where no Whisper has such.

    `n_audio_state` is the width of the encoder, `n_text_state` of the decoder: the same in every Whisper, since the
    decoder attends to what the encoder made.
    """

    n_mels: int
    n_audio_ctx: int
    n_audio_state: int
    n_audio_head: int
    n_audio_layer: int
    n_vocab: int
    n_text_ctx: int
    n_text_state: int
    n_text_head: int
    n_text_layer: int

    def __post_init__(self) -> None:
        for name, size in asdict(self).items():
            if type(size) is not int or size <= 0:
                raise ValueError(f"its {name} is not a size")
        if self.n_audio_ctx != AUDIO_CONTEXT or self.n_mels not in BANDS:
            raise ValueError("its encoder is not made for Whisper's spectrogram")
        if self.n_vocab not in VOCABULARIES:
            raise ValueError(f"its vocabulary of {self.n_vocab} tokens is none of Whisper's")
        width = self.n_audio_state
        if width != self.n_text_state or width % 2 or not _NARROWEST <= width <= WIDEST:
            raise ValueError("no Whisper has its width")
        if width % self.n_audio_head or width % self.n_text_head:
            raise ValueError("its attention heads do not divide its width")
        if max(self.n_audio_layer, self.n_text_layer) > DEEPEST:
            raise ValueError("no Whisper has so many layers")
        if self.n_text_ctx > LONGEST_TEXT:
            raise ValueError("no Whisper reads so many tokens at once")

    def as_dict(self) -> dict[str, int]:
        """By openai-whisper's names, as it stands in a checkpoint."""
        return asdict(self)


Shape = tuple[int, ...]


def expected_shapes(dims: Dimensions) -> dict[str, Shape]:
    """Every tensor of openai-whisper's state dict, in its order: name and shape."""
    width = dims.n_audio_state
    shapes: dict[str, Shape] = {
        "encoder.positional_embedding": (dims.n_audio_ctx, width),
        "encoder.conv1.weight": (width, dims.n_mels, 3),
        "encoder.conv1.bias": (width,),
        "encoder.conv2.weight": (width, width, 3),
        "encoder.conv2.bias": (width,),
    }
    for layer in range(dims.n_audio_layer):
        shapes |= _block(f"encoder.blocks.{layer}", width, ("attn",))
    shapes |= _norm("encoder.ln_post", width)
    shapes["decoder.positional_embedding"] = (dims.n_text_ctx, width)
    shapes["decoder.token_embedding.weight"] = (dims.n_vocab, width)
    for layer in range(dims.n_text_layer):
        shapes |= _block(f"decoder.blocks.{layer}", width, ("attn", "cross_attn"))
    return shapes | _norm("decoder.ln", width)


def _block(name: str, width: int, attentions: tuple[str, ...]) -> dict[str, Shape]:
    shapes: dict[str, Shape] = {}
    for attention in attentions:
        for part in ("query", "key", "value", "out"):
            shapes[f"{name}.{attention}.{part}.weight"] = (width, width)
            if part != "key":
                shapes[f"{name}.{attention}.{part}.bias"] = (width,)
        shapes |= _norm(f"{name}.{attention}_ln", width)
    shapes[f"{name}.mlp.0.weight"] = (4 * width, width)
    shapes[f"{name}.mlp.0.bias"] = (4 * width,)
    shapes[f"{name}.mlp.2.weight"] = (width, 4 * width)
    shapes[f"{name}.mlp.2.bias"] = (width,)
    return shapes | _norm(f"{name}.mlp_ln", width)


def _norm(name: str, width: int) -> dict[str, Shape]:
    return {f"{name}.weight": (width,), f"{name}.bias": (width,)}
