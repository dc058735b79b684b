"""What a threshold does with all that is there."""
