"""Repositories of the real datalad-slurm and jobs of a real Slurm: what is open becomes ours, its history is read."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import apsw
import pytest

from tests.rig.extensions import beside
from tests.rig.slurm import running
from tests.rig.slurm_settings import Cluster
from tests.schedule.lab import Lab
from tests.waiting import until

SCRIPT = """#!/bin/sh
#SBATCH --time=5
mkdir -p "$(dirname "$1")"
if [ -n "$2" ]; then while [ ! -e "$2" ]; do sleep 0.1; done; fi
echo "$1" > "$1"
case $1 in *bad*) exit 3 ;; esac
"""
DIRECT = '[pools.each]\nscheduler = "slurm"\nmode = "direct"\n'
LONG = 40  # seconds


@pytest.fixture(scope="module")
def accounted():
    with running(Cluster(nodes=1, accounting=True)) as made:
        yield made


class Theirs(Lab):
    """A dataset in which jobs are scheduled with datalad-slurm."""

    def __init__(self, queue, slurm) -> None:
        self.slurm = slurm
        slurm.serve(queue)
        super().__init__(queue)
        self.datalad("create", "--force", "-c", "text2git", ".")
        (self.path / "job.sh").write_text(SCRIPT)
        self.git("add", "job.sh")
        self.git("commit", "-q", "-m", "script")

    def theirs(self, *words, cwd=None, check=True):
        """A command of DataLad where datalad-slurm is installed too: its results."""
        datalad = str(Path(sys.executable).with_name("datalad"))
        place, env = cwd or self.path, beside(self.env)
        done = subprocess.run(
            [datalad, "-f", "json", *words], cwd=place, env=env, capture_output=True, text=True, check=False
        )
        assert not check or done.returncode == 0, done
        return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]

    def sbatch(self, output, *words, options=(), sbatch=(), script="job.sh", cwd=None):
        """Slurm's number of a job of theirs that writes `output`."""
        command = ("sbatch", "--partition=shared", *sbatch, script, output, *words)
        *_, found = self.theirs("slurm-schedule", *options, "-o", output, *command, cwd=cwd)
        return int(found["slurm_run_info"]["slurm_job_id"])

    def ends(self, job, *states):
        """Until the accounting has heard how it ended: datalad-slurm asks that alone."""
        ask = ("sacct", "-nXP", "-o", "State", "-j", str(job))
        until(lambda: (found := {*self.slurm.well(*ask).split()}) and found <= {*states}, within=LONG)

    def announced(self, job, output):
        """The commit with which datalad-slurm, in its first versions, said that a job was scheduled."""
        fields = {"cmd": f"sbatch --partition=shared job.sh {output}", "dsid": None, "pwd": ".", "chain": []}
        fields |= {"inputs": [], "extra_inputs": [], "slurm_job_id": job, "slurm_run_outputs": [f"slurm-{job}.out"]}
        record = json.dumps({**fields, "outputs": [output, f"slurm-{job}.out"]}, indent=1)
        title = f"[DATALAD SCHEDULE] Submitted batch job {job}: Pending"
        text = f"{title}\n\n=== Do not change lines below ===\n{record}\n^^^ Do not change lines above ^^^\n"
        self.git("commit", "-q", "--allow-empty", "-F", "-", given=text)
        return self.git("rev-parse", "HEAD")

    @property
    def database(self):
        (found,) = (self.path / ".git").glob("*.db")
        return found

    def taken(self, *words):
        """The exit code, and what was said of each."""
        done = self.burro("finish", "--import-slurm-db", "--json", *words)
        return done.code, {one["text"]: one["status"] for one in json.loads(done.out)["records"]}

    def without(self, command):
        """A PATH that has all but one command."""
        place = self.queue.work / f"no-{command}"
        place.mkdir()
        for directory in reversed(self.env["PATH"].split(os.pathsep)):
            for found in Path(directory).glob("*") if Path(directory).is_dir() else ():
                (place / found.name).unlink(missing_ok=True)
                (place / found.name).symlink_to(found)
        (place / command).unlink()
        return str(place)

    def schedules(self, output):
        """What somebody hears who wants to write the same."""
        return self.burro("schedule", "-o", output, "true").err


@pytest.fixture(scope="module")
def lab(shared, accounted):
    return Theirs(shared, accounted)


def test_open_jobs_are_taken_over_reserved_and_finished(lab):
    (lab.path / "sub").mkdir()
    good = lab.sbatch(
        "one", options=("-m", "the good one", "-i", "../job.sh"), cwd=lab.path / "sub", script="../job.sh"
    )
    bad, late = lab.sbatch("res/bad"), lab.sbatch("res/late", "go")
    before = lab.database.read_bytes()
    lab.ends(bad, "FAILED")
    lab.ends(good, "COMPLETED")

    code, said = lab.taken()

    assert code == 1
    (failed,) = (text for text in said if text.startswith("2 failed (exit 3); nothing was committed"))
    assert said == {
        failed: "impossible",
        f"Slurm's job {good} of datalad-slurm is job 1 here": "ok",
        f"Slurm's job {bad} of datalad-slurm is job 2 here": "ok",
        f"Slurm's job {late} of datalad-slurm is job 3 here": "ok",
        "1 done": "ok",
        f"3 is job {late} of Slurm, RUNNING; finish it later": "impossible",
    }
    tells_of_the_good_one(lab, good)
    stands_for_what_slurm_has(lab, late)
    waiting = [lab.queue.submit("-d", depends, "true") for depends in ("afterok:3", "afterok:2", "afternotok:2")]

    (lab.path / "go").touch()
    code, said = lab.taken("--wait", "--close-failed-jobs")
    assert code == 0
    assert said[f"Slurm's job {bad} is job 2 here already"] == "notneeded"
    assert said["3 done"] == "ok"
    assert lab.read("res/late") == "res/late\n"
    assert lab.database.read_bytes() == before
    assert "nothing is open" in lab.burro("finish", "-l").err
    lab.burro("wait", *waiting)
    states = [one["state"] for one in json.loads(lab.well("status", "--all", "--json"))["jobs"]]
    assert states == ["done", "failed", "done", "done", "skipped", "done"]


def stands_for_what_slurm_has(lab, late):
    assert "job 3" in lab.schedules("res/late")
    assert "job 3" in lab.schedules(f"slurm-{late}.out")
    assert "is job" in lab.burro("release", "3").err
    assert f"Slurm has it, as its job {late}" in lab.well("show", "3")
    assert "run it anew" in lab.burro("retry", "2").err


def tells_of_the_good_one(lab, good):
    record = lab.record()
    assert lab.git("log", "-1", "--format=%s") == "[DATALAD RUNCMD] the good one"
    assert (record["cmd"], record["pwd"]) == ("sbatch --wait --partition=shared ../job.sh one", "sub")
    assert (record["inputs"], record["outputs"], record["exit"]) == (["../job.sh"], ["one"], 0)
    assert record["burro"]["scheduler_id"] == str(good)
    assert record["burro"]["attempts"][0]["host"] == "node1"
    logs = [f"sub/slurm-{good}.out", f"sub/slurm-job-{good}.env.json"]
    assert sorted(lab.git("show", "--format=", "--name-only").splitlines()) == ["sub/one", *logs]


def test_what_slurm_does_not_know_or_say_holds_nobody_up(lab):
    with closing(apsw.Connection(str(lab.database))) as link:
        for number in (777, 778):
            row = (
                number,
                "gone",
                "[]",
                "sbatch job.sh x",
                "",
                "[]",
                "[]",
                f'["./far/{number}"]',
                '["../../x.out"]',
                ".",
                "",
            )
            link.execute("insert into open_jobs values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
    good = lab.sbatch("res/next")
    lab.ends(good, "COMPLETED")

    code, said = lab.taken()
    assert code == 1
    (gone,) = (text for text in said if "of Slurm, which knows it no more" in text and "777" in text)
    assert said[gone] == "impossible"
    assert lab.git("log", "-1", "--format=%b").count(f"slurm-{good}.out")
    job = gone.split()[0]
    assert "unknown" in lab.well("finish", "-l")

    silent = lab.burro("finish", "--wait", "--failed", "drop", PATH=lab.without("squeue"))
    assert silent.code == 1
    assert silent.out.count("there is no squeue on the PATH") == 2

    assert f"{job} was unknown; closed" in lab.well("finish", "--failed", "drop", job)
    (other,) = lab.theirs("finish", "--close-failed-jobs", "--slurm-job-id", "778")
    assert "was unknown; closed" in str(other["message"])


def test_what_its_first_versions_have_scheduled_goes_by_the_hash_of_its_commit(lab):
    words = ("sbatch", "--parsable", "--partition=shared", "job.sh", "first/one")
    done = subprocess.run(words, cwd=lab.path, env=lab.env, capture_output=True, text=True, check=True)
    number = int(done.stdout)
    ours, gone = lab.announced(number, "first/one"), lab.announced(4711, "first/gone")
    assert "burro finish --import-slurm-db" in lab.burro("finish", ours).err
    lab.ends(number, "COMPLETED")

    listed = lab.well("finish", "--import-slurm-db", "-l")

    assert f"Slurm's job {number} of datalad-slurm is job" in listed
    assert "job 4711, of which commits tell, Slurm knows no more" in listed
    assert "not recorded yet" in lab.burro("reschedule", ours).err
    lab.well("finish", ours[:12])
    assert lab.git("show", "--format=", "--name-only").splitlines() == ["first/one", f"slurm-{number}.out"]
    assert "is recorded in" in lab.well("finish", ours)
    for commit, chain in ((ours, lab.git("rev-parse", "HEAD")), (gone, gone)):
        (again,) = json.loads(lab.well("reschedule", "--report", "--json", commit))["again"]
        assert (again["cmd"].partition(" job.sh")[2], again["chain"]) == (f" {again['outputs'][0]}", [chain])
    again = json.loads(lab.well("reschedule", "--report", "--json", "--since", f"{ours}~1"))["again"]
    assert [one["outputs"] for one in again] == [["first/one"]]


def test_an_array_is_one_record_and_an_alt_dir_is_brought_back(lab):
    away = lab.path.parent / "away"
    (away / "sub").mkdir(parents=True)
    (lab.path / "tasks.sh").write_text("#!/bin/sh\nmkdir -p arr; echo > arr/$SLURM_ARRAY_TASK_ID; exit $1\n")
    tasks = ("sbatch", "--partition=shared", "--array=1-3", "tasks.sh")
    for output, code in (("arr", "0"), ("arr2", "1")):
        *_, found = lab.theirs("slurm-schedule", "-o", output, *tasks, code)
    shutil.copy(lab.path / "job.sh", away / "sub")
    far = lab.sbatch("new/file", options=("-a", str(away)), cwd=lab.path / "sub")
    lab.ends(far, "COMPLETED")
    lab.ends(found["slurm_run_info"]["slurm_job_id"], "FAILED")

    code, said = lab.taken("--failed", "inline")

    assert code == 0, said
    records = {record["outputs"][0]: record for record in map(lab.record, ("HEAD", "HEAD~1", "HEAD~2"))}
    assert (records["arr"]["exit"], records["arr"]["cmd"]) == (
        0,
        "sbatch --wait --partition=shared --array=1-3 tasks.sh 0",
    )
    assert (records["arr2"]["exit"], len(records["arr2"]["burro"]["attempts"])) == (1, 3)
    assert records["new/file"]["burro"]["alternative"] == str(away)
    assert lab.read("sub/new/file") == "new/file\n"
    assert (lab.path / f"sub/slurm-{far}.out").exists()
    assert lab.git("status", "--porcelain", "--", "sub", "arr") == ""


def test_the_history_of_both_goes_on_with_ours(lab):
    """Their records are repeated by us, and what we write in their style is read by them."""
    job = lab.sbatch("res/kept", options=("-m", "of theirs"))
    lab.ends(job, "COMPLETED")
    lab.theirs("slurm-finish", "--slurm-job-id", str(job))
    theirs = lab.git("rev-parse", "HEAD")
    assert lab.git("log", "-1", "--format=%s") == f"[DATALAD SLURM RUN] Slurm job {job}: Completed"
    (lab.queue.queue / "burro.toml").write_text(DIRECT)
    lab.well("up", "-c", "0")

    for words in (["res/kept"], [theirs], ["--since", "HEAD~1"]):
        (again,) = json.loads(lab.well("reschedule", "--report", "--json", *words))["again"]
        assert (again["cmd"], again["outputs"], again["message"]) == (
            "sbatch --partition=shared job.sh res/kept", ["res/kept"], "of theirs",
        )  # fmt: skip
        assert again["chain"] == [theirs]
    (lab.path / "res/kept").unlink()
    lab.well("reschedule", "HEAD")
    lab.well("finish", "--wait", "--record-style", "slurm", "--unchanged")

    record = lab.record()
    assert (record["cmd"], record["chain"]) == ("sbatch --partition=shared job.sh res/kept", [theirs])
    told = lab.theirs("slurm-reschedule", "--report", "--since", "HEAD~2")
    assert [one["slurm_run_info"]["slurm_job_id"] for one in told] == [job, record["slurm_job_id"]]
    assert "is recorded in" in lab.well("finish", "HEAD")
    assert "names no job of burro's" in lab.burro("finish", theirs).err
