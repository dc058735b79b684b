"""One comparison frame by frame."""
