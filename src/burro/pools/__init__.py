"""Floor 2: how workers get onto a place. Knows no store."""
