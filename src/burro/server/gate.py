"""The gate: one message in, one step, one answer."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from functools import partial

from ..base.errors import BurroError, UsageError
from ..link.lines import Message
from ..store.db import StoreTrouble
from . import (
    acting,
    adopted,
    allocations,
    checks,
    editing,
    graph,
    history,
    homing,
    listing,
    parcels,
    pooling,
    reading,
    records,
    reporting,
    signalling,
    submitting,
    usage,
    views,
)
from .capacity import NotYet
from .cleaning import Cleaner
from .crew import Peer
from .following import Followers
from .inboxes import Inboxes
from .opening import Opening
from .outputs import outputs
from .serving import Serving
from .state import Server

Step = Callable[[Server, Peer, Message], Message | None]


class Gate:
    """All that can be asked. A step gives the answer, or None where it answers by itself, later."""

    def __init__(
        self, followers: Followers, serving: Serving, cleaner: Cleaner, opening: Opening, *, inboxes: Inboxes
    ) -> None:
        self._steps: Mapping[str, Step] = {
            "ping": serving.ping,
            "submit": submitting.submit,
            "submit_many": submitting.submit_many,
            "status": listing.status,
            "show": views.show,
            "graph": graph.graph,
            "history": history.history,
            "outputs": outputs,
            "read": reading.read,
            "cancel": acting.cancel,
            "hold": acting.hold,
            "release": acting.release,
            "retry": acting.retry,
            "set": editing.edit,
            "records": records.show,
            "recorded": records.close,
            "over": adopted.over,
            "signal": signalling.send_signal,
            "wait": followers.wait,
            "watch": followers.watch,
            "events": followers.listeners.events,
            "workers": views.show_workers,
            "pools": pooling.show_pools,
            "allocations": allocations.show,
            "usage": usage.show,
            "pool": opening.act,
            "inbox": inboxes.act,
            "up": serving.up,
            "down": serving.down_,
            "clean": cleaner.clean,
            "doctor": partial(checks.doctor, inboxes=inboxes.views),
            "hello": reporting.hello,
            "report": reporting.report,
            "output": homing.output,
            "parcel": parcels.offered,
        }

    def take(self, server: Server, peer: Peer, message: Message) -> Message | None:
        """Do what a message asks. Trouble becomes an answer; so does a defect, with its traceback in the log."""
        op = str(message.get("op"))
        try:
            if server.stopping and op not in ("hello", "report", "output", "ping"):
                return {"error": "the server is just leaving; try again", "code": 4, "leaving": True}
            step = self._steps.get(op, _unknown)
            with server.db.part():
                answer = step(server, peer, message)
                server.write_moves()
            return answer
        except StoreTrouble:
            raise
        except NotYet:
            server.moves.clear()
            server.put_off.append((peer, message))
            return None
        except BurroError as error:
            server.moves.clear()
            return {"error": str(error), "code": error.code}
        except Exception:  # noqa: BLE001  # one message must not take the others of its turn down
            server.log.say(f"defect at {op}: {traceback.format_exc()}")
            server.moves.clear()
            server.afterwards.append(server.crew.clear)  # what is in memory may be wrong: workers say hello again
            return {"error": f"burro has a defect at '{op}'; its traceback is in {server.queue}/server.log", "code": 4}


def _unknown(_server: Server, _peer: Peer, message: Message) -> Message:
    op = message.get("op")
    raise UsageError(f"the server does not know '{op}'; client and server may be of different versions")
