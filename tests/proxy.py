"""A network between two processes: TCP through a thread that can be told to lose, hold back, or cut."""

from __future__ import annotations

import select
import socket
import threading


class Proxy:
    """Listens at `port` and connects on to `target`. `mode`: `pass`, `hold` (nothing gets through, nobody is told)."""

    def __init__(self, target: tuple[str, int]) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.hold_up = self.hold_down = False  # from the dialling side to the server, and back
        self.refuse = False
        self.passed = 0  # connections
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._over = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def hold(self) -> None:
        """Pull the cable: connections hang, and new ones too."""
        self.hold_up = self.hold_down = True

    def pass_on(self) -> None:
        """Plug it in again: what was held back arrives, late."""
        self.hold_up = self.hold_down = False

    def cut(self) -> None:
        """Reset every connection."""
        for pair in list(self._pairs):
            self._drop(pair, reset=True)

    def close(self) -> None:
        self._over = True
        self._thread.join(5)
        self.cut()
        self._listener.close()

    def _run(self) -> None:
        while not self._over:
            ends = {end: (pair, end is pair[0]) for pair in list(self._pairs) for end in pair}
            wanted = [end for end, (_, up) in ends.items() if not (self.hold_up if up else self.hold_down)]
            listen = [] if self.hold_up else [self._listener]
            try:
                ready, _, _ = select.select([*wanted, *listen], [], [], 0.02)
            except (OSError, ValueError):
                continue
            for end in ready:
                if end is self._listener:
                    self._accept()
                else:
                    self._move(end, *ends[end])

    def _accept(self) -> None:
        near, _ = self._listener.accept()
        if self.refuse:
            near.close()
            return
        try:
            far = socket.create_connection(self._target, timeout=5)
        except OSError:
            near.close()
            return
        self.passed += 1
        self._pairs.append((near, far))

    def _move(self, end: socket.socket, pair: tuple[socket.socket, socket.socket], up: bool) -> None:
        try:
            chunk = end.recv(1 << 16)
            if not chunk:
                raise ConnectionError
            pair[1 if up else 0].sendall(chunk)
        except OSError:
            self._drop(pair)

    def _drop(self, pair: tuple[socket.socket, socket.socket], *, reset: bool = False) -> None:
        if pair in self._pairs:
            self._pairs.remove(pair)
        for end in pair:
            if reset:
                try:
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                except OSError:
                    continue
            end.close()
