"""`burro-worker keeper DIR` and `worker DIR`: the two processes that a place is; `link` and `dial` carry its words.

`burro-worker join QUEUE POOL` starts both on a node. `burro-worker direct DIR` is one task, as a scheduler's own job;
`scheduled` runs inside of one whose outputs are recorded.
"""

from __future__ import annotations

import os
import sys

if __package__ in (None, ""):  # started as a file by an interpreter that looks nowhere else (-I -S)
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))

VERSION = "0.1.0"


def main() -> int:
    """Be a keeper, a worker or a link until there is nothing more to do."""
    words = sys.argv[1:]
    if words == ["--version"]:
        print(f"burro-worker {VERSION}")
        return 0
    if words == ["link"]:
        from burro.worker.link import run_link

        return run_link()
    if words[:1] == ["join"] and len(words) in (3, 4):
        from burro.worker.join import run_join

        return run_join(words[1:])
    if words[:1] == ["try"] and len(words) == 3:
        from burro.worker.trying import run_try

        return run_try(words[1], words[2])
    if words[:1] == ["direct"] and len(words) in (2, 3):
        from burro.worker.direct import run_direct

        return run_direct(*words[1:])
    if words[:1] == ["scheduled"] and len(words) > 2:
        from burro.worker.outputs import run_scheduled
        from burro.worker.texts import from_words

        return run_scheduled(*from_words(words[1:]))
    if len(words) < 2 or words[0] not in ("keeper", "worker", "dial", "bridge"):
        print(
            "usage: burro-worker link, join QUEUE POOL, direct DIR, or keeper|worker|dial|bridge DIR", file=sys.stderr
        )
        return 2
    return _live_in(*words)


def _live_in(role: str, directory: str, *numbers: str) -> int:
    """The roles of a worker's directory."""
    if role == "dial":
        from burro.worker.dial import run_dial

        return run_dial(directory)
    if role == "bridge":
        from burro.worker.bridge import run_bridge

        return run_bridge(directory)
    if role == "keeper":
        from burro.worker.keeper import run_keeper

        return run_keeper(directory, lock=int(numbers[0]) if numbers else None)
    from burro.worker.loop import run_worker

    return run_worker(directory, lock=int(numbers[0]), keeper=int(numbers[1]))


if __name__ == "__main__":
    sys.exit(main())
