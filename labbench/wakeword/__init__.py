"""Wake words from a handful of takes: embeddings, templates, distances, thresholds, detection."""
