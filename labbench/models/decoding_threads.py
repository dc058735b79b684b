"""On how many threads a step of decoding works: on all, or on one where something else wants the cores.

A step is some hundred short parallel parts. Where the cores are free, a second thread saves an eighth of its time.
Where they are not, the parts wait for each other, and a step takes two to three times as long as on one thread, which
leaves the other core to others (Whisper base, five beams, 2 cores). Only for the host process: it imports torch.
"""

from __future__ import annotations

import time

import torch

EVERY, TRIED = 48, 3
"""Of so many steps, so many work the other way round, and as many after them are compared with these."""
WORTH = 0.9
"""All threads are used where they leave at most so much of a step's time."""


class DecodingThreads:
    """`with threads:` around each step tries both ways now and then, and works in the quicker one. Belongs to a thread.

    Outside of it, and where torch was told to use one thread, nothing changes.
    """

    def __init__(self) -> None:
        self._alone = False
        self._steps = 0
        self._took = {False: 0.0, True: 0.0}
        self._all = 1
        self._begun = 0.0

    @property
    def alone(self) -> bool:
        """Whether the next step works on one thread."""
        return self._alone != (self._steps % EVERY < TRIED)

    def __enter__(self) -> None:
        self._all = torch.get_num_threads()
        if self._all > 1 and self.alone:
            torch.set_num_threads(1)
        self._begun = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        took = time.perf_counter() - self._begun
        if self._all == 1:
            return
        torch.set_num_threads(self._all)
        self._took[self.alone] += took
        self._steps += 1
        if self._steps % EVERY == 2 * TRIED:
            self._alone = self._took[False] > WORTH * self._took[True]
        elif self._steps % EVERY == 0:
            self._took = {False: 0.0, True: 0.0}
