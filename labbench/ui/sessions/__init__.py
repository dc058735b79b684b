"""Sessions in the window: what is open, what is kept, the library."""
