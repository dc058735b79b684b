"""From Whisper's logits to text: what may be said next, and which of many texts is followed.

The rules and the search are openai-whisper's (`whisper.decoding`), so that the same numbers give the same text
(tested); they are written for hypotheses that share one cache. Only for the host process: it imports torch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from torch.distributions import Categorical

from labbench.models.whisper_network import Cache, Network, Sound
from labbench.models.whisper_package import compression_ratio

MAX_FIRST_SECONDS = 1.0
"""The first time token lies at most so late."""
SECONDS_PER_TIME = 0.02
SHORT_LOOP, LONG_LOOP, MAX_LOOP = 3, 12, 32
"""Lengths of loops in tokens. Words that are said often have one or two; a chorus may have as many as a long loop."""
ENDLESS_TOKENS, DENSE_TOKENS, DENSE_STEP = 24, 64, 8
DENSE = 2.0
"""So many tokens that pack so many times better than is allowed are a loop as well, whose rounds are not alike."""


@dataclass(frozen=True)
class Search:
    """How to search. `prompt` are tokens said before; `max_tokens` is for this stretch.

    Beams are followed at temperature 0, `best_of` texts are drawn above. `draft` is what may be said (greedy search
    only): tokens that the model agrees with are checked in one pass instead of being found one by one. With a
    `loop_ratio`, a text is given up where it only repeats itself and can be packed smaller than so many times: it would
    go on like this for as long as it may.
    """

    temperature: float = 0.0
    beam_size: int | None = None
    best_of: int | None = None
    patience: float | None = None
    length_penalty: float | None = None
    prompt: Sequence[int] = ()
    max_tokens: int | None = None
    suppress: str = "-1"
    draft: Sequence[int] = ()
    loop_ratio: float | None = None


@dataclass(frozen=True)
class Found:
    """The best text of a stretch: its tokens without the end, with the times."""

    tokens: list[int]
    text: str
    avg_logprob: float
    no_speech_prob: float
    temperature: float
    compression_ratio: float
    capped: bool = False
    """Whether it ended only because no more tokens were allowed."""


@dataclass
class _Hypothesis:
    tokens: list[int] = field(default_factory=list)
    logprob: float = 0.0


class Rules:
    """What may not be said, as openai-whisper has it; `tokenizer` is its own."""

    def __init__(self, tokenizer: Any, suppress: str, device: torch.device) -> None:
        self._eot: int = tokenizer.eot
        self._times: int = tokenizer.timestamp_begin
        self._no_times: int | None = tokenizer.no_timestamps
        self._never = torch.tensor(_suppressed(tokenizer, suppress), dtype=torch.long, device=device)
        self._not_first = torch.tensor([*tokenizer.encode(" "), tokenizer.eot], dtype=torch.long, device=device)
        self._last_first = self._times + round(MAX_FIRST_SECONDS / SECONDS_PER_TIME)

    def apply(self, logits: Tensor, said: Sequence[Sequence[int]]) -> None:
        """Set to -inf, in place, what may not follow what was `said`, for each row of `logits`."""
        never = -torch.inf
        logits[:, self._never] = never
        if self._no_times is not None:
            logits[:, self._no_times] = never
        for row, tokens in enumerate(said):
            self._apply_times(logits[row], tokens)
        # Where time as a whole is likelier than any text, a time is said.
        times = logits[:, self._times :].logsumexp(dim=-1)
        text = logits[:, : self._times].amax(dim=-1)
        for row, is_time in enumerate((times > text).tolist()):
            if is_time:
                logits[row, : self._times] = never

    def _apply_times(self, row: Tensor, said: Sequence[int]) -> None:
        """Times come in pairs, never run backwards, and come first."""
        never = -torch.inf
        if not said:
            row[self._not_first] = never
            row[: self._times] = never
            row[self._last_first + 1 :] = never
            return
        after_time = said[-1] >= self._times
        after_pair = after_time and (len(said) < 2 or said[-2] >= self._times)
        if after_pair:
            row[self._times :] = never
        elif after_time:
            row[: self._eot] = never
        last = next((token for token in reversed(said) if token >= self._times), None)
        if last is not None:  # a segment has some length, so that none can be said for ever
            row[self._times : last if after_time and not after_pair else last + 1] = never


class Decoder:
    """Finds the text of one encoded stretch. `sot` is the sequence that begins it: task and language."""

    def __init__(self, network: Network, tokenizer: Any) -> None:
        self._network = network
        self._tokenizer = tokenizer
        self._eot: int = tokenizer.eot
        self._sot: tuple[int, ...] = tuple(tokenizer.sot_sequence)

    def language(self, sound: Sound) -> dict[str, float]:
        """The probability of each language, by its code."""
        network, tokenizer = self._network, self._tokenizer
        hidden, _ = network.hidden([tokenizer.sot], 0, sound, network.cache())
        logits = network.logits(hidden)[0]
        tokens = list(tokenizer.all_language_tokens)
        probabilities = logits[tokens].softmax(dim=-1).tolist()
        return dict(zip(tokenizer.all_language_codes, probabilities, strict=True))

    def find(self, sound: Sound, search: Search) -> Found:
        """The text of `sound`. Raises what the network's `check` raises."""
        run = _Run(self._network, self._tokenizer, self._sot, sound, search)
        if search.temperature == 0 and search.beam_size is not None:
            ended = run.beams(search.beam_size, round(search.beam_size * (search.patience or 1.0)))
        elif search.temperature == 0:
            ended = [run.greedy(search.draft)]
        else:
            ended = run.drawn(search.temperature, search.best_of or 1)
        texts = [_until(one.tokens, self._eot) for one in ended]
        best = max(range(len(ended)), key=lambda at: _score(ended[at].logprob, len(texts[at]), search.length_penalty))
        tokens = texts[best]
        text = self._tokenizer.decode(tokens).strip()
        return Found(
            tokens,
            text,
            ended[best].logprob / (len(tokens) + 1),
            run.no_speech,
            search.temperature,
            compression_ratio(text),
            capped=self._eot not in ended[best].tokens,
        )


class _Run:
    """One search: the prompt has been read, its logits are there."""

    def __init__(self, network: Network, tokenizer: Any, sot: Sequence[int], sound: Sound, search: Search) -> None:
        self._network = network
        self._sound = sound
        self._eot: int = tokenizer.eot
        self._rules = Rules(tokenizer, search.suppress, network.device)
        self._decode: Callable[[Sequence[int]], str] = tokenizer.decode
        self._loop_ratio = search.loop_ratio
        self._context = network.dims.n_text_ctx
        half = self._context // 2
        before = [tokenizer.sot_prev, *search.prompt[-(half - 1) :]] if search.prompt else []
        self._begin = len(before) + len(sot)
        self._steps = min(search.max_tokens or half, self._context + 1 - self._begin)
        self._cache: Cache = network.cache()
        hidden, _ = network.hidden([*before, *sot], 0, sound, self._cache)
        logits = network.logits(hidden[[len(before), -1]])
        self._first = logits[1:]
        self.no_speech = float("nan")
        if tokenizer.no_speech is not None:
            self.no_speech = float(logits[0].softmax(dim=-1)[tokenizer.no_speech])

    def greedy(self, draft: Sequence[int]) -> _Hypothesis:
        """The likeliest token each time."""
        one = _Hypothesis()
        logits = self._first
        if draft:
            logits = self._follow(one, draft[: self._steps - 1])
        while True:
            if not (one.tokens and one.tokens[-1] == self._eot):
                self._rules.apply(logits, [one.tokens])
                self._add_likeliest(one, logits[0])
            if one.tokens[-1] == self._eot or len(one.tokens) >= self._steps:
                return one
            if self._loops(one):
                return one
            logits = self._network.step(one.tokens[-1:], self._begin + len(one.tokens) - 1, self._sound, self._cache)

    def _follow(self, one: _Hypothesis, draft: Sequence[int]) -> Tensor:
        """Take of the draft what would have been said anyway; the logits behind it."""
        hidden, _ = self._network.hidden(draft, self._begin, self._sound, self._cache)
        logits = torch.cat([self._first, self._network.logits(hidden)])
        ruled = logits.clone()
        self._rules.apply(ruled, [draft[:said] for said in range(len(draft) + 1)])
        agreed = 0
        for likeliest, drafted in zip(ruled.argmax(dim=-1).tolist(), draft, strict=False):
            if likeliest != drafted:
                break
            self._add_likeliest(one, ruled[agreed])
            agreed += 1
            if drafted == self._eot:
                break
        self._cache.used -= len(draft) - agreed
        return logits[agreed : agreed + 1]

    def _add_likeliest(self, one: _Hypothesis, ruled: Tensor) -> None:
        token = int(ruled.argmax())
        one.logprob += float(ruled.log_softmax(dim=-1)[token])
        one.tokens.append(token)

    def _loops(self, one: _Hypothesis) -> bool:
        """Whether a text is to be given up."""
        if self._loop_ratio is None:
            return False
        said = [token for token in one.tokens if token < self._eot]
        again = repeats(said)
        if not again and (len(said) < DENSE_TOKENS or len(said) % DENSE_STEP):
            return False
        ratio: float = compression_ratio(self._decode(said).strip())
        return ratio > self._loop_ratio * (1.0 if again else DENSE)

    def drawn(self, temperature: float, count: int) -> list[_Hypothesis]:
        """`count` texts, each token drawn by its probability at a temperature."""
        texts = [_Hypothesis() for _ in range(count)]
        over = [False] * count
        logits = self._first.repeat(count, 1)
        mask = self._network_mask(count)
        for step in range(self._steps):
            self._rules.apply(logits, [one.tokens for one in texts])
            drawn = Categorical(logits=logits / temperature).sample()
            gained = logits.log_softmax(dim=-1).gather(1, drawn[:, None])[:, 0]
            for at, (token, logprob) in enumerate(zip(drawn.tolist(), gained.tolist(), strict=True)):
                one = texts[at]
                one.tokens.append(self._eot if over[at] else token)
                one.logprob += 0.0 if over[at] else logprob
                over[at] = over[at] or token == self._eot or self._loops(one)
            if all(over) or step == self._steps - 1:
                break
            logits, mask = self._next([one.tokens[-1] for one in texts], list(range(count)), step, mask)
        return texts

    def beams(self, size: int, candidates: int) -> list[_Hypothesis]:
        """The `size` likeliest texts are followed until `candidates` have ended."""
        ended: list[_Hypothesis] = []
        texts = [_Hypothesis()]
        logits = self._first
        mask = self._network_mask(size)
        for step in range(self._steps):
            self._rules.apply(logits, [one.tokens for one in texts])
            best = logits.log_softmax(dim=-1).topk(size + 1, dim=-1)
            rows = zip(texts, best.values.tolist(), best.indices.tolist(), strict=True)
            found = [
                (one.logprob + logprob, source, token)
                for source, (one, row, tokens) in enumerate(rows)
                for logprob, token in zip(row, tokens, strict=True)
            ]
            found.sort(key=lambda candidate: -candidate[0])
            following: list[_Hypothesis] = []
            sources: list[int] = []
            for logprob, source, token in found:
                longer = _Hypothesis([*texts[source].tokens, token], logprob)
                if token != self._eot:
                    following.append(longer)
                    sources.append(source)
                elif len(ended) < candidates:
                    ended.append(longer)
                if len(following) == size:
                    break
            texts = following
            if len(ended) >= candidates or step == self._steps - 1 or self._loops(texts[0]):
                break
            logits, mask = self._next([one.tokens[-1] for one in texts], sources, step, mask)
        for one in sorted(texts, key=lambda text: -text.logprob)[: max(0, size - len(ended))]:
            ended.append(one)
        return ended

    def _network_mask(self, rows: int) -> Tensor:
        """What each row may attend to: so far the prompt, which all share."""
        return torch.zeros((rows, self._cache.used), dtype=self._network.kind, device=self._network.device)

    def _next(self, tokens: Sequence[int], sources: Sequence[int], step: int, mask: Tensor) -> tuple[Tensor, Tensor]:
        """The logits behind one more token of each row, which goes on from the row `sources` names."""
        rows = len(tokens)
        own = torch.full((rows, rows), -torch.inf, dtype=mask.dtype, device=mask.device).fill_diagonal_(0.0)
        mask = torch.cat([mask[list(sources)], own], dim=1)
        return self._network.step(tokens, self._begin + step, self._sound, self._cache, mask), mask


def repeats(tokens: Sequence[int]) -> bool:
    """Whether a text ends in the same tokens again and again: in as many rounds as are no speech."""

    def ends_in(length: int) -> bool:
        whole = ENDLESS_TOKENS if length < SHORT_LOOP else length * (4 if length <= LONG_LOOP else 3)
        return len(tokens) >= whole and all(tokens[-at] == tokens[-at - length] for at in range(1, whole - length + 1))

    return any(map(ends_in, range(1, MAX_LOOP + 1)))


def _score(logprob: float, length: int, penalty: float | None) -> float:
    """By the mean for each token, or by the penalty of Wu et al., Google's Neural Machine Translation System (2016)."""
    return logprob / (max(length, 1) if penalty is None else ((5 + length) / 6) ** penalty)


def _until(tokens: Sequence[int], end: int) -> list[int]:
    return list(tokens[: tokens.index(end)]) if end in tokens else list(tokens)


def _suppressed(tokenizer: Any, suppress: str) -> list[int]:
    """What is never said; -1 stands for symbols that are no speech."""
    asked = [int(token) for token in suppress.split(",") if token.strip()]
    found = {token for token in asked if token >= 0}
    if -1 in asked:
        found |= set(tokenizer.non_speech_tokens)
    found |= {tokenizer.transcribe, tokenizer.translate, tokenizer.sot, tokenizer.sot_prev, tokenizer.sot_lm}
    if tokenizer.no_speech is not None:
        found.add(tokenizer.no_speech)
    return sorted(found)
