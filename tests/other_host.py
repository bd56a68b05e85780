"""Another host that shares this machine's files: another name, another boot; its commands see the same directories."""

from __future__ import annotations

import subprocess

from tests.conftest import BURRO, LONGEST, Ended

OTHER = {"BURRO_TESTING": "1", "BURRO_BOOT_ID": "00000000-0000-4000-8000-00000000beef"}
NAME = "login2"


def can_be() -> bool:
    """Whether this system lets us have one."""
    return subprocess.run([*_unshare(), "true"], capture_output=True, check=False).returncode == 0


def _unshare() -> list[str]:
    return ["unshare", "--user", "--map-current-user", "--keep-caps", "--uts", "--"]


def on_it(words) -> list[str]:
    """The command line that runs `words` there."""
    return [*_unshare(), "sh", "-c", f'hostname {NAME} && exec "$@"', "sh", *words]


class OtherHost:
    """Commands of a world's user there."""

    def __init__(self, world) -> None:
        self._world = world

    def burro(self, *words, **env) -> Ended:
        done = subprocess.run(
            on_it([BURRO, *words]),
            capture_output=True,
            stdin=subprocess.DEVNULL,
            cwd=self._world.work,
            env={**self._world.env, **OTHER, **env},
            timeout=LONGEST,
            check=False,
        )
        return Ended(done)

    def well(self, *words, **env) -> str:
        ended = self.burro(*words, **env)
        assert ended.code == 0, ended
        return ended.out

    def start(self, *words):
        """A command that goes on; the world ends it."""
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        env = {**self._world.env, **OTHER}
        started = subprocess.Popen(on_it([BURRO, *words]), cwd=self._world.work, env=env, **pipes)
        self._world._started.append(started)
        return started
