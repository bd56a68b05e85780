"""The rig's own tests."""

from __future__ import annotations

from tests.rig.fixtures import machines, netns_machines

__all__ = ["machines", "netns_machines"]
