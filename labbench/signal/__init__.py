"""Signal maths: pure functions and small stateful filters on numpy arrays; no devices, no models."""
