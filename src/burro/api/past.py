"""What has happened in a queue, and what happens."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from .acts import Asked
from .asks import Asks
from .options import plain_since
from .pages import every_page
from .told import Event, HistoryRecord
from .values import value_of
from .which import Jobs, ids_of, texts

_NOTHING_YET = 2**62  # an event that no queue lives to see: behind it there is none


class Past(Asks):
    """Events and attempts."""

    def events(self, jobs: Jobs | None = None, *, since: Asked = None, last: int | None = None) -> list[Event]:
        """What has happened (to `jobs`), oldest first: all, or `since` then, or at most the `last` so many.

        `since` is a datetime, a timedelta, or a text as "2h", "today". Raises NotFound, UsageError.

        >>> [event.what for event in queue.events(last=3)]  # doctest: +SKIP
        """
        ids, moment = _named(jobs), plain_since(since)
        if ids == [] or last == 0:
            return []
        sooner = {"last": last} if last is not None and ids is None and moment is None else {}
        pages = every_page(self._ask, "events", ids=ids, since=moment, **sooner)
        rows = [row for page in pages for row in page["events"]]
        return [value_of(Event, row) for row in (rows if last is None else rows[-last:])]

    def follow_events(
        self, jobs: Jobs | None = None, *, after: Event | int | None = None, timeout: float | None = None
    ) -> Iterator[Event]:
        """What happens (to `jobs`) from now on, or behind the event `after`, each once, without an end.

        Nothing is missed that happens after this call, also where the server goes and comes back.
        Raises TimeoutError after `timeout` seconds.

        >>> for event in queue.follow_events():  # doctest: +SKIP
        ...     print(event.at, event.job, event.what, event.detail)
        """
        ids = _named(jobs)
        seq = after.seq if isinstance(after, Event) else after
        newest = self._ask("events", after=_NOTHING_YET, ids=ids)["newest"] if seq is None else int(seq)
        return self._follow(ids, newest, timeout)

    def _follow(self, ids: list[str] | None, after: int, timeout: float | None) -> Iterator[Event]:
        message: dict[str, Any] = {"op": "events", "follow": True, "after": after, **({"ids": ids} if ids else {})}
        for line in self.listen(message, timeout=timeout) if ids != [] else ():
            event = line.get("event")
            if event is not None and event["seq"] > message["after"]:
                message["after"] = event["seq"]
                yield value_of(Event, event)

    def history(
        self,
        jobs: Jobs | None = None,
        *,
        states: str | Iterable[str] = (),
        name: str | None = None,
        since: Asked = None,
        last: int | None = None,
    ) -> list[HistoryRecord]:
        """Every attempt (at tasks of `jobs`) with what it used, oldest job first; those of at most the `last` tasks.

        Raises NotFound, UsageError.

        >>> max(record.max_rss or 0 for record in queue.history(job))  # doctest: +SKIP
        """
        ids = _named(jobs)
        if ids == [] or last == 0:
            return []
        chosen = {"ids": ids, "states": texts(states) or None, "name": name, "since": plain_since(since)}
        plain = all(value is None for value in chosen.values())
        pages = every_page(self._ask, "history", **chosen, last=last if plain else None)
        rows = [row for page in pages for row in page["attempts"]]
        return [value_of(HistoryRecord, row) for row in (rows if last is None or plain else rows[-last:])]


def _named(jobs: Jobs | None) -> list[str] | None:
    """None: whatever there is; an empty list: nothing."""
    ids = None if jobs is None else ids_of(jobs)
    return None if ids == ["all"] else ids
