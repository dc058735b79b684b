"""Greedy search with a draft says what it says without one; hypotheses in one cache do not see each other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from small_whisper import CHECKPOINT, SPOKEN

from labbench.audio.files import read_clip

torch = pytest.importorskip("torch", reason="torch has no wheel here")
from labbench.models.whisper_checkpoint import read_checkpoint  # noqa: E402
from labbench.models.whisper_encodings import Encodings  # noqa: E402
from labbench.models.whisper_engine import build_network  # noqa: E402
from labbench.models.whisper_linear import float_linear, int8_linear, int8_works, quantising  # noqa: E402
from labbench.models.whisper_network import Network, Sound  # noqa: E402
from labbench.models.whisper_package import get_tokenizer  # noqa: E402
from labbench.models.whisper_search import Decoder, Search, repeats  # noqa: E402
from labbench.models.whisper_sound import log_mel  # noqa: E402

pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed file .*tiktoken:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:.*tiktoken:pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(autouse=True)
def _inference() -> Iterator[None]:
    with torch.inference_mode():
        yield


@pytest.fixture(scope="module", params=["exact", "fast"])
def network(request: pytest.FixtureRequest) -> Network:
    return build_network(read_checkpoint(CHECKPOINT), "cpu", request.param)


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return get_tokenizer(False, num_languages=99, language="en", task="transcribe")


@pytest.fixture
def sound(network: Network) -> Sound:
    samples = read_clip(SPOKEN / "digits.flac").for_models()
    with torch.inference_mode():
        encodings = Encodings(network, log_mel(samples, network.dims.n_mels))
        return encodings.sound(0, encodings.frames)


def test_a_step_in_int8_is_the_same_on_any_number_of_threads() -> None:
    network = build_network(read_checkpoint(CHECKPOINT), "cpu", "fast")
    sound = network.encode(torch.randn((80, 3000), generator=torch.Generator().manual_seed(1)))
    before, said = torch.get_num_threads(), []
    try:
        for threads in (1, 2):
            torch.set_num_threads(threads)
            cache = network.cache()
            network.hidden([50257, 50362], 0, sound, cache)
            for step in range(9):  # three hypotheses, each beside its own past
                mask = torch.zeros((3, cache.used + 3))
                said.append(network.logits(network.hidden([7 + step, 300, 900], 2 + step, sound, cache, mask)[0]))
    finally:
        torch.set_num_threads(before)
    assert all(torch.equal(one, two) for one, two in zip(said[:9], said[9:], strict=True))


def test_a_draft_changes_nothing(network: Network, tokenizer: Any, sound: Sound) -> None:
    decoder = Decoder(network, tokenizer)
    plain = decoder.find(sound, Search())
    assert len(plain.tokens) > 8
    other = plain.tokens[3] + 1
    drafts = [
        plain.tokens,
        [*plain.tokens, tokenizer.eot],
        plain.tokens[:4],
        [*plain.tokens[:4], other, *plain.tokens[5:]],
        [other],
        [tokenizer.eot],
        [*plain.tokens, other, other],
        plain.tokens[1:],
    ]
    near = 1e-3 if network.precision == "exact" else 0.1  # int8 rounds many rows otherwise than one
    for draft in drafts:
        found = decoder.find(sound, Search(draft=draft))
        assert found.tokens == plain.tokens and found.avg_logprob == pytest.approx(plain.avg_logprob, abs=near)


def test_a_right_draft_saves_steps(network: Network, tokenizer: Any, sound: Sound) -> None:
    steps: list[int] = []
    network.check = lambda: steps.append(1)
    try:
        decoder = Decoder(network, tokenizer)
        plain = decoder.find(sound, Search())
        without, steps[:] = len(steps), []
        decoder.find(sound, Search(draft=plain.tokens))
    finally:
        network.check = lambda: None
    assert len(steps) <= 3 < without


def test_a_draft_is_held_to_the_number_of_tokens(network: Network, tokenizer: Any, sound: Sound) -> None:
    decoder = Decoder(network, tokenizer)
    plain = decoder.find(sound, Search(max_tokens=5))
    found = decoder.find(sound, Search(max_tokens=5, draft=decoder.find(sound, Search()).tokens))
    assert found.tokens == plain.tokens and len(found.tokens) == 5 and found.capped and plain.capped


def test_hypotheses_in_one_cache_see_only_their_own_past(network: Network, tokenizer: Any, sound: Sound) -> None:
    """Two texts side by side give the logits that each gives alone."""
    begin = list(tokenizer.sot_sequence)
    texts = [[400, 500, 600], [700, 800, 900]]
    cache = network.cache()
    network.hidden(begin, 0, sound, cache)
    mask = torch.zeros((2, cache.used))
    for step in range(3):
        own = torch.full((2, 2), -torch.inf).fill_diagonal_(0.0)
        mask = torch.cat([mask, own], dim=1)
        both, _ = network.hidden([text[step] for text in texts], len(begin) + step, sound, cache, mask)
    for row, text in enumerate(texts):
        alone, _ = network.hidden([*begin, *text], 0, sound, network.cache())
        tolerance = 1e-4 if network.precision == "exact" else 0.5
        assert torch.allclose(network.logits(both)[row], network.logits(alone)[-1], atol=tolerance)


def test_a_cache_grows_and_keeps_what_is_in_it(network: Network, tokenizer: Any, sound: Sound) -> None:
    tokens = [*tokenizer.sot_sequence, *np.random.default_rng(1).integers(300, 40_000, 400).tolist()]
    whole, _ = network.hidden(tokens, 0, sound, network.cache())
    cache = network.cache()
    for at in range(0, len(tokens), 100):
        part, _ = network.hidden(tokens[at : at + 100], at, sound, cache)
    assert cache.used == len(tokens) and cache.keys.shape[2] >= cache.used
    tolerance = 1e-3 if network.precision == "exact" else 0.5
    assert torch.allclose(part[-1], whole[-1], atol=tolerance)


@pytest.mark.parametrize("rows", [1, 5, 60])
def test_int8_is_near_float(rows: int) -> None:
    if not int8_works():
        pytest.skip("this processor or this torch does not multiply in int8")
    random = torch.Generator().manual_seed(rows)
    weight = torch.randn(96, 64, generator=random) * torch.rand(96, 1, generator=random)
    bias, x = torch.randn(96, generator=random), torch.randn(rows, 64, generator=random)
    exact = float_linear(weight, bias)(x)
    with quantising():
        error = (int8_linear(weight, bias)(x) - exact).norm() / exact.norm()
    assert error < 0.03


def test_what_repeats_itself_is_told() -> None:
    assert repeats([1, 2, 3] * 4) and repeats([9, 8, 7, *[1, 2, 3, 4] * 4])
    assert repeats([1] * 24) and repeats([1, 2] * 12) and repeats([*range(20)] * 3)
    assert not repeats([1, 2, 3] * 3) and not repeats([1, 1, 1, 1]) and not repeats([1, 2] * 5 + [3])
    assert not repeats([])


class _Parrot:
    """In place of a network: says the tokens of `cycle` again and again, whatever it hears, and counts its steps."""

    device, kind, dims = torch.device("cpu"), torch.float32, SimpleNamespace(n_text_ctx=448)

    def __init__(self, cycle: list[int]) -> None:
        self.following = dict(zip(cycle, [*cycle[1:], cycle[0]], strict=True))
        self.first = cycle[0]
        self.steps = 0

    def cache(self) -> Any:
        return SimpleNamespace(used=0)

    def hidden(
        self, tokens: Any, first: int, sound: Any, cache: Any, mask: Any = None
    ) -> tuple[torch.Tensor, list[Any]]:
        self.steps += 1
        cache.used += len(tokens)
        return torch.tensor([[float(token)] for token in tokens]), []

    def step(self, tokens: Any, first: int, sound: Any, cache: Any, mask: Any = None) -> torch.Tensor:
        return self.logits(self.hidden(tokens, first, sound, cache, mask)[0])

    def logits(self, hidden: torch.Tensor) -> torch.Tensor:
        found = torch.zeros((len(hidden), 51864))
        for row, token in enumerate(hidden[:, 0].tolist()):
            found[row, self.following.get(int(token), self.first)] = 40.0
        return found


@pytest.mark.parametrize(
    "search", [Search(), Search(beam_size=5), Search(0.2, best_of=5)], ids=["greedy", "beams", "drawn"]
)
@pytest.mark.parametrize(
    "words",
    [
        " no",
        pytest.param(" I'm not a real idiot,", marks=pytest.mark.slow),
        " the one and the two and the three and the four and five of them were there;",
    ],
)
def test_what_goes_round_in_a_loop_is_given_up_early(tokenizer: Any, search: Search, words: str) -> None:
    torch.manual_seed(1)
    parrot = _Parrot(list(dict.fromkeys(tokenizer.encode(words))))
    found = Decoder(cast(Network, parrot), tokenizer).find(cast(Sound, None), replace(search, loop_ratio=2.4))
    assert found.compression_ratio > 2.4 and parrot.steps < 110
    parrot.steps = 0
    assert len(Decoder(cast(Network, parrot), tokenizer).find(cast(Sound, None), search).tokens) == 224 == parrot.steps
