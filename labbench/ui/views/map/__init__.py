"""The map of the takes."""
