"""What every room may use: time, errors, progress and cancel, places on disk, locks."""
