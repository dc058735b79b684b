"""For those who automate the bench: synchronous twins, page objects and pytest fixtures."""
