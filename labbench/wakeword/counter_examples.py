"""Counter-examples: sounds that were taken for a word, or might be, and are not it.

Each is compared like a take. Where sound lies nearer to one of them than to the word, its distance to the word is
raised by the difference: what lies between both is decided by which of them it resembles more, and everything else
stays as it was.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

MARGIN = 0.1
"""In normalised distance: what lies hardly farther from a counter-example than from the word is raised, too."""
Number = TypeVar("Number", float, NDArray[np.float64])


def held_back(distance: Number, nearest: Number) -> Number:
    """Distances to a word (normalised), given those to the nearest of its counter-examples; both of one shape."""
    raised: Number = distance + np.maximum(0.0, distance + MARGIN - nearest)
    return raised
