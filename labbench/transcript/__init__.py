"""What a transcript is, how live text settles, and how it is written down; owns the Engine protocol."""
