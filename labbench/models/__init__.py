"""Speech models behind the protocols that `transcript` and `wakeword` own: loading, downloading, the host process."""
