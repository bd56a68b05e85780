"""`burro pool` for machines that are reached by ssh: files there and back, commands there, a clone there."""

from __future__ import annotations

import json
import shutil
import subprocess

import pytest

from tests.elsewhere import Machine
from tests.waiting import until

pytestmark = pytest.mark.skipif(shutil.which("rsync") is None, reason="there is no rsync here")


@pytest.fixture
def world(queue, tmp_path):
    """A project in the working directory, and a pool `far` for it at another machine."""
    queue.machine = Machine(tmp_path / "far", queue)
    queue.well("pool", "add", "far", "--ssh", "far", "--project", ".", "--root", f"{queue.home}/proj")
    yield queue
    queue.burro("down", "--now")
    queue.machine.end()


def row(world, name="far"):
    return next(row for row in json.loads(world.well("pools", "--json"))["pools"] if row["pool"] == name)


def test_a_pool_is_added_with_what_was_typed(world):
    world.well("pool", "set", "far", "--env", "A=1", "--env", "B=2", "--counter", "licence=2", "--before", "make")
    found = row(world)
    assert (found["kind"], found["host"], found["root"]) == ("ssh", "far", "~/proj")
    assert (found["project"], found["env"], found["before"]) == (str(world.work), {"A": "1", "B": "2"}, "make")
    world.well("pool", "set", "far", "--env", "B=3")
    assert row(world)["env"] == {"A": "1", "B": "3"}
    world.well("pool", "set", "far", "--env", "auto")
    assert not row(world)["env"]


def test_root_stands_for_the_directory_in_which_a_pool_is_added_and_nothing_goes_there_before_it_is_brought(world):
    world.well("pool", "add", "other", "--ssh", "other", "--root", "~/else")
    assert row(world, "other")["project"] == str(world.work)
    assert row(world)["state"] == "down"
    job = world.submit("-p", "far", "cat", "x")
    assert "bring it with: burro pool sync far" in world.well("status", job)
    (world.work / "x").write_text("brought\n")
    world.well("pool", "sync", "far")
    world.well("wait", job)
    assert world.well("logs", job) == "brought\n"


def test_several_pools_are_set_at_once_each_line_with_its_name(world):
    world.well("pool", "add", "other", "--ssh", "other")
    lines = sorted(world.well("pool", "set", "far", "other", "--policy", "mcf").splitlines())
    assert lines == ["[far] policy fifo -> mcf", "[other] policy fifo -> mcf"]
    answers = json.loads(world.well("pool", "pause", "--all", "--json"))["pools"]
    assert {answer["pool"] for answer in answers} == {"local", "far", "other"}
    assert all(row(world, name)["paused"] for name in ("local", "far", "other"))
    world.well("pool", "resume", "--all")


def test_one_that_fails_does_not_stop_the_others_and_the_exit_code_says_so(world):
    world.well("pool", "add", "other", "--ssh", "other", "--root", "~/else")
    (world.machine.home / "proj").mkdir()
    ended = world.burro("pool", "run", "--all", "--", "sh", "-c", "echo here; pwd")
    assert ended.code == 1
    assert "[far] here" in ended.out.splitlines()
    assert f"[far] {world.machine.home}/proj" in ended.out.splitlines()
    assert all(line.startswith(("[far] ", "[other] ")) for line in ended.out.splitlines())


def test_files_go_there_and_come_back(world):
    (world.work / "src").mkdir()
    world.write("src/a b.txt", "1")
    world.write("it's.txt", "2")
    assert "copied the project to far:~/proj" in world.well("pool", "sync", "far")
    there = world.machine.home / "proj"
    assert (there / "src" / "a b.txt").read_text() == "1"
    assert (there / "it's.txt").read_text() == "2"
    (there / "out").mkdir()
    (there / "out" / "r").write_text("3")
    (there / "other").write_text("4")
    world.well("pool", "sync", "far", "--back", "out")
    assert (world.work / "out" / "r").read_text() == "3"
    assert not (world.work / "other").exists()
    world.well("pool", "sync", "far", "--back")
    assert (world.work / "other").read_text() == "4"


def test_only_what_is_named_goes_and_a_dry_run_copies_nothing(world):
    for name in ("a", "b"):
        (world.work / "deep" / name).mkdir(parents=True)
        world.write(f"deep/{name}/x", name)
    assert "would copy" in world.well("pool", "sync", "far", "-n")
    assert not (world.machine.home / "proj").exists()
    world.well("pool", "sync", "far", "deep/a")
    there = world.machine.home / "proj" / "deep"
    assert [path.name for path in there.iterdir()] == ["a"]
    world.well("pool", "sync", "far")
    (world.work / "deep" / "b" / "x").unlink()
    world.well("pool", "sync", "far", "--delete", "--exclude", "*.o")
    assert not (there / "b" / "x").exists()


def test_what_runs_before_tasks_runs_after_a_sync_and_the_pool_is_paused_until_it_is_well(world):
    world.write("Makefile.sh", "echo made > made; test ! -e bad\n")
    world.well("pool", "set", "far", "--before", "sh Makefile.sh")
    world.well("pool", "sync", "far")
    assert (world.machine.home / "proj" / "made").read_text() == "made\n"
    assert not row(world)["paused"]
    world.write("bad", "")
    ended = world.burro("pool", "sync", "far")
    assert ended.code == 1
    assert "could not run 'sh Makefile.sh' at far: it ended with 1; far stays paused" in ended.err
    assert row(world)["paused"]


def test_data_sets_are_brought_by_name(world, tmp_path):
    big = tmp_path / "big"
    big.mkdir()
    (big / "x").write_text("x")
    world.well("pool", "set", "far", "--dataset", f"mnist={big}", "--datadir", "~/sets")
    world.well("pool", "sync", "far", "--dataset", "mnist")
    assert (world.machine.home / "sets" / "big" / "x").read_text() == "x"
    assert not (world.machine.home / "proj").exists()
    ended = world.burro("pool", "sync", "far", "--dataset", "cifar")
    assert (ended.code, ended.err) == (2, "burro: far has no data set 'cifar'; it has mnist\n")


def test_a_command_runs_there_in_root_with_its_words_and_code(world):
    (world.machine.home / "proj").mkdir()
    world.well("pool", "set", "far", "--env", "A=it's")
    words = [
        "sh",
        "-c",
        'printf "%s|" "$PWD" "$FROM_PROFILE" "$A" "$@"; exit 7',
        "x",
        "a b",
        "'",
        '"',
        "$HOME",
        "!",
        "%s\\n",
        "é",
    ]
    ended = world.burro("pool", "run", "far", "--", *words)
    assert ended.code == 7
    assert ended.out == f"{world.machine.home}/proj|yes|it's|a b|'|\"|$HOME|!|%s\\n|é|"
    answer = world.burro("pool", "run", "far", "--json", "--shell", "echo 1; echo 2")
    assert json.loads(answer.out)["lines"][-2:] == ["1", "2"]
    assert not row(world)["paused"]


def test_what_is_pulled_there_is_cloned_first(world, tmp_path):
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b"]
    subprocess.run([*git, "init", "-q", "-b", "main", str(tmp_path / "up")], check=True)
    (tmp_path / "up" / "f").write_text("f")
    subprocess.run([*git, "add", "f"], cwd=tmp_path / "up", check=True)
    subprocess.run([*git, "commit", "-q", "-m", "one"], cwd=tmp_path / "up", check=True)
    assert "does not know what to clone" in world.burro("pool", "deploy", "far").err
    world.well("pool", "set", "far", "--deploy", str(tmp_path / "up"), "--branch", "main", "--before", "echo x > made")
    ended = world.burro("pool", "deploy", "far", "--json")
    assert (world.machine.home / "proj" / "f").read_text() == "f", ended
    assert (world.machine.home / "proj" / "made").exists()


def test_nothing_runs_there_beside_tasks_unless_forced(world):
    world.well("up", "-c", "1")
    (world.machine.home / "proj").mkdir()
    until(lambda: row(world)["state"] == "up", within=60)
    job = world.submit("-p", "far", "sleep", "600")
    world.runs(job)
    ended = world.burro("pool", "run", "far", "--", "true")
    assert (ended.code, ended.err) == (1, "burro: 1 task is running at far; let them end, or say --force\n")
    assert not row(world)["paused"]
    assert world.burro("pool", "run", "far", "--force", "--", "true").code == 0
    world.well("cancel", job)


def test_what_makes_no_sense_is_told_in_one_sentence(world):
    for words, code, sentence in (
        (["sync"], 2, "give the name of a pool"),
        (["sync", "none"], 3, "there is no pool 'none'"),
        (["sync", "local"], 2, "the pool local is this machine"),
        (["sync", "far", "/etc/passwd"], 2, "is not in the project directory"),
        (["sync", "far", "missing"], 2, "there is no"),
        (["sync", "far", "--back", "--delete"], 2, "would delete here"),
        (["run", "far"], 2, "give a command behind --"),
        (["run", "far", "--shell", "x", "--", "y"], 2, "give a command behind --"),
        (["add", "far"], 2, "say how it is reached"),
        (["add", "a", "b", "--ssh", "h"], 2, "one name too many"),
        (["add", "all", "--ssh", "h"], 2, "no pool can be called"),
        (["add", "a b", "--ssh", "h"], 2, "a pool's name has letters"),
        (["add", "g", "--ssh", "-oProxyCommand=x"], 2, "--ssh"),
        (["add", "far", "--ssh", "far"], 2, "there is a pool 'far' already"),
        (["set", "far", "--env", "A"], 2, "--env takes a name and a text"),
        (["set", "far", "--branch", "x"], 2, "--branch is of what --deploy clones"),
        (["set", "--all", "far", "--cpus", "1"], 2, "give the name of a pool or --all"),
        (["pause"], 2, "give the name of a pool or --all"),
        (["burn", "far"], 2, "there is no act 'burn'"),
        ([], 2, "say what to do, one of add, set"),
    ):
        ended = world.burro("pool", *words)
        assert (ended.code, ended.out, ended.err.count("\n")) == (code, "", 1), (words, ended)
        assert sentence in ended.err, words


def test_every_act_has_examples_in_its_help(shared):
    from burro.cli.verbs import ACTS

    assert all(act in shared.well("pool", "--help") for act in ACTS)
    for act in ACTS:
        assert f"burro pool {act} " in shared.well("pool", act, "--help").partition("examples:")[2], act
