"""`burro show` with what jobs depend on, in words and drawn."""

from __future__ import annotations

import json


def test_a_job_is_drawn_with_all_above_and_below_it(queue):
    first = queue.submit("-J", 'the "first"', "--hold", "true")
    side = queue.submit("-J", "side", "-d", f"afterok:{first}", "true")
    second = queue.submit("-a", "0-1", "-d", f"afterok:{first}", "true")
    third = queue.submit("-d", f"afterany:{second}.1", "true")
    lone = queue.submit("--hold", "true")
    text = queue.well("show", second, "--dot")
    assert text.startswith("digraph burro {\n")
    assert text.endswith("}\n")
    assert f'{first} [label="{first} the \\"first\\"\\nheld"' in text
    assert f'{second} [label="{second} true\\nwaiting 0/2"' in text
    assert f'{first} -> {second} [label="afterok", style=dashed];' in text
    assert f'{second} -> {third} [label="afterany .1", style=dashed];' in text
    assert f"\n  {side} " not in text
    everything = queue.well("show", "all", "--dot")
    assert f"\n  {lone} [" in everything
    assert f"{first} -> {side}" in everything
    drawn = json.loads(queue.well("show", second, "--dot", "--json"))
    assert [(edge["job"], edge["child"], edge["kind"]) for edge in drawn["edges"]] == [
        (int(first), int(second), "afterok"),
        (int(second), int(third), "afterany"),
    ]
    assert queue.burro("show", "999", "--dot").code == 3


def test_show_tells_needs_conditions_and_retries(queue):
    first = queue.submit("--hold", "true")
    options = ["-m", "100", "-t", "2h", "--retries", "3", "--retry-mem", "x2", "--max-fails", "1", "-a", "0-9%2"]
    second = queue.submit("-d", f"afterok:{first}", *options, "true")
    shown = queue.show(second)
    assert shown["dependencies"] == [
        {"kind": "afterok", "on": first, "job": int(first), "state": "open", "now": "held"},
    ]
    assert queue.show(first)["dependents"] == [{"job": int(second), "kind": "afterok"}]
    assert shown["spec"]["retry"]["retries"] == 3
    assert (shown["spec"]["most"], shown["spec"]["dependency"]) == (2, f"afterok:{first}")
    text = queue.well("show", second)
    assert f"waits for    {first} (afterok): open, it is held" in text
    assert "up to 3 times" in text
    assert "with 2 times the mem" in text
    assert f"waited for   by job {second} (afterok)" in queue.well("show", first)
