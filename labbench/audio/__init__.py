"""Sound in and out: devices, files, the virtual microphone, the ring that is shared between processes, the recorder."""
