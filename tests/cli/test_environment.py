"""The environment of tasks by `--env`, and that values which look like secrets are shown nowhere."""

from __future__ import annotations

import json

import pytest

OWN = {"JOBID", "OMP_NUM_THREADS", "PWD", "SHLVL", "_", "OLDPWD"}


def _env(queue, *words, **env):
    job = queue.done("-o", "env-%j", *words, "env", "-0", **env)
    text = (queue.work / f"env-{job}").read_text()
    return dict(part.split("=", 1) for part in text.split("\0") if part)


def test_all_is_the_default_and_gives_what_the_submitter_has(shared):
    for words in ((), ("--env", "all")):
        assert _env(shared, *words, MINE="1", EMPTY="")["MINE"] == "1"


def test_clean_gives_five_names_and_what_burro_sets(shared):
    found = _env(shared, "--env", "clean", MINE="1", TMPDIR="/tmp", SHELL="/bin/x", LOGNAME="ann")
    assert {name for name in found if not name.startswith("BURRO_")} - OWN == {"PATH", "HOME", "USER", "LANG", "TMPDIR"}
    assert {"BURRO_JOB_ID", "BURRO_TASK", "BURRO_QUEUE", "BURRO_ATTEMPT", "BURRO_CPUS"} <= set(found)


def test_names_and_settings_go_over_the_clean_one(shared):
    found = _env(shared, "--env", "MINE,NEW=c", MINE="1", OTHER="2")
    assert (found["MINE"], found["NEW"], "OTHER" in found, "PATH" in found) == ("1", "c", False, True)
    found = _env(shared, "--env", "clean,NEW=c", OTHER="2")
    assert (found["NEW"], "OTHER" in found) == ("c", False)


def test_settings_alone_and_all_with_settings_go_over_the_whole_one(shared):
    for words in ("NEW=c", "all,NEW=c"):
        found = _env(shared, "--env", words, OTHER="2")
        assert (found["NEW"], found["OTHER"]) == ("c", "2")


def test_a_name_that_is_not_set_is_refused(shared):
    ended = shared.burro("submit", "--env", "NOT_THERE", "true")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("burro: --env names NOT_THERE, which is not set here")


def test_values_of_the_environment_are_in_no_answer_and_readable_by_their_owner_alone(queue):
    job = queue.submit("--hold", "--env", "all,WORD=hidden-1", "true", OTHER="hidden-2")
    for words in (["status"], ["status", "--json"], ["show", job], ["show", job, "--json"], ["events"], ["doctor"]):
        assert "hidden-" not in queue.well(*words)
    kept = list((queue.queue / "env").iterdir())
    assert [path.stat().st_mode & 0o777 for path in kept] == [0o600]
    for log in queue.queue.glob("*.log"):
        assert "hidden-" not in log.read_text()


@pytest.mark.parametrize(
    "words",
    [
        ["echo", "--password=hidden-1", "--api-key", "hidden-2"],
        ["--shell", "MY_TOKEN=hidden-3 echo fit"],
        ["--shell", "MY_TOKEN=hidden-4 false"],
        ["TOKEN=hidden-6", "echo"],
    ],
)
def test_values_that_look_like_secrets_are_shown_nowhere_but_the_command_gets_them(queue, words):
    job = queue.ended("-o", "out", *words)
    for reading in (["status"], ["show", job], ["events"], ["history"]):
        assert "hidden-" not in queue.well(*reading), reading
        assert "hidden-" not in queue.well(*reading, "--json"), reading
    for log in queue.queue.glob("*.log"):
        assert "hidden-" not in log.read_text()
    if words[0] == "echo":
        assert (queue.work / "out").read_text() == "--password=hidden-1 --api-key hidden-2\n"
        assert json.loads(queue.well("show", job, "--json"))["command"] == "echo --password=*** --api-key ***"


def test_a_script_and_lines_are_veiled_too(queue):
    queue.write("job.sh", "#!/bin/sh\n#BURRO --hold\nexport TOKEN=hidden-1\necho fine\n")
    queue.well("submit", "job.sh", "--password", "hidden-2")
    queue.well("submit", "--hold", "-f", "-", stdin=b"PASSWORD=hidden-3 echo\nrun --token hidden-4\n")
    for words in (["status", "--json"], ["show", "all", "--json"], ["show", "all"]):
        assert "hidden-" not in queue.well(*words)
    assert "echo fine" in queue.well("show", "1", "--json")


def test_an_edited_command_is_veiled_in_what_is_said_of_it(queue):
    job = queue.submit("--hold", "run", "--token", "hidden-1")
    assert "hidden-" not in queue.well("set", job, "--command", "run --token hidden-2")
    assert "hidden-" not in queue.well("set", job, "--json", "--command", "run --token hidden-3 x")
    assert "hidden-" not in queue.well("events", "--json")


def test_an_environment_that_no_job_came_to_have_is_not_kept(queue):
    queue.submit("--key", "k", "--hold", "true")
    queue.submit("--key", "k", "--hold", "true", SECOND="leaks")
    assert queue.burro("submit", "--key", "k", "--hold", "false", THIRD="leaks").code == 2
    assert queue.burro("submit", "-d", "afterok:99", "true", FOURTH="leaks").code == 3
    kept = [path.read_text() for path in (queue.queue / "env").iterdir()]
    assert len(kept) == 1
    assert "leaks" not in kept[0]
