from __future__ import annotations

import pytest


@pytest.fixture
def signing(plain):
    """A user who signs all commits, with a key of ssh."""
    key = plain.path.parent / "key"
    plain.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key))
    allowed = plain.path.parent / "allowed"
    allowed.write_text(f"ada@example.org {key.with_suffix('.pub').read_text()}")
    for name, value in (
        *[("gpg.format", "ssh"), ("user.signingkey", str(key)), ("commit.gpgsign", "true")],
        ("gpg.ssh.allowedSignersFile", str(allowed)),
    ):
        plain.git("config", name, value)
    return plain


@pytest.mark.parametrize("settings", [{}, {"branches": True}, {"octopus": True}])
def test_commits_are_signed_where_all_are(signing, settings):
    results = signing.well(signing.made(1, "a"), signing.made(2, "b"), **settings)

    for result in results:
        signing.git("verify-commit", result.commit)
        assert signing.git("log", "-1", "--format=%s %an %aI", result.commit) == (
            f"[DATALAD RUNCMD] job {result.job} Ada 2026-11-20T10:00:12+01:00"
        )
    if not settings.get("branches"):
        assert signing.git("log", "-1", "--format=%G?") == "G"
    signing.sound()
