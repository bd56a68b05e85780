"""What a shell offers while somebody types: asked of a running server only."""

from __future__ import annotations

import subprocess


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
