"""The views of distances: what stands on their tabs. A view itself is made when it is first looked at."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Tab:
    """`name` is the view's, `sentence` says to a class what it shows.

    Below `min_height` (in the screen's pixels, before the theme's scale) there is nothing to be read.
    """

    name: str
    title: str
    sentence: str
    min_height: int


DISTANCES = Tab(
    "stripView",
    "Distances",
    "Every 80 ms the newest two seconds are compared with the takes of each word. Near is up: a curve that rises "
    "above its dashed line is a detection, one that ends in the shaded band nearly was. Drag the line.",
    90,
)
MAP = Tab(
    "mapView",
    "Map",
    "What sounds alike lies side by side, by the very distances that detection uses. The comet is the sound of "
    "now; lines lead to the nearest takes, with the true distance on them. Click a point to hear it.",
    290,
)
MATRIX = Tab(
    "matrixView",
    "Matrix",
    "Each cell is the distance between two takes: strong is near. Takes that are alike stand side by side, so each "
    "word is a block along the diagonal; a take that strays from it may be a slip. Click a cell to hear both.",
    290,
)
MICROSCOPE = Tab(
    "microscopeView",
    "Microscope",
    "A take, downwards, is laid into a sound, to the right: strong cells are frames that are alike. The path joins "
    "what matches best, in order; where it is thick and dashed, that part of the word does not match.",
    300,
)
THRESHOLD = Tab(
    "thresholdView",
    "Threshold",
    "How far each kind of sound lies from the word. What is left of the dashed line is taken for it: drag it, and "
    "see what is missed and what is let in.",
    250,
)
EMBEDDERS = Tab(
    "embeddersView",
    "Embedders",
    "The same takes and the same ordinary speech in two embedders: the farther a word's takes lie from the speech, "
    "and the closer together, the better it is told apart. Point at a take to see where it is in the other.",
    300,
)
TABS = (DISTANCES, MAP, MATRIX, MICROSCOPE, THRESHOLD, EMBEDDERS)
"""From left to right."""
