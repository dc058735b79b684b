"""Distances between all takes."""
