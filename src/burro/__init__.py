"""burro: one queue for the computing jobs of one person, wherever the computers are.

>>> import burro
>>> with burro.Queue() as queue:                          # doctest: +SKIP
...     job = queue.submit(["python", "train.py"], cpus=2)
...     print(job.result().state)
"""

from __future__ import annotations

__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    """`burro.Queue` and the values it gives; late, so that `import burro` costs nothing."""
    if name.startswith("_"):
        raise AttributeError(f"module 'burro' has no attribute '{name}'")
    from importlib import import_module  # `from . import api` would ask here for `api`, for ever

    for module in ("burro.provenance", "burro.api"):
        found = import_module(module)
        if name in found.__all__:
            return getattr(found, name)
    raise AttributeError(f"module 'burro' has no attribute '{name}'")
