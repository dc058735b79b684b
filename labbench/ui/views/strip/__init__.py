"""Distances over time."""
