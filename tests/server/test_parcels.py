"""Outputs of scheduled tasks come home from other machines: whole, to their places, and whatever is killed between."""

from __future__ import annotations

import io
import os
import tarfile

import pytest

from burro.base.errors import BurroError
from burro.server.unpacking import Target, unpack
from tests.schedule.lab import Lab
from tests.waiting import until


@pytest.fixture
def lab(machines):
    return Lab(machines.world)


def connected(machines, **env):
    machines.world.well("up", "-c", "1")
    machines.add("a", **env)
    assert machines.pool("add", "a", values={"ssh": "a", "cpus": 2})["state"] == "up"


@pytest.mark.parametrize("place", ["parcel.before_unpack", "parcel.in_unpack", "parcel.after_unpack"])
def test_a_server_that_dies_at_it_has_all_of_it_come_again(place, machines, lab, tmp_path):
    machines.world.env |= {"BURRO_FAILPOINT": f"{place}=kill9", "BURRO_FAILPOINT_ONCE": str(tmp_path / "spent")}
    _comes_home_once(machines, lab, tmp_path)


@pytest.mark.parametrize("place", ["parcel.before_offer", "parcel.before_end"])
def test_a_worker_that_dies_at_it_offers_it_again(place, machines, lab, tmp_path):
    drill = {"BURRO_FAILPOINT": f"{place}=kill9", "BURRO_FAILPOINT_ONCE": str(tmp_path / "spent")}
    _comes_home_once(machines, lab, tmp_path, BURRO_TESTING="1", **drill)


def _comes_home_once(machines, lab, tmp_path, **env):
    connected(machines, **env)
    job = lab.schedule("-p", "a", "-o", "one", "-o", "two/x", "echo ran >> ~/ran; echo 1 > one; echo 2 > two/x")
    lab.well("wait", job)

    assert (tmp_path / "spent").exists()
    assert (lab.read("one"), lab.read("two/x")) == ("1\n", "2\n")
    assert (machines.root / "a/home/ran").read_text() == "ran\n"
    assert f"{job} done" in lab.well("finish")
    assert lab.dirt == ""
    assert os.listdir(lab.queue.queue / "parcels") == []


def test_what_is_large_comes_also_where_the_link_breaks_and_nobody_sees_half_of_it(machines, lab):
    connected(machines)
    job = lab.schedule("-p", "a", "-o", "big", "head -c 30000000 /dev/urandom | tee ~/copy > big")
    until(lambda: list((lab.queue.queue / "parcels").glob("*")), within=30)
    machines.cut("a")
    assert lab.queue.state(job) == "running"
    assert not (lab.path / "big").exists()
    lab.well("wait", job)
    assert (lab.path / "big").read_bytes() == (machines.root / "a/home/copy").read_bytes()


def test_what_cannot_come_to_its_place_fails_the_task_and_stays_there(machines, lab):
    connected(machines)
    (lab.path / "out").mkdir()
    job = lab.schedule("-p", "a", "-o", "out", "rmdir out 2> /dev/null; echo x > out")
    assert lab.burro("wait", job).code == 1
    assert "its outputs cannot come home (out is a directory here); they are in" in lab.well("logs", job)
    assert (machines.state("a") / f"parcels/{job}-0-1.tar").exists()


@pytest.mark.parametrize(
    ("name", "how", "why"),
    [
        *[(name, {}, "normal form") for name in ("../out", "/etc/x", "out/../../x")],
        *[(name, {}, "none of its outputs") for name in ("other", "out/.git/hooks/x", "link/x")],
        ("out/x", {"type": tarfile.CHRTYPE, "size": 0}, "none of its outputs"),
        ("out/good/x", {}, "below a file"),
        ("out/link/x", {}, "behind a symbolic link"),
    ],
)
def test_a_parcel_with_anything_else_in_it_is_refused_and_nothing_of_it_kept(name, how, why, tmp_path):
    root = tmp_path / "ds"
    (root / "out").mkdir(parents=True)
    (root / "out/link").symlink_to(tmp_path)
    archive = str(tmp_path / "1.tar")
    with tarfile.open(archive, "w") as made:
        for one, more in (("out/good", {}), (name, how)):
            member = tarfile.TarInfo(one)
            vars_of = {"size": 1, **more}
            for field, value in vars_of.items():
                setattr(member, field, value)
            made.addfile(member, io.BytesIO(b"x"))
    with pytest.raises(BurroError, match=why):
        unpack(archive, Target(str(root), ("out",), "replace"))
    assert os.listdir(root / "out") == ["link"]
    assert not os.path.exists(archive + ".d")
