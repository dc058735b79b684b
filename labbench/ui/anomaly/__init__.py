"""What stands out in a sound, in the window."""
