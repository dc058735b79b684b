"""Embedder against embedder."""
