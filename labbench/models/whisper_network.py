"""Whisper's two networks as plain tensor operations: the encoder, and a decoder whose hypotheses share one row of keys.

The numbers are openai-whisper's (tested); what differs is the order of the work. A step of five beams is one query of
length five against one set of keys instead of five queries against five copies; the hypotheses' own keys lie one behind
the other in one cache, and a mask says which belong to whom, so that choosing beams moves no memory. Only for the host
process: it imports torch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import TypeVar

import torch
from torch import Tensor
from torch.nn import functional

from labbench.models.conversion.dimensions import Dimensions
from labbench.models.decoding_threads import DecodingThreads
from labbench.models.whisper_linear import Linear, float_linear, int8_linear, int8_works, quantising
from labbench.transcript.engine import Precision

_Kind = TypeVar("_Kind")
FRAMES_PER_POSITION = 2
RESCORED = 32
"""Tokens whose logits are computed again without int8."""
_FIRST_ROOM = 256
"""Rows of a new cache; it doubles when it is full."""


@dataclass(frozen=True)
class Sound:
    """What the decoder needs of an encoded stretch: of each layer the keys, turned and scaled by 1/√width, shape
    [heads, width, positions], and the values, shape [heads, positions, width].

    `features` is the encoder's output, shape [positions, state].
    """

    features: Tensor
    keys: Sequence[Tensor]
    values: Sequence[Tensor]


@dataclass
class Cache:
    """Keys and values of the tokens so far, of each layer one behind the other: shape [layers, heads, room, width]."""

    keys: Tensor
    values: Tensor
    used: int = 0

    def make_room(self, more: int) -> None:
        """Room for `more` rows behind those in use."""
        room = self.keys.shape[2]
        if self.used + more > room:
            extra = max(room, self.used + more - room)
            self.keys, self.values = (functional.pad(old, (0, 0, 0, extra)) for old in (self.keys, self.values))


@dataclass
class _Norm:
    weight: Tensor
    bias: Tensor

    def __call__(self, x: Tensor) -> Tensor:
        """In float32, whatever the rest is in."""
        return functional.layer_norm(x.float(), self.weight.shape, self.weight, self.bias).to(x.dtype)


@dataclass
class _Layer:
    """One block; the cross-attention's part is there in the decoder only."""

    heads: int
    attn_norm: _Norm
    qkv: Linear
    out: Linear
    mlp_norm: _Norm
    up: Linear
    down: Linear
    cross_norm: _Norm | None = None
    cross_query: Linear | None = None
    cross_kv: Linear | None = None
    cross_out: Linear | None = None


@dataclass
class Network:
    """Encoder and decoder of one checkpoint on one device. `check` is called at each layer: it may raise `Cancelled`.

    `weights` are by openai-whisper's names and are let go once they are where they are used. Belongs to one thread.
    """

    dims: Dimensions
    device: torch.device
    kind: torch.dtype
    precision: Precision
    weights: Mapping[str, Tensor]
    heads: Sequence[tuple[int, int]]
    """Layers and heads of the decoder that follow the sound."""
    check: Callable[[], None] = lambda: None
    encoded: int = 0
    """How many stretches went through the encoder."""
    _encoder: list[_Layer] = field(default_factory=list)
    _decoder: list[_Layer] = field(default_factory=list)
    _table: list[Linear] = field(default_factory=list)
    """Fast, the embedding in int8, in parts one below the other."""

    def __post_init__(self) -> None:
        self._fast = fast = self.precision == "fast" and self.device.type == "cpu" and int8_works()
        build = _Builder(self.weights, self.device, self.kind, int8_linear if fast else float_linear)
        exact = _Builder(self.weights, self.device, self.kind, float_linear, as_stored=self.device.type == "cpu")
        self._convolutions = [
            (exact.tensor(f"encoder.conv{number}.weight"), exact.tensor(f"encoder.conv{number}.bias"))
            for number in (1, 2)
        ]
        self._positions = exact.tensor("encoder.positional_embedding")
        self._encoder_norm = exact.norm("encoder.ln_post")
        self._text_positions = exact.tensor("decoder.positional_embedding")
        self._decoder_norm = exact.norm("decoder.ln")
        self._embedding = self.weights["decoder.token_embedding.weight"].to(self.device, copy=True)
        if not fast:
            self._embedding = self._embedding.to(self.kind)
        if not fast and self.device.type == "cpu":
            # A step multiplies by the whole table, which is quicker along the rows of the transposed one: 0.4 of the
            # time for one token. The lookup of single tokens reads the same memory.
            self._embedding = self._embedding.t().contiguous().t()
        with quantising(), ThreadPoolExecutor(2) as pool:  # which is work for one core each, the table the longest
            rows = self._embedding.chunk(2) if fast else ()
            table = pool.map(lambda part: int8_linear(part.float(), None), rows)
            decoder = pool.map(
                lambda n: build.layer(f"decoder.blocks.{n}", self.dims.n_text_head, exact),
                range(self.dims.n_text_layer),
            )
            encoder = pool.map(
                lambda n: exact.layer(f"encoder.blocks.{n}", self.dims.n_audio_head), range(self.dims.n_audio_layer)
            )
            self._encoder, self._decoder = list(encoder), list(decoder)
            self._table = list(table)
        self.weights = {}
        # In float a matrix is cut by the number of threads, which moves its last digits; in int8 nothing does (tested).
        self._threads: AbstractContextManager[object] = DecodingThreads() if fast else nullcontext()

    # Encoder ------------------------------------------------------------------------------------------------------

    def encode(self, mel: Tensor) -> Sound:
        """A log-mel spectrogram of shape [bands, frames], frames even and at most 3000; Whisper's own way is 3000."""
        self.encoded += 1
        x = mel[None].to(self.device).to(self.kind)
        for stride, (weight, bias) in enumerate(self._convolutions, 1):
            x = functional.gelu(functional.conv1d(x, weight, bias, stride=stride, padding=1))
        x = x[0].t()
        x = x + self._positions[: x.shape[0]]
        for layer in self._encoder:
            self.check()
            query, key, value = _split(layer.qkv(layer.attn_norm(x)), layer.heads, 3)
            x = x + layer.out(_join(functional.scaled_dot_product_attention(query, key, value)))
            x = _mlp(layer, x)
        return self.sound(self._encoder_norm(x))

    def sound(self, features: Tensor) -> Sound:
        """What the decoder needs of the encoder's output, shape [positions, state]."""
        keys, values = [], []
        for layer in self._decoder:
            key, value = _split(_part(layer.cross_kv)(features), layer.heads, 2)
            keys.append((key[0] * key.shape[-1] ** -0.5).transpose(1, 2).contiguous())
            values.append(value[0].contiguous())
        return Sound(features, keys, values)

    # Decoder ------------------------------------------------------------------------------------------------------

    def cache(self) -> Cache:
        """An empty one."""
        width = self.dims.n_text_state // self.dims.n_text_head
        shape = (self.dims.n_text_layer, self.dims.n_text_head, _FIRST_ROOM, width)
        keys, values = (torch.zeros(shape, dtype=self.kind, device=self.device) for _ in range(2))
        return Cache(keys, values)

    def hidden(
        self,
        tokens: Sequence[int],
        first: int,
        sound: Sound,
        cache: Cache,
        mask: Tensor | None = None,
        watched: Sequence[tuple[int, int]] = (),
    ) -> tuple[Tensor, list[Tensor]]:
        """The decoder's state behind each of `tokens`, shape [n, state], which go into the cache.

        Without a `mask` the tokens follow each other from position `first` on. With one (shape [n, cached + n], 0 or
        -inf) they are the next ones of n hypotheses, all at position `first`. `watched` are layers and heads whose
        attention to the sound is returned as well, before its softmax: each [n, positions].
        """
        self.check()
        n, used = len(tokens), cache.used
        cache.make_room(n)
        places = torch.tensor(tokens, dtype=torch.long, device=self.device)
        at = self._text_positions[first : first + n] if mask is None else self._text_positions[first]
        x = self._embedding[places].to(self.kind) + at
        if mask is None and n > 1:
            mask = torch.full((n, used + n), -torch.inf, dtype=self.kind, device=self.device).triu_(used + 1)
        seen: dict[tuple[int, int], Tensor] = {}
        for number, layer in enumerate(self._decoder):
            query, key, value = _split(layer.qkv(layer.attn_norm(x)), layer.heads, 3)
            cache.keys[number, :, used : used + n] = key[0]
            cache.values[number, :, used : used + n] = value[0]
            past = cache.keys[None, number, :, : used + n], cache.values[None, number, :, : used + n]
            x = x + layer.out(_join(functional.scaled_dot_product_attention(query, *past, attn_mask=mask)))
            (query,) = _split(_part(layer.cross_query)(_part(layer.cross_norm)(x)), layer.heads, 1)
            scores = torch.bmm(query[0], sound.keys[number])
            seen |= {(its, head): scores[head] for its, head in watched if its == number}
            attended = torch.bmm(scores.float().softmax(dim=-1).to(x.dtype), sound.values[number])
            x = x + _part(layer.cross_out)(_join(attended[None]))
            x = _mlp(layer, x)
        cache.used = used + n
        return self._decoder_norm(x), [seen[pair] for pair in watched]

    def step(self, tokens: Sequence[int], first: int, sound: Sound, cache: Cache, mask: Tensor | None = None) -> Tensor:
        """The logits behind one more token of each hypothesis, as `hidden` takes them."""
        with self._threads:
            return self.logits(self.hidden(tokens, first, sound, cache, mask)[0])

    def logits(self, hidden: Tensor) -> Tensor:
        """Of each token of the vocabulary: float32, shape [n, vocabulary].

        Fast, those of the likeliest tokens are exact: most of what int8 changes comes of this last step.
        """
        if not self._fast:
            return (hidden @ self._embedding.t()).float()
        logits = torch.cat([part(hidden) for part in self._table], dim=-1)
        likeliest = logits.topk(RESCORED, dim=-1).indices
        exact = torch.bmm(self._embedding[likeliest].float(), hidden[:, :, None])[:, :, 0]
        return logits.scatter_(1, likeliest, exact)


def _part(part: _Kind | None) -> _Kind:
    assert part is not None, "the decoder's layers have all parts"
    return part


def _mlp(layer: _Layer, x: Tensor) -> Tensor:
    return x + layer.down(functional.gelu(layer.up(layer.mlp_norm(x))))


def _split(x: Tensor, heads: int, parts: int) -> tuple[Tensor, ...]:
    """[n, parts * state] -> each part [1, heads, n, width]."""
    return tuple(x.view(x.shape[0], parts, heads, -1).permute(1, 2, 0, 3).unsqueeze(1))


def _join(x: Tensor) -> Tensor:
    """[1, heads, n, width] -> [n, state]."""
    return x[0].transpose(0, 1).reshape(x.shape[2], -1)


@dataclass(frozen=True)
class _Builder:
    weights: Mapping[str, Tensor]
    device: torch.device
    kind: torch.dtype
    linear: Callable[[Tensor, Tensor | None], Linear]
    as_stored: bool = False
    """Matrices stay in the file's precision, mostly half the size, and are widened at each use: for what works on a
    whole stretch of sound at once, where that is a fiftieth of the work."""

    def tensor(self, name: str) -> Tensor:
        return self.weights[name].to(self.device, self.kind, copy=True)  # the file may be mapped, and be replaced

    def norm(self, name: str) -> _Norm:
        return _Norm(self.tensor(f"{name}.weight").float(), self.tensor(f"{name}.bias").float())

    def joined(self, name: str, parts: Sequence[str]) -> Linear:
        """Several projections of the same input as one; openai-whisper's keys have no bias."""
        stored = [self.weights[f"{name}.{part}.weight"] for part in parts]
        weight = torch.cat([one.to(self.device, None if self.as_stored else self.kind) for one in stored])
        biases = [
            self.tensor(f"{name}.{part}.bias")
            if f"{name}.{part}.bias" in self.weights
            else torch.zeros(len(one), dtype=self.kind, device=self.device)
            for part, one in zip(parts, stored, strict=True)
        ]
        return self.linear(weight, torch.cat(biases))

    def layer(self, name: str, heads: int, exact: _Builder | None = None) -> _Layer:
        """`exact` is there for a layer of the decoder: what it makes of the whole sound is made once, exactly."""
        layer = _Layer(
            heads,
            self.norm(f"{name}.attn_ln"),
            self.joined(f"{name}.attn", ("query", "key", "value")),
            self.joined(f"{name}.attn", ("out",)),
            self.norm(f"{name}.mlp_ln"),
            self.joined(f"{name}.mlp", ("0",)),
            self.joined(f"{name}.mlp", ("2",)),
        )
        if exact is not None:
            layer.cross_norm = self.norm(f"{name}.cross_attn_ln")
            layer.cross_query = self.joined(f"{name}.cross_attn", ("query",))
            layer.cross_kv = exact.joined(f"{name}.cross_attn", ("key", "value"))
            layer.cross_out = self.joined(f"{name}.cross_attn", ("out",))
        return layer
