"""The server itself runs in an allocation, where nothing may run on login nodes."""

from __future__ import annotations

import json

import pytest

from burro.link.call import server_record
from tests.clusters.conftest import Site
from tests.crew import server_of
from tests.rig.slurm_fixtures import LONG
from tests.waiting import until


class Hosted(Site):
    """A queue whose server is in an allocation."""

    def pool(self, **values):
        lines = [f"{name} = {json.dumps(value)}" for name, value in {"cpus": 8, **values}.items()]
        own = '[server]\noptions = ["--partition=shared", "--cpus-per-task=1", "--mem=500M"]\ntime = "1h"\n'
        text = "\n".join([own, "[pools.whole]", 'scheduler = "slurm"', *lines, ""])
        (self.world.queue / "burro.toml").write_text(text)

    @property
    def allocation(self):
        """That of the server that is on record."""
        return (server_record(str(self.world.queue)) or {}).get("allocation")

    def servers(self):
        """State by id, of the jobs that are for servers."""
        rows = self.slurm.well("squeue", "--noheader", "--format=%A %T %j").splitlines()
        return {row.split()[0]: row.split()[1] for row in rows if row.split()[2].startswith("burro.server-")}


@pytest.fixture
def hosted(slurm, queue):
    return Hosted(slurm, queue)


def test_a_server_in_an_allocation_gives_out_work_and_the_next_one_goes_on(hosted):
    hosted.pool(workers=1)
    hosted.world.well("up", "--in-allocation")
    first = hosted.allocation
    assert first in hosted.servers()
    job = hosted.submit("--shell", "echo $BURRO_ATTEMPT >> ran; until [ -e go ]; do sleep 0.1; done")
    until(hosted.ran, within=LONG)
    until(lambda: len(hosted.servers()) == 2, within=LONG)

    hosted.slurm.well("scancel", "--batch", "--signal=USR1", first)

    until(lambda: hosted.allocation not in (None, first), within=LONG)
    (hosted.world.work / "go").touch()
    hosted.wait(job)
    assert hosted.ran() == ["1"]
    hosted.world.well("down")
    until(lambda: not hosted.servers(), within=LONG)
    assert not (hosted.world.queue / "server.allocation").exists()


def test_a_server_that_dies_in_its_allocation_is_started_there_again_and_asks_for_one_successor(hosted, tmp_path):
    hosted.world.env |= {
        "BURRO_TESTING": "1",
        "BURRO_FAILPOINT": "succession.after_asked=kill9",
        "BURRO_FAILPOINT_ONCE": str(tmp_path / "spent"),
        "BURRO_FAILPOINT_LOG": str(tmp_path / "log"),
    }
    hosted.pool()
    hosted.world.well("up", "--in-allocation")
    before = until(lambda: (tmp_path / "log").exists() and int((tmp_path / "log").read_text().split()[1]), within=LONG)

    until(lambda: server_of(hosted.world.queue) not in (None, before), within=LONG)
    until(lambda: hosted.log("server").count(" is up for ") == 2, within=LONG)
    assert hosted.servers()[hosted.allocation] == "RUNNING"
    hosted.world.well("down")
    assert [name.partition("-")[0] for name in hosted.names()] == ["burro.server"] * 2


def test_commands_tell_that_the_server_waits_in_line_and_down_takes_that_back(hosted):
    hosted.slurm.well("scontrol", "update", "PartitionName=shared", "State=DOWN")
    hosted.pool()
    assert "waits for its allocation" in hosted.world.well("up", "--in-allocation")
    [waiting] = hosted.servers()

    ended = hosted.world.burro("status")

    assert ended.code == 4
    assert f"waits for its allocation {waiting}: the partition is down" in ended.err
    assert server_of(hosted.world.queue) is None
    hosted.world.well("down")
    assert hosted.servers() == {}
    assert hosted.world.well("status")
