"""What people see of a cluster's pool, and how they steer it."""

from __future__ import annotations

import json

from tests.waiting import until

LONG = 40  # seconds


def test_core_hours_are_counted_for_each_allocation_and_for_the_pool(site):
    site.pool(workers=1, idle="2s")
    site.wait(site.submit("-a", "0-3", "-c", "2", "sleep", "2"))

    def usage():
        found = json.loads(site.world.well("pools", "--usage", "--json"))
        pool = next(row for row in found["pools"] if row["pool"] == "whole")
        return pool, found["allocations"]

    pool, [row] = until(lambda: (found := usage())[1] and found, within=LONG)
    assert row["cpus"] == 8
    assert 16 < row["used"] * 3600 < 17
    assert row["used"] <= row["held"]
    assert pool["busy_last_hour"] * 3600 == pool["used"] * 3600 == row["used"] * 3600
    text = site.world.well("pools", "--usage")
    assert row["id"] in text
    assert "UTILISATION" in text
