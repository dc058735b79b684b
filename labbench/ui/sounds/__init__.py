"""The sound that is shown: where it comes from, waveform, spectrogram, lanes, selection, playback."""
