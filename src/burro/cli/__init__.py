"""Floor 5: the command `burro`."""
