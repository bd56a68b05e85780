"""Where a worker settles that somebody starts on a node."""

from __future__ import annotations

import os

from burro.worker.join import settle


def test_a_root_in_the_home_is_in_that_of_the_node(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("BURRO_NODE", "node1")
    place, lock = settle("/queue", "whole", {"root": "~/own"})
    os.close(lock)
    assert place.directory.startswith(f"{tmp_path}/own/workers/whole-node1-")


def test_a_worker_uses_no_more_cpus_than_it_was_given(tmp_path, monkeypatch):
    for said, cpus in (("4", 4), ("", None), ("0", None), ("many", None)):
        monkeypatch.setenv("BURRO_CPUS", said)
        place, lock = settle("/queue", "whole", {"root": str(tmp_path / f"root{said}")})
        os.close(lock)
        assert place.cpus == cpus
