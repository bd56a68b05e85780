"""What a worker is told of a job: its spec and its environment, as they are where the worker lives."""

from __future__ import annotations

import shlex

from ..link.lines import Message
from ..model.elsewhere import named
from ..model.pool import LOCAL
from ..store import jobs
from . import ahead
from .crew import WorkerEnd
from .state import Server


def introduce(server: Server, end: WorkerEnd, job: int, message: Message) -> Message | None:
    """Tell a worker of a job that it has not heard of on this connection, or as it was; its spec as we have it."""
    if job in end.heard_jobs and job not in end.changed_jobs:
        return None
    spec, env, priority = jobs.spec(server.db, job)
    wire, known = told_spec(end, job, spec, env)
    end.around = of_pool(server, end.pool)
    wire.update(end.around)
    if end.pool != LOCAL:
        wire["rank"] = ahead.rank_of(server, end.pool, priority=priority, cpus=spec["cpus"])
    message["specs"][str(job)] = wire
    if known not in end.heard_envs:
        whole = server.environments.read(env)
        message["envs"][known] = whole if end.ground is None else named(whole, spec.get("env_named"))
        end.heard_envs.add(known)
    end.heard_jobs.add(job)
    end.changed_jobs.discard(job)
    return spec


def told_spec(end: WorkerEnd, job: int, spec: Message, env: str) -> tuple[Message, str]:
    """The spec as a worker is told it, and the name of the environment that goes with it."""
    if end.ground is None:
        return {**spec, **_seen(end, spec), "job": job, "env": env}, env
    known = ".".join([env, *(spec.get("env_named") or ())])
    return {**end.ground.spec(spec), "job": job, "env": known}, known


def _seen(end: WorkerEnd, spec: Message) -> Message:
    """Beside the server nobody has to look for a repository: where it is gone, a task is to fail."""
    outputs = spec.get("outputs")
    if end.pool != LOCAL or not outputs or "sees" not in outputs:
        return {}
    return {"outputs": {name: value for name, value in outputs.items() if name != "sees"}}


def of_pool(server: Server, pool: str) -> Message:
    """What a pool adds to every task: what is put around its command, and variables.

    At machines by ssh a login has these.
    """
    wrap, env = server.pools.value(pool, "wrap"), server.pools.value(pool, "env")
    found: Message = {} if wrap is None else {"around": shlex.split(str(wrap))}
    return {**found, "pool_env": env} if env and server.pools.comes(pool) else found
