"""Write docs/states.md from the table in burro.model.states: `python tools/draw_states.py [FILE]`, `-` prints it."""

from __future__ import annotations

import sys
from pathlib import Path

from burro.model.states import FINAL, MOVES, STATES

PAGE = Path(__file__).resolve().parent.parent / "docs" / "states.md"

_HEAD = """# States of a task

Drawn from the table in `src/burro/model/states.py` by `python tools/draw_states.py`; the schema of the store permits
exactly these moves. How an attempt ended is another thing: see *outcome* in [words.md](words.md).

```mermaid
stateDiagram-v2
"""

_MEANINGS = {
    "held": "waits until somebody lets it go with `burro release`",
    "waiting": "waits for another job or for its start time",
    "ready": "may be started as soon as there is room",
    "claimed": "was handed to a worker, which has not started it",
    "running": "an attempt at it runs",
    "done": "its command exited with 0",
    "failed": "it ended otherwise, and is not tried again",
    "cancelled": "somebody cancelled it",
    "skipped": "what it waited for cannot succeed any more",
}


def drawn() -> str:
    """The page."""
    first = [f"    [*] --> {state}" for state in ("held", "waiting", "ready")]
    moves = [f"    {before} --> {after}: {move}" for (before, move), after in MOVES.items()]
    last = [f"    {state} --> [*]" for state in STATES if state in FINAL]
    rows = [f"| `{state}` | {_MEANINGS[state]}{' (final)' if state in FINAL else ''} |" for state in STATES]
    picture = "\n".join([*first, *moves, *last])
    return f"{_HEAD}{picture}\n```\n\n| state | meaning |\n|---|---|\n" + "\n".join(rows) + "\n"


def main(words: list[str]) -> int:
    """Write the page, or print it."""
    if words == ["-"]:
        print(drawn(), end="")
    else:
        (Path(words[0]) if words else PAGE).write_text(drawn(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
