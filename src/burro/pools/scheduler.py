"""What burro wants of any batch scheduler: questions as command lines, and answers read from text.

Nothing here runs a command; client.py does. A scheduler is one file of text beside this one (docs/new-scheduler.md).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

from ..base.errors import BurroError
from .variables import Variables

Told = TypeVar("Told")


class NoWord(BurroError):
    """A scheduler gave no answer that is of use: it proves nothing.

    `sent`: whether it may have heard the question; then what was asked for may be done all the same.
    """

    def __init__(self, sentence: str, *, sent: bool = True) -> None:
        super().__init__(sentence)
        self.sent = sent


class Declined(BurroError):
    """A scheduler said no, and nothing was done. `passing`: the same may be taken later."""

    def __init__(self, sentence: str, *, passing: bool = False) -> None:
        super().__init__(sentence)
        self.passing = passing


@dataclass(frozen=True)
class Answer:
    """How a command ended: its exit code, its output, and what it said on standard error."""

    code: int
    out: str
    err: str = ""


@dataclass(frozen=True)
class Question(Generic[Told]):
    """A command that asks a scheduler something. `read` makes of its answer what it means, or raises NoWord, Declined.

    `text`: for its standard input. `within`: seconds until it is given up.
    """

    argv: tuple[str, ...]
    read: Callable[[Answer], Told]
    text: str = ""
    within: float = 30.0


class Stage(StrEnum):
    """How far an allocation is."""

    WAITING = "waiting"
    STARTING = "starting"  # it has its nodes, and they are made ready
    RUNNING = "running"
    STOPPED = "stopped"  # it keeps its nodes, and its processes stand still
    ENDING = "ending"  # it may have processes that live
    ENDED = "ended"
    UNKNOWN = "unknown"  # its scheduler has a word for it that we do not know

    @property
    def has_nodes(self) -> bool:
        """Whether it holds nodes."""
        return self in (Stage.STARTING, Stage.RUNNING, Stage.STOPPED, Stage.ENDING)


@dataclass(frozen=True)
class Request:
    """An allocation to be asked for: so many whole nodes, with one worker on each.

    `mark`: our own name for it, by which it is found again: `burro-`, the pool, and what makes it the only one.
    `command`: starts a worker on a node and stays until that ends. It stands in a script that others can read: no
    secrets. `log`: the file for what the script prints; `%j` is the allocation's id. `warn`: seconds before the end
    that the workers are told of it with SIGUSR1.
    `before`, `after`: shell text that runs on each node first, and when its worker has left.
    `options`: the scheduler's own, which win over ours.
    """

    mark: str
    command: tuple[str, ...]
    log: str
    time: float | None = None  # seconds; None: as long as the scheduler gives by itself
    nodes: int = 1
    warn: float = 180.0
    before: str = ""
    after: str = ""
    env: Mapping[str, str] = field(default_factory=dict)
    options: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()  # nodes that are not wanted


@dataclass(frozen=True)
class Sight:
    """What a scheduler says of one allocation. Times are in seconds since 1970; None: it does not say.

    `word`: its own for the stage; `reason`: a sentence, may be empty. `starts_at`: the start, while it waits the
    expected one. `ends_at`: the end, while it runs that of its walltime.
    `outcome`: that of a task whose own job it is; empty: its exit says, or it has not ended.
    `dead`: its processes are gone for certain. `blames_node`: it ended because of a node.
    """

    id: str
    mark: str
    word: str
    stage: Stage
    reason: str = ""
    nodes: tuple[str, ...] = ()
    cpus: int | None = None
    place: str = ""  # the partition or queue
    asked_at: float | None = None
    starts_at: float | None = None
    ends_at: float | None = None
    exit: tuple[int, int] | None = None  # code and signal
    dead: bool = False
    blames_node: bool = False
    outcome: str = ""


@dataclass(frozen=True)
class Partition:
    """A part of a cluster. `whole`: its nodes are handed out whole. `longest`: seconds; None: no limit is set."""

    name: str
    is_up: bool
    whole: bool
    longest: float | None
    nodes: int
    cpus: int  # of a node, the least
    memory: int  # bytes of a node, the least
    gpus: int  # of a node


class Scheduler(Protocol):
    """A scheduler's own text. `name`: as in the pool's `scheduler = NAME`.

    `variables`: what would change the answers of its commands.
    """

    name: str
    variables: Variables

    def check_options(self, options: Sequence[str]) -> None:
        """Raise UsageError for options that burro sets itself, or that are none."""

    def script(self, request: Request) -> str:
        """The batch script of an allocation."""

    def submit(self, request: Request) -> Question[str]:
        """Ask for an allocation; its id. After NoWord that was sent, look for the mark before asking again."""

    def ping(self) -> Question[None]:
        """Whether there is anybody to be asked: NoWord where there is not."""

    def queue(self) -> Question[list[Sight]]:
        """All allocations of ours that it knows now, in one question. One that is not among them may be in `past`."""

    def past(self, *, ids: Sequence[str], marks: Sequence[str], since: float) -> list[Question[list[Sight]]]:
        """What it remembers of those ids, and of those marks since then: ways to ask, in the order to be tried.

        What is in no answer may exist nevertheless: such memories lag.
        """

    def cancel(self, ids: Sequence[str]) -> Question[None]:
        """End allocations, or take their requests back. That it was heard is not that they have ended."""

    def keep_nodes(self, allocation: str, nodes: Sequence[str]) -> Question[None] | None:
        """Give all other nodes of an allocation back; None where the scheduler does not know how."""

    def partitions(self) -> Question[list[Partition]]:
        """What there is to be had."""
