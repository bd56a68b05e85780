"""The gpus of this machine, by the numbers that CUDA_VISIBLE_DEVICES and ROCR_VISIBLE_DEVICES take.

What the worker itself may see by those variables is all there is for its tasks.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import NamedTuple, Optional

CUDA, ROCR = "CUDA_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES"
_NVIDIA = "proc/driver/nvidia/gpus"
_AMD = "sys/class/kfd/kfd/topology/nodes"
_LONGEST = 10.0  # seconds for nvidia-smi: without a loaded driver it takes its time


class Gpus(NamedTuple):
    """`ids` of gpus, and the `names` of variables that choose among them.

    On AMD both variables would be applied, one after the other, so that there only the one is set.
    """

    ids: tuple[str, ...] = ()
    names: tuple[str, ...] = (CUDA, ROCR)


def find_gpus(env: Mapping[str, str], root: str = "/") -> Gpus:
    """What this machine has, those left out that `env` hides. `root`: where proc and sys are."""
    nvidia = _count_nvidia(root)
    if nvidia:
        return Gpus(_visible(nvidia, env.get(CUDA)))
    return Gpus(_visible(_count_amd(root), env.get(ROCR)), (ROCR,)) if _count_amd(root) else Gpus()


def _count_nvidia(root: str) -> int:
    """From the driver's own list; where there is none (WSL) from `nvidia-smi -L`, a line a gpu."""
    try:
        return len(os.listdir(os.path.join(root, _NVIDIA)))
    except OSError:
        pass
    places = os.get_exec_path() if root == "/" else []
    program = next(
        (path for path in (os.path.join(one, "nvidia-smi") for one in places) if os.access(path, os.X_OK)), None
    )
    if program is None:
        return 0
    import subprocess  # late: a worker without gpus is smaller without it

    try:
        said = subprocess.run([program, "-L"], capture_output=True, timeout=_LONGEST, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return 0
    return sum(line.startswith(b"GPU ") for line in said.splitlines())


def _count_amd(root: str) -> int:
    """Nodes with compute units of their own; cpus are nodes too (kernel documentation, amdkfd topology)."""
    nodes = os.path.join(root, _AMD)
    try:
        names = os.listdir(nodes)
    except OSError:
        return 0
    return sum(_has_simd(os.path.join(nodes, name, "properties")) for name in names)


def _has_simd(path: str) -> bool:
    try:
        with open(path, encoding="ascii") as file:
            pairs = (line.split() for line in file)
            return any(pair[0] == "simd_count" and int(pair[1]) > 0 for pair in pairs if len(pair) == 2)
    except (OSError, ValueError):
        return False


def _visible(count: int, allowed: Optional[str]) -> tuple[str, ...]:
    """All, or those that a variable names, by number or by a name of the maker's.

    What it names behind a wrong one is hidden too (CUDA C++ Programming Guide, environment variables).
    """
    there = [str(number) for number in range(count)]
    if allowed is None:
        return tuple(there)
    seen: list[str] = []
    for word in (word.strip() for word in allowed.split(",")):
        if word in seen or not (word in there or word.startswith(("GPU-", "MIG-"))):
            break
        seen.append(word)
    return tuple(seen)


def clean_ids(ids: object) -> Optional[tuple[str, ...]]:
    """Ids that somebody declared; None where nobody did."""
    if not isinstance(ids, list):
        return None
    return tuple(dict.fromkeys(str(one) for one in ids if str(one).isascii() and re.fullmatch(r"[^\s,]+", str(one))))
