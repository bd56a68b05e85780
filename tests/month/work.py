"""A month of work at a site, drawn from stated distributions: the same for the same seed, whoever runs it.

Campaigns come by the hour as people work: three of four on weekdays from nine to six. How many tasks one has, how
long its tasks take and how long requests wait at the scheduler are lognormal, as such things are found to be.
"""

from __future__ import annotations

import math
import random
from array import array
from dataclasses import dataclass, field

HOUR, DAY = 3600.0, 86400.0


@dataclass(frozen=True)
class Month:
    """What is drawn. Medians, and sigmas of their logarithms; times in seconds."""

    days: float = 28.0
    campaigns_a_day: float = 7.0  # if all hours were working hours: 3 come
    tasks: tuple[float, float] = (1200.0, 1.0)
    most_tasks: int = 16_000
    seconds: tuple[float, float] = (600.0, 0.9)  # of a campaign's typical task
    spread: float = 0.4  # of the tasks of one campaign around that
    cpus: tuple[int, ...] = (1, 1, 1, 1, 1, 1, 2, 2, 4, 8)
    limited: float = 0.6  # of the campaigns say -t: up to three times what the longest task takes
    queue: tuple[float, float] = (1500.0, 1.2)  # that a request waits


@dataclass
class Campaign:
    """Tasks that came together. `limit`: what -t says, None: nothing. `left`: lengths of those not yet begun."""

    number: int
    at: float
    cpus: int
    limit: float | None
    left: array[float]
    tasks: int = field(init=False)

    def __post_init__(self) -> None:
        self.tasks = len(self.left)


def campaigns(month: Month, seed: int) -> list[Campaign]:
    """Those of a month, in the order of their coming."""
    dice, found, at = random.Random(f"{seed} work"), [], 0.0
    while True:
        at += dice.expovariate(month.campaigns_a_day / DAY)
        if at >= month.days * DAY:
            return found
        if not _is_working_hour(at) and dice.random() < 0.75:
            continue
        found.append(_campaign(month, len(found) + 1, at, dice))


def queue_wait(month: Month, seed: int, number: int) -> float:
    """Seconds that the request of this number waits at the scheduler."""
    return _lognormal(random.Random(f"{seed} request {number}"), *month.queue)


def _campaign(month: Month, number: int, at: float, dice: random.Random) -> Campaign:
    count = max(1, min(month.most_tasks, round(_lognormal(dice, *month.tasks))))
    typical = _lognormal(dice, *month.seconds)
    lengths = array("d", (_lognormal(dice, typical, month.spread) for _ in range(count)))
    asks = dice.random() < month.limited
    limit = math.ceil(max(lengths) * dice.uniform(1.1, 3.0) / 60) * 60.0
    return Campaign(number, at, dice.choice(month.cpus), limit if asks else None, lengths)


def _is_working_hour(at: float) -> bool:
    return at % (7 * DAY) < 5 * DAY and 9 * HOUR <= at % DAY < 18 * HOUR


def _lognormal(dice: random.Random, median: float, sigma: float) -> float:
    return dice.lognormvariate(math.log(median), sigma)
