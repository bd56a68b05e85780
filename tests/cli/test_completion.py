"""What a shell offers while somebody types: asked of a running server only."""

from __future__ import annotations

import argparse
import subprocess

from datalad.cli.parser import setup_parser_for_interface

from burro.datalad_extension.finish import Finish


def _offered(world, words, place):
    probe = f"{world.well('completion', 'bash')}\nCOMP_WORDS=({words}); COMP_CWORD={place}; _shtab_burro\n"
    script = probe + 'printf "%s\\n" "${COMPREPLY[@]}"\n'
    done = subprocess.run(["bash"], input=script, capture_output=True, text=True, check=True, env=world.env)
    return done.stdout.split()


def test_ids_and_names_of_jobs_are_offered(queue):
    job = queue.submit("--hold", "-J", "fit-a", "true")
    queue.submit("--hold", "-J", "a name; with $(all)", "true")
    assert _offered(queue, "burro show ''", 2) == [job, "2", "fit-a", "last", "all"]
    assert _offered(queue, "burro cancel fit", 2) == ["fit-a"]


def test_states_are_offered(shared):
    assert _offered(shared, "burro status --state r", 3) == ["ready", "running"]


def test_pools_are_offered(shared):
    shared.well("up")
    assert _offered(shared, "burro submit -p l", 3) == ["local"]
    assert _offered(shared, "burro pool pause lo", 3) == ["local"]
    assert "pause" in _offered(shared, "burro pool p", 2)


def test_no_server_is_started_for_it(queue):
    assert queue.well("completion", "--ids") == ""
    assert queue.processes() == {}


def test_a_shell_must_be_named(shared):
    ended = shared.burro("completion")
    assert ended.code == 2
    assert "bash, zsh, fish, tcsh" in ended.err


def test_values_of_which_there_are_few_are_offered_by_every_shell_and_by_datalad(shared):
    assert _offered(shared, "burro schedule --overwrite re", 3) == ["replace", "refuse"]
    assert _offered(shared, "burro schedule --assume-ready i", 3) == ["inputs"]
    assert _offered(shared, "burro finish --failed in", 3) == ["inline"]
    assert _offered(shared, "burro finish --record-style p", 3) == ["pair"]
    for shell, words in (
        ("fish", 'overwrite -xka "replace unlock'),
        ("zsh", ":HOW:(replace unlock"),
        ("tcsh", "unlock"),
    ):
        assert words in shared.well("completion", shell)
    made = argparse.ArgumentParser()
    setup_parser_for_interface(made, Finish, completing=True)
    choices = {action.dest: action.choices for action in made._actions}
    assert choices["record_style"] == ["run", "slurm", "pair"]
    assert "inline" in choices["failed"]
