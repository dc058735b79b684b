"""What a room does to words that are taught already: their takes made anew in it, or without it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from labbench.wakeword.embedder import Embedder, Frames
from labbench.wakeword.room import EmbeddedRoom, Room
from labbench.wakeword.scoring import usable
from labbench.wakeword.templates import Average, Template, against_cohort, embed_take
from labbench.wakeword.whitening import Whitener
from labbench.wakeword.words import Take, TaughtWord, room_distances


def made_anew(
    take: Take,
    embedder: Embedder,
    cohort: Sequence[Frames],
    babble: NDArray[np.float32],
    room: EmbeddedRoom | None,
    whitener: Whitener | None = None,
) -> Take:
    """The same take with templates as they are made in that room, or without one; a rejected one stays as it is.

    A take that came without its recording keeps its frames: only their distances to the room can be found.
    """
    if not take.templates:
        return take
    if take.samples.any():
        noise = room.room.noise if room is not None else None
        versions = embed_take(embedder, take.samples, take.start, take.stop, babble, noise)
    else:
        versions = [template.frames for template in take.templates]
    templates = against_cohort(versions, cohort, room.windows if room is not None else (), whitener)
    return replace(take, templates=tuple(templates))


def without_room(word: TaughtWord) -> TaughtWord:
    """The word where its room is not known: its templates stay, what they say about the room goes."""
    takes, against = (
        tuple(replace(take, templates=tuple(map(_elsewhere, take.templates))) for take in some)
        for some in (word.takes, word.against)
    )
    return replace(word, takes=takes, against=against)


def fitting(word: TaughtWord, room: Room | None) -> TaughtWord:
    """The word itself, or without what it knows of another room: a take may be on its way when the room changes."""
    windows = {0, room.windows if room is not None else 0}
    every = (template for take in (*word.takes, *word.against) for template in take.templates)
    return word if all(len(template.room) in windows for template in every) else without_room(word)


def _elsewhere(template: Template) -> Template:
    average = template.average
    if average is not None:
        average = Average(average.reference, average.cohort)
    return Template(template.frames, template.cohort, average=average)


def nearest_in(word: TaughtWord, cohort: Sequence[Frames] = (), room: Sequence[Frames] = ()) -> float | None:
    """How near the room came to the word, in normalised distance; None where that is not known.

    Some scorings need the windows of the `cohort` and of the `room`.
    """
    distances = room_distances(word, usable(word.scoring, cohort), cohort, room)
    return None if distances is None else float(distances.min())
