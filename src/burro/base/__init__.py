"""Floor 0: errors, clock, paths, text. Imports nothing of ours; runs on Python 3.9."""
