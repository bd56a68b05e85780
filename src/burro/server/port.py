"""The port for workers and commands on other machines: open only while a pool needs it or somebody knocked."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from collections.abc import Callable

from ..base.clock import now, steady
from ..base.errors import Unreachable
from ..base.mounts import is_network
from ..link.knock import was_knocked
from ..link.lines import encode
from ..link.way import OPEN, keep_alive
from ..model.serving import Wish
from .addresses import addresses
from .door import listen
from .identity import Identity, identity_of
from .links import links_of
from .listening import PeerEnd
from .record import Record
from .state import Later, Server
from .tether import SILENCE
from .visitor import Guest, Visitor

_LOOK_EVERY = 2.0  # seconds between looks for who knocks
_STAYS = 600.0  # seconds that it stays open after a knock, or after the last guest
_PROOF = 10.0  # seconds to say who one is
_UNKNOWN = 256  # connections at a time that have not
_PAUSE = 1.0  # seconds, where a visitor cannot be let in
_COMPLAIN_EVERY = 10.0  # seconds


class Port:
    """Opens and closes it. `guest` makes the peer that a visitor becomes."""

    def __init__(
        self, server: Server, record: Record, *, later: Later, guest: Callable[[Callable[[PeerEnd], None]], Guest]
    ) -> None:
        self._server, self._record, self._later, self._guest = server, record, later, guest
        self._is_shared = is_network(server.queue)
        self._silence = float(os.environ.get("BURRO_LINK_TIMEOUT") or SILENCE)
        self._identity: Identity | None = None
        self._context: ssl.SSLContext | None = None
        self._end: socket.socket | None = None
        self._wish = Wish()
        self._wanted_until = 0.0
        self._proving: set[asyncio.Task[None]] = set()
        self._guests: set[Guest] = set()
        self._complained = 0.0
        self._trouble: str | None = None

    def begin(self) -> None:
        """Look whether it is to be open, now and then: a pool may be declared, somebody may knock."""
        self._later(_LOOK_EVERY, self.begin)
        self.look()

    def look(self) -> None:
        """Open or close it, as things are."""
        moment = steady()
        if was_knocked(self._server.queue, afresh=self._is_shared) or self._guests:
            self._wanted_until = moment + _STAYS
        for guest in [one for one in self._guests if one.works and moment - one.heard_at > self._silence]:
            guest.abort()  # its worker counts as away; if it lives it comes again
        pools = self._server.pools
        wanted = (len(pools.coming) > len(links_of(pools)) or moment < self._wanted_until) and not self._server.stopping
        if wanted and self._end is not None and self._wish != pools.wish:
            self.close()  # another place is wanted; who is in stays
            self._record.write()
        if wanted and self._end is None:
            self._open()
        elif not wanted and self._end is not None:
            self.close()
            self._record.write()

    @property
    def is_asked_for(self) -> bool:
        """Whether somebody knocked not long ago."""
        return steady() < self._wanted_until

    def close(self) -> None:
        """Let nobody in any more; who is in stays."""
        if self._end is not None:
            asyncio.get_running_loop().remove_reader(self._end)
            self._end.close()
            self._end, self._record.port = None, {}

    def _open(self) -> None:
        wish = self._server.pools.wish
        try:
            self._identity = identity_of(self._server.queue)
            self._context = self._identity.context()
            self._end, self._wish = listen(self._server.queue, wish), wish
        except (Unreachable, OSError, ImportError) as error:
            self._say_trouble(f"no port can be opened for other machines: {error}")
            return
        self._trouble = None
        for pool in self._server.pools.coming:
            self._server.reached(pool).error = None
        port, told = int(self._end.getsockname()[1]), addresses() if wish.address is None else [wish.address]
        self._record.port = {"addresses": told, "port": port, "fingerprint": self._identity.fingerprint}
        self._record.write()
        self._listen()
        self._server.log.say(f"port {port} is open for other machines")

    def _say_trouble(self, text: str) -> None:
        if text != self._trouble:
            self._server.log.say(text)
        self._trouble = text
        for pool in self._server.pools.coming:
            reached = self._server.reached(pool)
            reached.error, reached.since = text, now()

    def _listen(self) -> None:
        if self._end is not None:
            asyncio.get_running_loop().add_reader(self._end, self._accept)

    def _accept(self) -> None:
        assert self._end is not None
        try:
            end, address = self._end.accept()
        except BlockingIOError:
            return
        except OSError as error:  # too many files are open: the others are served meanwhile
            self._complain(f"a visitor cannot be let in: {error.strerror}")
            asyncio.get_running_loop().remove_reader(self._end)
            self._later(_PAUSE, self._listen)
            return
        if len(self._proving) >= _UNKNOWN:
            self._complain("too many visitors do not say who they are")
            end.close()
            return
        task = asyncio.get_running_loop().create_task(self._let_in(end, str(address[0])))
        self._proving.add(task)
        task.add_done_callback(self._proving.discard)

    async def _let_in(self, end: socket.socket, address: str) -> None:
        """TLS, then the secret; who does not manage both in time is a stranger."""
        assert self._identity is not None
        secret, loop = self._identity.secret, asyncio.get_running_loop()
        transport: asyncio.Transport | None = None
        try:
            end.setblocking(False)
            keep_alive(end)
            async with asyncio.timeout(_PROOF):
                transport, visitor = await loop.connect_accepted_socket(
                    lambda: Visitor(secret),
                    end,
                    ssl=self._context,
                    ssl_handshake_timeout=_PROOF,
                    ssl_shutdown_timeout=1,
                )
                await visitor.proved
        except OSError as error:
            self._complain(f"a stranger at {address} was sent away: {str(error) or type(error).__name__}")
            if transport is None:
                end.close()
            elif isinstance(error, PermissionError):
                Visitor.turn_away(transport)
            else:
                transport.abort()
            return
        self._welcome(transport, visitor)

    def _welcome(self, transport: asyncio.Transport, visitor: Visitor) -> None:
        guest = self._guest(self._forget)
        self._guests.add(guest)
        transport.set_protocol(guest)
        transport.write(encode(OPEN))
        guest.connection_made(transport)
        if visitor.rest:
            guest.data_received(visitor.rest)

    def _forget(self, peer: PeerEnd) -> None:
        self._guests = {guest for guest in self._guests if guest is not peer}

    def _complain(self, text: str) -> None:
        """Into the log, but not for each of many."""
        if steady() - self._complained > _COMPLAIN_EVERY:
            self._complained = steady()
            self._server.log.say(text)
