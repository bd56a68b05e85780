"""Floor 3: the server, the one process that owns the store and hands out work."""
