"""What is kept on disk: sessions with their recordings, and words."""
