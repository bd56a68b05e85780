"""Why a machine could not be reached, in words: what ssh (ssh(1), OpenSSH's messages) says becomes a sentence."""

from __future__ import annotations

import re

# What stands in its standard error, and the sentence; {host} as the pool has it, {pool}, and groups of the match.
_SENTENCES = (
    (
        r"REMOTE HOST IDENTIFICATION HAS CHANGED",
        "the host key of {host} has changed; if that is right: ssh-keygen -R {host}, then log in once: ssh {host}",
    ),
    (r"Host key verification failed", "the host key of {host} is not known here; log in once and check it: ssh {host}"),
    (
        r"Permission denied \(([^)]*)\)",
        "{host} does not let us in (it takes {0}); try: ssh-copy-id {host}, or: burro pool login {pool}",
    ),
    (r"Too many authentication failures", "{host} was offered too many keys; name the right one in ~/.ssh/config"),
    (r"Could not resolve hostname ([^:\s]+)", "there is no host {0}; is the name right in ~/.ssh/config?"),
    (r"Connection refused", "nothing answers at {host}: connection refused"),
    (r"(Connection timed out|Operation timed out|No route to host|Network is unreachable)", "{host} is not there: {0}"),
    (r"Timeout, server .* not responding", "{host} does not answer any more"),
    (r"No space left on device", "the disk at {host} is full; make room there"),
    (r"(Bad owner or permissions on .*|Bad configuration option: .*)", "ssh does not take its settings: {0}"),
    (r"(sh|exec): (command )?not found", "{host} has no shell of POSIX on its PATH"),
)


def in_words(said: str, code: int, *, host: str, pool: str, linked: bool) -> str:
    """The sentence for an ssh that ended with `code`. `linked`: messages had flowed already."""
    for pattern, sentence in _SENTENCES:
        found = re.search(pattern, said)
        if found is not None:
            return sentence.format(*found.groups(), host=host, pool=pool)
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    last = f": {lines[-1][:300]}" if lines else ""
    if linked:
        return f"the connection to {host} was lost{last}"
    return f"the connection to {host} ended before it was of use (exit code {code}){last}"
