"""Speech Lab Bench: put speech models on a bench, hear, see, read, teach and measure."""

import os

__version__ = "0.1.0"

# Before numpy is first imported, here and in every spawned process: the small matrices of this program are faster on
# one thread, and several processes share the cores.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# Before torch: its threads must sleep while they wait for each other. Spinning, a pass of Whisper takes ten times as
# long as soon as anything else wants the same cores. A moment of it (some 100 microseconds) saves a third of the time
# of decoding where nothing else does.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("GOMP_SPINCOUNT", "10000")
