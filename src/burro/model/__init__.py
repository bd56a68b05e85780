"""Floor 1: values and decisions. No input, no output, no clock."""
