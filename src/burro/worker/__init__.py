"""Floor 3: the worker and its keeper. Standard library only, Python >= 3.9; never imports store or server."""
