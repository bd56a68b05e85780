"""What people see of a cluster's pool, and how they steer it."""

from __future__ import annotations

import json
import sys

import pytest

import burro
from burro.base.errors import UsageError
from burro.pools.slurm_script import check_options
from tests.rig.slurm_fixtures import LONG
from tests.waiting import until


def test_core_hours_are_counted_for_each_allocation_and_for_the_pool(site):
    site.pool(workers=1, idle="2s")
    site.wait(site.submit("-a", "0-3", "-c", "2", "sleep", "2"))

    def usage():
        found = json.loads(site.world.well("pools", "--usage", "--json"))
        pool = next(row for row in found["pools"] if row["pool"] == "whole")
        return pool, found["allocations"]

    pool, [row] = until(lambda: (found := usage())[1] and found, within=LONG)
    assert row["cpus"] == 8
    assert 16 < row["used"] * 3600 < 17
    assert row["used"] <= row["held"]
    assert pool["busy_last_hour"] * 3600 == pool["used"] * 3600 == row["used"] * 3600
    text = site.world.well("pools", "--usage")
    assert row["id"] in text
    assert "UTILISATION" in text
    with burro.Queue(site.world.queue) as queue:
        assert [(one.id, one.nodes, one.used) for one in queue.allocations()] == [
            (row["id"], row["nodes"], row["used"])
        ]
        assert next(one.used for one in queue.usage() if one.pool == "whole") == row["used"]
        assert queue.pool("whole").dry_run().script.startswith("#!/bin/sh\n")
        assert queue.pool("whole").show().allocated["waiting"] == 0
        added = queue.add_pool("short", scheduler="slurm", options=["--partition=short"], time="2m")
        assert (added.state, added.trouble) == ("empty", None)


def test_a_dry_run_prints_the_script_that_slurm_takes_and_starts_nothing(site):
    site.pool(workers=1, time="10m", options=["--partition=shared"])
    done = site.world.burro("pool", "dry-run", "whole")
    assert done.code == 0, done
    assert done.out.startswith("#!/bin/sh\n#SBATCH ")
    assert "#SBATCH --partition=shared\n" in done.out
    assert "sbatch --parsable --job-name=burro-whole-" in done.err
    assert site.slurm.well("sbatch", "--test-only", str(site.world.write("mine.sh", done.out))) == ""
    assert site.names() == []
    asked = json.loads(site.world.well("pool", "dry-run", "whole", "--json"))
    assert asked["command"].startswith("sbatch ")
    assert "ssh gpu1" in _of_ssh(site)
    assert "burro.server" in site.world.well("pool", "dry-run", "local")


def _of_ssh(site):
    (site.world.queue / "burro.toml").write_text('[pools.gpu1]\nssh = "gpu1"\n[pools.gpu1.env]\nA = "b"\n')
    return site.world.well("pool", "dry-run", "gpu1")


def test_what_the_cluster_does_not_have_is_told_when_a_pool_is_added_or_set(site):
    add = ("pool", "add", "part", "--scheduler", "slurm")
    refused = site.world.burro(*add, "--option=--array=1-3")
    assert (refused.code, refused.out) == (2, "")
    assert "options cannot have '--array=1-3'" in refused.err
    assert "there is no partition 'nope', there is: whole, shared, short;" in site.world.well(
        *add, "--option=--partition=nope"
    )
    told = site.world.well("pool", "set", "part", "--option=--partition=short", "--time", "1h")
    assert "the partition gives 2:00 at most, and time is 1:00:00; burro pool set part --time 2:00" in told
    assert site.world.burro("pool", "set", "part", "--option=nope").code == 2
    told = json.loads(site.world.well("pool", "set", "part", "--time", "2m", "--json"))
    assert (told["trouble"], told["changed"]["time"]) == (None, {"old": 3600, "new": 120})
    assert "there is no partition 'no'" in site.world.well(
        "pool", "add", "each", "--scheduler", "slurm", "--mode", "direct", "--option=-pno"
    )
    told = site.world.burro("pool", "dry-run", "each")
    assert "sbatch --parsable --job-name=burro-each-1-" in told.err
    assert "#SBATCH -pno\n" in told.out
    site.slurm.stop_controller()
    assert "controller of Slurm" in site.world.well("pool", "set", "part", "--time", "1m")


def test_limits_are_set_live_with_old_and_new_in_the_answer(site):
    site.slurm.well("scontrol", "update", "PartitionName=whole", "State=DOWN")
    site.pool(workers=3)
    site.submit("-a", "0-31", "sleep", "1")
    site.becomes("waiting", 3)
    assert "workers 3 -> 1" in site.world.well("pool", "set", "whole", "--workers", "1")
    until(lambda: len(site.allocations("waiting")) == 1, within=LONG)
    told = json.loads(site.world.well("pool", "set", "whole", "--idle", "90s", "--min", "0", "--json"))
    assert told["changed"]["idle"] == {"old": None, "new": 90}


@pytest.mark.parametrize("option", ["--time=5", "-J me", "--wrap=true", "partition"])
def test_options_of_ours_are_refused(option):
    with pytest.raises(UsageError):
        check_options([option])


SEEN = """cat > seen.$BURRO_TASK_ID <<END
${GREETING-none} ${SET-none} ${AROUND-none} ${CUDA_VISIBLE_DEVICES-none} ${PATH%%:*}
${SLURM_JOB_ID-none} ${SLURMD_NODENAME-none}
END
"""


def test_tasks_have_what_the_pool_says_of_the_environment(site):
    site.pool(
        idle="1s",
        gpus=2,
        before="export GREETING=hello PATH=/from/before:$PATH",
        after=f"echo $BURRO_NODE >> {site.world.work}/after",
        wrap="env AROUND='a b'",
    )
    site.world.well("pool", "set", "whole", "--env", "SET=pool")
    job = site.submit("-g", "1", "-a", "0-1", "--shell", SEEN)
    lines = site.world.write("lines", "cp seen.0 lines.seen; echo $AROUND $SET >> lines.seen\n")
    site.wait(job)
    site.wait(site.submit("-f", str(lines)))

    read = {name: (site.world.work / f"seen.{name}").read_text().split("\n") for name in "01"}
    [row] = site.allocations()
    assert {text[0] for text in read.values()} <= {f"hello pool a b {gpu} /from/before" for gpu in "01"}
    assert read["1"][1] == f"{row['id']} {row['nodes'][0]}"
    assert (site.world.work / "lines.seen").read_text().endswith("a b pool\n")
    assert until(lambda: site.ran("after"), within=LONG) == row["nodes"]


def test_a_clean_environment_has_nothing_of_the_scheduler_and_memory_is_what_was_asked_for(site):
    site.pool(idle="1s")
    hungry = site.submit("-m", "64M", sys.executable, "-c", "import time; a = bytearray(10**9); time.sleep(1000)")
    site.world.well("pool", "set", "whole", "--env", "SET=pool")
    site.wait(site.submit("--env", "clean,SET=mine", "--shell", SEEN.replace("$BURRO_TASK_ID", "clean")))
    first, second, _ = (site.world.work / "seen.clean").read_text().split("\n")
    assert first.startswith("none mine none ")
    assert second == "none none"
    assert site.world.burro("wait", hungry).code == 1
    assert [one["outcome"] for one in site.world.show(f"{hungry}")["tasks"][0]["attempts"]] == ["memory"]


def test_what_is_put_around_tasks_changes_live(queue):
    queue.well("pool", "set", "local", "--wrap", "env AROUND=one")
    queue.done("-o", "none", "--shell", "echo $AROUND >> ran")
    text = "echo $AROUND >> ran; touch begun; until [ -e go ]; do sleep 0.05; done"
    job = queue.submit("-o", "none", "-a", "0-1%1", "--shell", text)
    until((queue.work / "begun").exists, within=LONG)
    assert "wrap env AROUND=one -> env AROUND=two" in queue.well("pool", "set", "local", "--wrap", "env AROUND=two")
    (queue.work / "go").touch()
    assert queue.burro("wait", job).code == 0
    assert (queue.work / "ran").read_text().split() == ["one", "one", "two"]
    assert "a quote without its end" in queue.burro("pool", "set", "local", "--wrap", "env 'A").err
    script = queue.write("script.sh", "#!/bin/sh\necho $AROUND > script.ran\n")
    queue.done("-o", "none", "--script", str(script))
    assert (queue.work / "script.ran").read_text() == "two\n"


def test_a_pool_says_what_it_has_and_what_it_waits_for_and_a_task_in_what_it_ran(site):
    site.pool(workers=5, time="1h")
    job = site.submit("-a", "0-39", "sh", "-c", "until [ -e go ]; do sleep 0.1; done")
    site.becomes("running", 4)
    [waiting] = site.becomes("waiting")
    pool = until(
        lambda: (found := site.pools())["running"] == 32 and found["allocated"]["reason"] and found, within=LONG
    )
    assert (pool["allocated"]["running"], pool["allocated"]["waiting"]) == (4, 1)
    assert pool["allocated"]["reason"] == waiting["reason"] or "as soon as" in pool["allocated"]["reason"]
    assert pool["nodes"] == ["node1", "node2", "node3", "node4"]
    assert (pool["cpus_used"], pool["cpus"]) == (32, 32)
    text = site.world.well("pools")
    assert "node1,node2,node3,node4" in text
    assert "4 allocations run, the first ends in 1 hour; 1 asked for (" in text

    site.world.well("cancel", f"{job}.32-39")
    (site.world.work / "go").touch()
    site.world.burro("wait", job)
    [attempt] = site.world.show(f"{job}.0")["attempts"]
    held = {row["id"]: row["nodes"] for row in site.allocations()}
    assert held[attempt["scheduler_id"]] == [attempt["host"]]
    assert f"scheduler_id {attempt['scheduler_id']}" in site.world.well("show", f"{job}.0")
    assert "32.0/32" not in site.world.well("pools", "--usage")
