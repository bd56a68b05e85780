from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import burro
from burro.pools import bundle
from tests.interpreters import interpreters

PACKAGE = Path(burro.__file__).parent
CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def zipapp(tmp_path_factory):
    return bundle.write_worker_zipapp(tmp_path_factory.mktemp("zipapp") / bundle.NAME, package=PACKAGE)


def test_the_same_source_gives_the_same_bytes(zipapp, tmp_path):
    again = bundle.write_worker_zipapp(tmp_path / "elsewhere" / "other-name", package=PACKAGE)

    assert again.read_bytes() == zipapp.read_bytes()


def test_the_zipapp_holds_the_lower_floors_and_nothing_else(zipapp):
    with zipfile.ZipFile(zipapp) as archive:
        names = archive.namelist()

    packages = {name.split("/")[1] for name in names if name.count("/") > 1}
    assert packages == {"base", "link", "model", "worker"}
    assert {name for name in names if name.count("/") <= 1} == {"__main__.py", "burro/__init__.py"}
    assert names[1:] == ["burro/__init__.py", *sorted(names[2:])]


def test_the_zipapp_in_use_follows_the_source():
    first = bundle.worker_zipapp()
    written = first.stat().st_mtime_ns
    again = bundle.worker_zipapp()

    assert again == first
    assert again.stat().st_mtime_ns == written, "what is up to date is not written again"


def test_the_zipapp_answers_under_every_python_from_3_9_found_here(zipapp):
    found = interpreters()
    print("found", *found.values())
    assert found, "at least the one that runs this"
    for python in found.values():
        answer = subprocess.run([python, zipapp, "--version"], capture_output=True, text=True, timeout=30, check=False)
        assert (answer.returncode, answer.stdout) == (0, "burro-worker 0.1.0\n"), f"{python}: {answer.stderr}"


def test_a_built_wheel_brings_the_command_and_the_zipapp(zipapp, tmp_path):
    source = copy_of_what_is_built(tmp_path / "source")
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*pip, "--wheel-dir", tmp_path, source], check=True, timeout=120)

    (wheel,) = tmp_path.glob("burro-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        points = [archive.read(name).decode() for name in names if name.endswith("entry_points.txt")]
        assert archive.read(f"burro/{bundle.NAME}") == zipapp.read_bytes()
    assert "burro/py.typed" in names
    assert sum(name.endswith(".sql") for name in names) == len(list(PACKAGE.rglob("*.sql")))
    assert "burro-0.1.0.data/scripts/burro" in names
    assert "datalad.extensions" in points[0]
    assert "console_scripts" not in points[0]  # pip's own takes three times as long to start


def copy_of_what_is_built(target: Path) -> Path:
    """A copy, since building leaves its steps beside the source."""
    target.mkdir()
    sources = [CHECKOUT / name for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE", "bin", "src")]
    subprocess.run(["cp", "-r", *sources, target], check=True)
    subprocess.run(["rm", "-rf", target / "src/burro.egg-info", target / "src/burro" / bundle.NAME], check=True)
    return target
