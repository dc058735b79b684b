"""What runs while sound runs: the ear process, live transcription, taking a take. No Qt."""
