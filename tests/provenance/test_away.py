"""Contents that stay at a machine with another file system, in a clone there."""

from __future__ import annotations

import os
import subprocess

import pytest

from tests.provenance.conftest import Repository

UUID = "0" * 8 + "-0000-0000-0000-" + "0" * 12


@pytest.fixture
def there(annexed, tmp_path):
    path = tmp_path / "there"
    subprocess.run(["git", "clone", "--quiet", str(annexed.path), str(path)], check=True)
    repository = Repository(path)
    repository.run("git-annex", "init", "--quiet", "cluster")
    return repository


def test_a_link_is_committed_and_its_content_fetched_later(annexed, there):
    there.write("out/a.bin", "made there")
    there.run("git-annex", "add", "--quiet", "out/a.bin")
    key, uuid = there.run("git-annex", "lookupkey", "out/a.bin").strip(), there.git("config", "annex.uuid")

    annexed.well(annexed.job(1, "out", stays={"out/a.bin": key}, stays_in=uuid))

    assert annexed.files() == ["logs/1.out", "out/a.bin"]
    assert not os.path.exists(annexed.path / "out/a.bin")
    assert annexed.git("status", "--porcelain") == ""
    assert uuid in annexed.run("git-annex", "whereis", "out/a.bin")
    assert annexed.run("git-annex", "find", "--in=here") == ""
    annexed.git("remote", "add", "cluster", str(there.path))
    annexed.run("git-annex", "get", "--quiet", "out/a.bin")
    assert (annexed.path / "out/a.bin").read_text() == "made there"
    annexed.sound()


@pytest.mark.parametrize(
    ("stays", "uuid", "sentence"),
    [
        *[({"a.bin": "nonsense"}, UUID, "no key"), ({"a.bin": "MD5E-s1--x\ny"}, UUID, "no key")],
        *[({"a.bin": "MD5E-s1--x"}, "x 1\n", "no uuid"), ({"../a.bin": "MD5E-s1--x"}, UUID, "outside")],
        ({"code.py": "MD5E-s1--x"}, UUID, "code.py is here already"),
    ],
)
def test_what_cannot_be_is_refused(annexed, stays, uuid, sentence):
    (result,) = annexed.finish(annexed.job(1, "a.bin", stays=stays, stays_in=uuid))

    assert result.status == "impossible"
    assert sentence in result.message
    assert annexed.subjects[0] == "attributes"


def test_without_an_annex_it_is_refused(plain):
    (result,) = plain.finish(plain.job(1, "a.bin", stays={"a.bin": "MD5E-s1--x"}, stays_in=UUID))

    assert "has no annex" in result.message
