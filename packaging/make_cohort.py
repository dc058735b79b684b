"""Make assets/cohort*.npz: an embedder's background cohort, computed from recordings of many speakers.

usage: python packaging/make_cohort.py FOLDER [--embedder moonshine|google|mfcc] [--out FILE]

Every second file of FOLDER (by name) is used, so that the others remain for measuring; three windows of 2 s from each,
evenly spaced. What is shipped was computed from LibriSpeech train-clean-100 (see assets/NOTICES.md).
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from labbench.audio.files import read_clip
from labbench.models.embedders import DEFAULT, EMBEDDERS, make
from labbench.wakeword.cohort import save_cohort
from labbench.wakeword.templates import WINDOW

WINDOWS_PER_FILE = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    names = [name for name, kind in EMBEDDERS.items() if kind.cohort is not None]
    parser.add_argument("--embedder", choices=names, default=DEFAULT)
    parser.add_argument("--out", type=Path, help="the embedder's file in assets/ if not given")
    arguments = parser.parse_args()
    out = arguments.out or Path("assets") / str(EMBEDDERS[arguments.embedder].cohort)
    embedder = make(arguments.embedder)
    windows = []
    for path in sorted(arguments.folder.glob("*.flac"))[::2]:
        samples = read_clip(path).for_models()
        spare = len(samples) - WINDOW
        if spare < WINDOW:
            continue
        for part in range(WINDOWS_PER_FILE):
            start = spare * (2 * part + 1) // (2 * WINDOWS_PER_FILE)
            windows.append(embedder.embed(samples[start : start + WINDOW]))
    save_cohort(out, windows, embedder.checksum)
    print(f"{len(windows)} windows in {out}, {out.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
