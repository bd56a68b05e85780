"""Output of tasks at other machines: it comes home, whole, and overwrites nothing."""

from __future__ import annotations

import os

from burro.server.arriving import Arriving
from burro.store.far import Far
from tests.server.test_tethers import started
from tests.waiting import until


def test_what_a_task_wrote_there_is_here_when_it_has_ended(machines):
    started(machines, "a")
    world = machines.world
    job = world.done("-p", "a", "-e", "err.txt", "--shell", "echo $MACHINE $HOME; pwd; echo oops >&2")
    home = machines.root / "a/home"
    assert (world.work / f"burro-{job}.out").read_text() == f"a {home}\n{home}\n"
    assert (world.work / "err.txt").read_text() == "oops\n"
    assert oct((world.work / f"burro-{job}.out").stat().st_mode & 0o777) == "0o644"


def test_each_task_of_an_array_has_its_file(machines):
    started(machines, "a")
    job = machines.world.done("-p", "a", "-a", "0-9", "--shell", "echo $BURRO_TASK_ID")
    found = [(machines.world.work / f"burro-{job}/{idx}.out").read_text() for idx in range(10)]
    assert found == [f"{idx}\n" for idx in range(10)]


def test_what_is_large_is_fetched_also_by_the_next_server(machines):
    started(machines, "a")
    world = machines.world
    job = world.done("-p", "a", "-o", "big", "--shell", "head -c 3000000 /dev/urandom | tee copy")
    until((world.work / "big").exists, within=30)
    assert (world.work / "big").read_bytes() == (machines.root / "a/home/copy").read_bytes()
    until(lambda: "job" and not list(world.work.glob(".burro-*")), within=10)
    assert world.state(job) == "done"


def test_nothing_is_overwritten_and_the_other_name_is_told(machines):
    started(machines, "a")
    world = machines.world
    world.write("mine.txt", "precious")
    job = world.done("-p", "a", "-o", "mine.txt", "echo", "new")
    assert (world.work / "mine.txt").read_text() == "precious"
    assert (world.work / "mine-1.txt").read_text() == "new\n"
    told = lambda: world.show(job)["tasks"][0]["attempts"][-1]["stdout"]  # noqa: E731
    until(lambda: told() == str(world.work / "mine-1.txt"), within=10)


def test_a_task_has_what_env_names_and_the_pools_env_and_never_our_path(machines):
    started(machines, "a", env={"POOL_SAYS": "hello"})
    world = machines.world
    job = world.done(
        "-p", "a", "--env", "all,GREETING=hi", "--shell", "echo $GREETING $POOL_SAYS $HOME $LAPTOP", LAPTOP="1"
    )
    assert (world.work / f"burro-{job}.out").read_text() == f"hi hello {machines.root / 'a/home'}\n"


def test_a_project_is_mapped_to_its_root(machines):
    world = machines.world
    started(machines, "a", project=str(world.work), root="~/proj")
    (machines.root / "a/home/proj/sub").mkdir(parents=True)
    (world.work / "sub").mkdir()
    job = world.done("-p", "a", "pwd", cwd=world.work / "sub")
    assert (world.work / f"sub/burro-{job}.out").read_text() == f"{machines.root / 'a/home/proj/sub'}\n"


def test_a_shared_home_is_used_as_it_is(machines):
    machines.world.well("up", "-c", "1")
    machines.add("a")
    (machines.root / "a/home").rmdir()
    (machines.root / "a/home").symlink_to(machines.world.home)
    machines.pool("add", "a", values={"ssh": "a", "cpus": 1})
    assert machines.stands("a")["shared"] is True
    job = machines.world.done("-p", "a", "pwd")
    assert (machines.world.work / f"burro-{job}.out").read_text() == f"{machines.world.work}\n"


def test_a_file_that_was_half_fetched_goes_on_and_one_that_is_there_is_known(tmp_path):
    file, path = Far(1, 0, 1, "out", "/there/x", 6), str(tmp_path / "d/x")
    assert Arriving(file, path, mode=0o640).add(b"abc", is_last=False) is None
    again = Arriving(file, path, mode=0o640)
    assert again.have == 3
    assert again.add(b"def", is_last=True) is None
    assert ((tmp_path / "d/x").read_bytes(), again.path, os.listdir(tmp_path / "d")) == (b"abcdef", path, ["x"])
    third = Arriving(file, path, mode=0o640)
    assert (third.whole(b"abcdef"), third.path, os.listdir(tmp_path / "d")) == (None, path, ["x"])
    other = Arriving(file, path, mode=0o640)
    assert (other.whole(b"other!"), other.path) == (None, path + "-1")


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "d").write_text("")
    trouble = Arriving(Far(1, 0, 1, "out", "/there/x"), str(tmp_path / "d/x"), mode=0o644).whole(b"a")
    assert "Not a directory" in trouble or "File exists" in trouble


def test_output_of_what_runs_there_is_read_through_the_link(machines):
    started(machines, "a")
    job = machines.world.submit("-p", "a", "--shell", "echo first; while ! test -e go; do sleep 0.02; done")
    machines.world.runs(job)
    text = "Zmlyc3QK"
    until(lambda: machines.ask("read", task=job, which="out", offset=0, size=100)["b64"] == text, within=10)
    assert machines.ask("read", task=job, which="out", offset=6, size=100) == {"b64": "", "size": 6, "eof": True}
    assert machines.ask("outputs", ids=[job])["tasks"][0]["elsewhere"] == "a"
    (machines.root / "a/home/go").touch()
    machines.world.well("wait", job)
    until(lambda: machines.ask("outputs", ids=[job])["tasks"][0]["elsewhere"] is None, within=10)
    assert machines.ask("read", task=job, which="out", offset=0, size=5)["b64"] == "Zmlyc3Q="[:7] + "="


def test_a_server_that_dies_with_files_to_come_brings_them_the_next_time(machines, tmp_path):
    machines.world.env |= {
        "BURRO_FAILPOINT": "home.before_commit=kill9",
        "BURRO_FAILPOINT_ONCE": str(tmp_path / "spent"),
    }
    started(machines, "a")
    job = machines.world.submit("-p", "a", "echo", "all of it")
    machines.world.well("wait", job)
    assert (tmp_path / "spent").exists()
    path = machines.world.work / f"burro-{job}.out"
    until(path.exists, within=10)
    assert path.read_text() == "all of it\n"
