"""Machines as they are: noisy, full, read-only, shared by several hosts, tidied behind our back."""

from __future__ import annotations

import json
import os
import shutil
import threading

import pytest

from burro.base.errors import Unreachable
from burro.base.paths import host, socket_dir
from burro.link.place import Place, write_place
from burro.pools.ssh import REMOTE
from tests.crew import crew_of
from tests.worker import far as far_desks

TEMPORARY_ID = "5f3c0000-0000-4000-8000-0000000000ff"


def cached(far):
    return far.home / ".cache/burro" / f"worker-{far_desks.DIGEST[:16]}.pyz"


def test_a_banner_and_a_noisy_bashrc_are_no_part_of_what_is_said(fars):
    far = fars()
    far.command = ["sh", "-c", f"echo Welcome; printf 'no newline \\001burro'; echo warning >&2; {REMOTE}"]
    assert far.open().end_of(far.run("true"))[:2] == ("exited", 0)
    assert far.greeting.noise == b"Welcome\nno newline \x01burro"


def test_a_worker_file_that_was_damaged_there_is_sent_again(far):
    far.cut()
    whole = cached(far).read_bytes()
    cached(far).write_bytes(whole[:-1] + b"x")
    far.link()
    assert far.greeting.sent_file
    assert cached(far).read_bytes() == whole


def test_a_worker_file_that_is_damaged_on_the_way_is_refused(fars):
    far = fars()
    with pytest.raises(Unreachable, match="arrived damaged"):
        far.link(content=far_desks.CONTENT[:-1] + b"x")
    assert not cached(far).exists()


def test_old_versions_go_and_the_worker_that_came_with_one_stays(far):
    old = cached(far).with_name("worker-0123456789abcdef.pyz")
    recent = cached(far).with_name("worker-1123456789abcdef.pyz")
    other = cached(far).with_name("notes.txt")
    for path in (old, recent, other):
        path.write_text("x")
    for path in (old, other):
        os.utime(path, (1, 1))
    far.link()
    assert [path.exists() for path in (old, recent, other)] == [False, True, True]
    cached(far).unlink()
    far.kill_crew()
    far.link()
    assert far.end_of(far.run("true"))[:2] == ("exited", 0)


@pytest.fixture
def temporary(fars):
    """A machine whose home takes no files; what lies in /tmp instead is removed after."""
    far = fars()
    (far.home / ".cache").write_text("no directory")
    (far.home / ".local").write_text("no directory")
    far.settings["queue_id"] = TEMPORARY_ID
    far.queue = far.queue.__class__(socket_dir(), TEMPORARY_ID)
    yield far
    far.kill_crew()
    shutil.rmtree(far.queue)
    os.unlink(os.path.join(socket_dir(), cached(far).name))


def test_a_home_that_takes_no_files_is_done_without(temporary):
    far = temporary.open()
    assert far.end_of(far.run("true"))[:2] == ("exited", 0)
    far.cut()
    linked = far.link()
    assert (linked["fresh"], far.greeting.sent_file) == (False, False)
    assert linked["worker_dirs"] == [linked["worker"]]


def test_a_machine_that_is_full_says_so(fars):
    far = fars()
    far.command = ["sh", "-c", f"ulimit -f 100; {REMOTE}"]
    with pytest.raises(Unreachable, match=r"can be kept nowhere: .*\.cache/burro: File too large"):
        far.link()
    assert list((far.home / ".cache/burro").iterdir()) == []


def test_a_home_that_several_hosts_share_has_a_place_for_each(fars):
    far = fars()
    for name, pool, node in (
        ("gpu1-elsewhere-00000000", "gpu1", "elsewhere"),
        (f"gpu1-{host()}-a-00000000", "gpu1", f"{host()}-a"),
    ):
        write_place(Place(str(far.queue / "workers" / name), name, "/q", pool, host=node, listen=True))
    linked = far.link()
    assert linked["fresh"]
    assert linked["worker_dirs"] == [linked["worker"]]


def test_a_half_made_place_is_nobodys(fars):
    far = fars()
    (far.queue / "workers" / f"gpu1-{host()}-00000000").mkdir(parents=True)
    assert far.link()["fresh"]


def test_two_links_at_once_find_one_worker(fars):
    far, answers = fars(), []
    other = fars()
    other.home, other.queue, other.there, other.settings = far.home, far.queue, far.there, far.settings
    threads = [threading.Thread(target=lambda one=one: answers.append(one.link(hello=False))) for one in (far, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len({answer["worker"] for answer in answers}) == 1
    assert sorted(answer["fresh"] for answer in answers) == [False, True]
    assert [one.role for one in crew_of(far.queue)].count("keeper") == 1


def test_a_socket_that_somebody_tidied_away_is_made_again(far):
    place = Place(str(far.directory), "", "", "")
    far.cut()
    os.unlink(place.socket)
    pid = far.member("worker")
    far.link()
    assert far.hellos[-1]["pid"] == pid


def test_the_same_paths_there_are_found_out(fars):
    far = fars()
    probe = far.work / "probe"
    probe.write_text("random\n")
    far.settings |= {"probe": {"path": str(probe), "text": "random"}, "home": str(far.home)}
    assert far.link()["shared"]
    far.settings["home"] = str(far.work)
    assert not far.link()["shared"]
    far.settings |= {"home": str(far.home), "probe": {"path": str(probe), "text": "other"}}
    assert not far.link()["shared"]


def test_settings_that_make_no_sense_are_refused(fars):
    far = fars()
    far.settings["pool"] = "../x"
    with pytest.raises(Unreachable, match=r"'\.\./x' is no name of a pool"):
        far.link()


def test_what_was_set_is_known_to_the_next_keeper(far):
    far.settings |= {"lease": 3600.0, "cpus": 2}
    far.kill_crew()
    far.link()
    found = json.loads((far.directory / "worker.json").read_text())
    assert (found["lease"], found["cpus"]) == (3600.0, 2)
    assert far.hellos[-1]["cpus"] == 2


def test_an_idle_worker_and_its_link_are_small_and_use_no_cpu(far):
    far.end_of(far.run("true"))
    crew = [far.member("keeper"), far.member("worker"), far.links[0].pid]
    before = [_ticks(pid) for pid in crew]

    threading.Event().wait(1.5)
    assert sum(_ticks(pid) - start for pid, start in zip(crew, before, strict=True)) <= 2
    assert max(_memory(pid) for pid in crew) < 30_000


def _ticks(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        return sum(map(int, file.read().rpartition(")")[2].split()[11:13]))


def _memory(pid):
    """Kilobytes."""
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))
