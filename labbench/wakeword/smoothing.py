"""What the detectors of several words decide by, hop for hop, for drawing it beside the distances themselves."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from labbench.wakeword.rates import decided


def smoothed_hops(distances: NDArray[np.float64], muted: NDArray[np.bool_]) -> NDArray[np.float64]:
    """What a detector decides by at each hop, for distances of shape [n, words]; NaN where it decides nothing.

    It begins anew behind hops that are `muted` [n] or without a distance, and is silent until it has enough of them.
    """
    found = np.full(distances.shape, np.nan)
    for word in range(distances.shape[1]):
        heard = np.isfinite(distances[:, word]) & ~muted
        for first, stop in np.flatnonzero(np.diff(heard, prepend=False, append=False)).reshape(-1, 2):
            found[first:stop, word] = decided(distances[first:stop, word])
    found[np.isinf(found)] = np.nan
    return found
