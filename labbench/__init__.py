"""Speech Lab Bench: put speech models on a bench, hear, see, read, teach and measure."""

__version__ = "0.1.0"
