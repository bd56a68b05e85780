"""Floor 2: messages as JSON lines, and the ends that carry them."""
