"""The documents are true: their examples run, and they name every verb and option."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from burro.cli.options import SUBMIT
from burro.cli.verbs import VERBS

DOCS = Path(__file__).parents[2] / "docs"
BLOCK = re.compile(r"^```(sh|python)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def _blocks(name, kind):
    return [text for found, text in BLOCK.findall((DOCS / name).read_text(encoding="utf-8")) if found == kind]


def test_every_example_of_the_commands_runs(queue):
    text = "\n".join(_blocks("commands.md", "sh"))
    assert text.count("burro ") > 30
    script = queue.work / "examples.sh"
    script.write_text("set -e\n" + text)
    done = subprocess.run(
        ["bash", str(script)], env=queue.env, cwd=queue.work, capture_output=True, timeout=120, check=False
    )
    assert done.returncode == 0, done


def test_every_example_of_the_python_page_runs(queue):
    for number, text in enumerate(_blocks("python.md", "python")):
        done = subprocess.run(
            [sys.executable, "-c", text], env=queue.env, cwd=queue.work, capture_output=True, timeout=60, check=False
        )
        assert done.returncode == 0, (number, done)


def test_the_commands_page_names_every_verb_and_option():
    text = (DOCS / "commands.md").read_text(encoding="utf-8")
    heads = " ".join(re.findall(r"^## (.*)$", text, re.MULTILINE)).replace(",", "").split()
    assert set(VERBS) <= set(heads)
    for long, short, _, _ in SUBMIT:
        assert f"--{long}" in text
        assert not short or f"-{short}" in text


def test_every_example_of_the_page_on_records_runs(queue):
    text = "\n".join(_blocks("provenance.md", "sh"))
    assert text.count("burro ") == 8
    done = subprocess.run(
        ["bash", "-ec", text], env=queue.env, cwd=queue.work, capture_output=True, timeout=120, check=False
    )
    assert done.returncode == 0, done
