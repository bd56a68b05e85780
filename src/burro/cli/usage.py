"""`burro pools --usage`: what tasks have had of the cores of each pool, and of each allocation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .clean import clean
from .face import Face, print_json
from .table import print_table

_SHOWN = 10  # allocations, newest first

Row = Mapping[str, Any]


def show_usage(face: Face, *, as_json: bool) -> int:
    """Ask for it and show it."""
    pools = face.ask("usage")["pools"]
    rows = [row for row in face.ask("allocations")["allocations"] if row["held"] is not None]
    if as_json:
        print_json({"pools": pools, "allocations": rows})
        return 0
    print_table(
        ("POOL", "CPUS", "BUSY NOW", "LAST HOUR", "CORE-HOURS USED", "HELD", "UTILISATION"),
        list(map(_of_pool, pools)),
        right=("CPUS", "BUSY NOW", "LAST HOUR", "CORE-HOURS USED", "HELD", "UTILISATION"),
    )
    if rows:
        print()
        print_table(
            ("ALLOCATION", "POOL", "STATE", "NODES", "CORE-HOURS USED", "HELD", "UTILISATION"),
            list(map(_of_allocation, rows[:_SHOWN])),
            right=("CORE-HOURS USED", "HELD", "UTILISATION"),
        )
    return 0


def _of_pool(row: Row) -> list[str]:
    return [clean(row["pool"]), str(row["cpus"]), str(row["busy"]), f"{row['busy_last_hour']:.1f}", *_hours(row)]


def _of_allocation(row: Row) -> list[str]:
    return [clean(row["id"] or ""), clean(row["pool"]), row["state"], clean(",".join(row["nodes"])), *_hours(row)]


def _hours(row: Row) -> list[str]:
    """`3.25`, `4.00`, `81 %`; empty where nothing was held."""
    numbers = ["" if row[name] is None else f"{row[name]:.2f}" for name in ("used", "held")]
    return [*numbers, "" if row["utilisation"] is None else f"{100 * row['utilisation']:.0f} %"]
