"""Schedule, finish, reschedule and log as people have them: a real server, real git, real git-annex, real DataLad."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from burro.api.caller import Caller
from burro.provenance.ended import Settings
from burro.provenance.finish import finish
from burro.provenance.finishing import ended_of
from burro.provenance.open_records import rows_of
from tests.schedule.lab import GIT, Lab
from tests.waiting import until


@pytest.fixture
def lab(queue):
    return Lab(queue)


def test_a_command_is_scheduled_finished_rerun_and_scheduled_again(lab):
    lab.annexed("raw", "3\n1\n2\n")
    job = lab.schedule("-m", "sort it", "-i", "raw", "-o", "sorted", "sort {inputs} > {outputs}")
    assert f"{job} done" in lab.well("finish", "--wait")
    assert lab.read("sorted") == "1\n2\n3\n"
    assert lab.git("log", "-1", "--format=%s") == "[DATALAD RUNCMD] sort it"
    record = lab.record()
    assert (record["cmd"], record["inputs"], record["outputs"]) == ("sort {inputs} > {outputs}", ["raw"], ["sorted"])
    assert record["burro"]["job"] == job
    assert lab.dirt == ""
    assert lab.burro("finish").err.strip() == "burro: there is nothing to finish"
    lab.datalad("rerun")
    assert lab.dirt == ""

    assert "Scheduled job" in lab.well("reschedule", "sorted")
    lab.well("finish", "--wait")
    assert lab.record()["chain"] == [lab.git("rev-parse", "HEAD~1")]
    assert "sort it" in lab.well("log", "sorted")
    lab.git("annex", "fsck", "-q")


def test_seven_disguises_of_one_output_are_refused(lab):
    (lab.path / "sub").mkdir()
    (lab.path / "link").symlink_to("a")
    lab.schedule("--hold", "-o", "a/b/c", "true")
    for place, path in (
        (".", f"{lab.path}/a/b/c"),
        (".", "a/../a/b/c"),
        (".", "a//b/./c/"),
        (".", "."),
        ("sub", "../a/b/c"),
        (".", "link/b/c"),
        (".", "a/*/c"),
    ):
        ended = lab.burro("schedule", "-o", path, "true", cwd=lab.path / place)
        assert ended.code == 2, (path, ended)
        assert "job 1" in ended.err
        assert "a/b/c" in ended.err
    for path, why in (("../out", "not in the repository"), (".git/x", "git itself")):
        assert why in lab.burro("schedule", "-o", path, "true").err


def test_of_eight_parallel_schedules_of_one_output_one_wins(lab):
    lab.well("status")
    with ThreadPoolExecutor(8) as pool:
        codes = [
            ended.code for ended in pool.map(lambda _: lab.burro("schedule", "--hold", "-o", "one", "true"), range(8))
        ]
    assert sorted(codes) == [0] + [2] * 7


def test_an_array_gets_a_commit_for_each_task_and_the_good_ones_need_not_wait_for_the_bad(lab):
    job = lab.schedule("-a", "1-3", "-o", "res/{i}", "test {i} != 2 && echo '{i}' > res/{i}")
    ended = lab.burro("finish", "--wait")
    assert ended.code == 1
    assert f"{job}.2 failed (exit 1)" in ended.out
    assert lab.record()["cmd"] == "test 3 != 2 && echo '3' > res/3"
    assert lab.record()["outputs"] == ["res/3"]
    assert lab.burro("finish", "--allow-open").code == 0
    assert f"{job}.2" in lab.well("finish", "-l")
    lab.schedule("-o", "res/2", "echo mended > res/2")
    lab.well("finish", "--wait")
    assert lab.well("finish", "--json") == '{"records": []}\n'
    assert "burro reschedule" in lab.burro("retry", job).err


def test_an_array_with_common_outputs_is_one_commit_that_can_be_rerun(lab):
    lab.schedule("-a", "0-2", "-o", "d", "mkdir -p d && echo {i} > d/$BURRO_TASK_ID")
    lab.well("finish", "--wait")
    assert [lab.read(f"d/{number}") for number in range(3)] == ["0\n", "1\n", "2\n"]
    assert lab.git("log", "--format=%s").count("RUNCMD") == 1
    lab.datalad("rerun")
    assert lab.dirt == ""


def test_a_sweep_and_a_file_of_jobs_are_scheduled_in_one_call_or_not_at_all(lab):
    numbers = lab.schedule("-o", "{a}-{b}", "--sweep", "a=1..3", "--sweep", "b=x,y", "echo {a} {b} > {outputs}").split()
    assert len(numbers) == 6
    lines = [{"cmd": "echo {{}} > new", "outputs": "new"}, {"cmd": "true", "outputs": ["2-y"], "cpus": 1}]
    text = "\n".join(map(json.dumps, lines)).encode()
    refused = lab.burro("schedule", "--from", "-", stdin=text)
    assert refused.code == 2
    assert "2-y" in refused.err
    assert not (lab.path / "new").exists()
    lab.well("finish", "--wait")
    assert lab.read("2-y") == "2 y\n"
    lab.well("schedule", "--from", "-", stdin=text.splitlines()[0])
    lab.well("finish", "--wait")
    assert lab.read("new") == "{}\n"


def test_a_locked_file_gives_way_and_comes_back_if_its_job_fails(lab):
    lab.annexed("out", "old\n")
    before = os.readlink(lab.path / "out")
    lab.schedule("-o", "out", "test ! -e out; exit 3")
    assert lab.burro("finish", "--wait").code == 1
    assert os.readlink(lab.path / "out") == before
    lab.schedule("--overwrite", "unlock", "-o", "out", "echo more >> out")
    lab.well("finish", "--wait")
    assert lab.read("out") == "old\nmore\n"
    lab.schedule("--overwrite", "refuse", "-o", "out", "echo new > out")
    assert lab.burro("finish", "--wait", "--failed", "drop").code == 0
    assert lab.read("out") == "old\nmore\n"
    lab.git("annex", "fsck", "-q")


def test_a_task_that_is_stopped_puts_back_what_it_took(lab):
    lab.annexed("out", "old\n")
    job = lab.schedule("-o", "out", "touch begun; exec sleep 600")
    until((lab.path / "begun").exists, within=20)
    assert not (lab.path / "out").is_symlink()
    lab.well("cancel", job)
    lab.burro("wait", job)
    assert lab.read("out") == "old\n"


def test_inputs_are_fetched_together_and_what_cannot_be_had_is_named(lab):
    lab.annexed("big", "content\n")
    lab.git("clone", "-q", ".", "../copy")
    copy = lab.path.parent / "copy"
    subprocess.run(["git", "annex", "init", "-q"], cwd=copy, env=lab.env, check=True)
    assert not (copy / "big").exists()
    lab.well("schedule", "-i", "*", "-o", "n", "wc -l < big > n", cwd=copy)
    assert (copy / "big").read_text() == "content\n"
    subprocess.run(["git", "annex", "drop", "-q", "--force", "big"], cwd=copy, env=lab.env, check=True)
    subprocess.run(["git", "remote", "rm", "origin"], cwd=copy, env=lab.env, check=True)
    ended = lab.burro("schedule", "-i", "big", "-o", "m", "true", cwd=copy)
    assert ended.code == 1
    assert "big" in ended.err
    assert "burro schedule" not in ended.err


def test_what_another_job_is_to_write_is_named(lab):
    lab.schedule("--hold", "-o", "step1", "true")
    ended = lab.burro("schedule", "-i", "step1", "-o", "step2", "true")
    assert ended.code == 0
    assert "afterok:1" in ended.err


def test_a_command_that_datalad_could_not_rerun_is_refused(lab):
    for command in ("awk '{print $1}' x", "echo {x}", "echo }"):
        ended = lab.burro("schedule", "-o", "o", command)
        assert ended.code == 2, ended
        assert "twice" in ended.err
    assert "what it writes" in lab.burro("schedule", "true").err
    assert lab.well("schedule", "--dry-run", "-o", "o", "awk '{{print $1}}' x > {outputs}").startswith("awk '{print")
    assert lab.burro("status").out.count("\n") < 3


def test_what_is_not_over_cannot_be_scheduled_again_and_failed_jobs_can(lab):
    job = lab.schedule("--hold", "-o", "x", "true")
    assert "is held" in lab.burro("reschedule", job).err
    assert lab.burro("finish", job).code == 1
    lab.well("cancel", job)
    assert f"{job}: true" in lab.well("reschedule", "--failed", "--report")
    lab.well("reschedule", "--failed")
    assert json.loads(lab.well("finish", "-l", "--json"))["records"][0]["id"] == "2"
    assert "no record" in lab.burro("reschedule", "HEAD").err
    assert "no record" in lab.burro("log", "x").err


def test_a_script_of_all_records_makes_the_files_again(lab):
    (lab.path / "sub").mkdir()
    lab.schedule("-o", "one", "echo 1 > {outputs}", cwd=lab.path / "sub")
    lab.well("finish", "--wait")
    lab.well("reschedule", "--since", "", "--script", "../again.sh")
    (lab.path / "sub/one").unlink()
    subprocess.run(["../again.sh"], cwd=lab.path, check=True)
    assert lab.read("sub/one") == "1\n"
    assert lab.record()["pwd"] == "sub"


def test_datalad_has_the_three_commands_and_their_results(lab):
    lab.datalad("create", "--force", "-c", "text2git", ".")
    found = json.loads(lab.datalad("-f", "json", "schedule", "-o", "a", "echo 1 > {outputs}").stdout)
    assert (found["action"], found["status"], found["job"], found["path"]) == ("schedule", "ok", "1", str(lab.path))
    refused = lab.datalad("-f", "json", "schedule", "-o", "a", "true", check=False)
    assert refused.returncode == 1
    assert json.loads(refused.stdout)["status"] == "impossible"
    done = json.loads(lab.datalad("-f", "json", "finish", "--wait", "1").stdout)
    assert (done["status"], done["commit"]) == ("ok", lab.git("rev-parse", "HEAD"))
    assert lab.record()["dsid"] == lab.git("config", "-f", ".datalad/config", "datalad.dataset.id")
    assert "scheduled as job 2" in lab.datalad("reschedule", "a").stdout
    assert "job 2" in lab.datalad("slurm-finish", "--list-open-jobs").stdout
    code = "import datalad.api as d; print(d.finish(wait=True, result_renderer='disabled')[0]['job'])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=lab.path, env=lab.env, capture_output=True, text=True, check=True
    )
    assert done.stdout == "2\n"
    assert lab.datalad("finish").returncode == 0


def test_the_options_of_datalad_slurm_are_taken(lab):
    lab.datalad("create", "--force", ".")
    for name in ("in1", "in {2}"):
        (lab.path / name).write_text("1\n")
    options = ("-J", "2", "--expand", "both", "--check-outputs", "yes", "-i", "in*")
    lab.datalad("slurm-schedule", *options, "-o", "a", "cat {inputs} > a")
    lab.datalad("slurm-finish", "--wait", "--slurm-job-id", "1", "--explicit", "-J", "2")
    refused = lab.datalad("-f", "json", "slurm-schedule", "--check-outputs", "no", "-o", "b", "true", check=False)
    assert (refused.returncode, "leave --check-outputs no out" in refused.stdout) == (1, True)
    assert lab.record()["inputs"] == ["in {{2}}", "in1"]
    assert lab.read("a") == "1\n1\n"
    away = str(lab.path.parent / "away")
    options = ("--since", "HEAD~1", "--with-failed-jobs", "--assume-ready", "inputs", "-a", away)
    assert "scheduled as job 2" in lab.datalad("slurm-reschedule", "HEAD", *options).stdout
    assert (
        "nothing to schedule again"
        in lab.datalad("-f", "json", "slurm-reschedule", "HEAD~1", "--since", "HEAD~1").stdout
    )
    lab.well("wait", "2")
    assert lab.datalad("finish").returncode == 0
    assert "no open jobs" in lab.well("finish", "--import-slurm-db")


def test_a_record_that_is_in_the_repository_but_not_told_is_not_written_twice(lab, monkeypatch):
    job = lab.schedule("-o", "x", "echo 1 > x")
    lab.well("wait", job)
    caller = Caller(str(lab.queue.queue))
    rows = list(rows_of(lambda op, **more: caller.ask({"op": op, **{k: v for k, v in more.items() if v}}), ids=[job]))
    monkeypatch.setenv("HOME", lab.env["HOME"])
    for name, value in GIT.items():
        monkeypatch.setenv(name, value)
    list(finish(lab.path, [ended_of(rows[0], str(lab.path))], Settings()))
    caller.close()
    head = lab.git("rev-parse", "HEAD")
    assert "recorded already" in lab.well("finish")
    assert lab.git("rev-parse", "HEAD") == head
    assert lab.burro("finish").out == ""


def test_an_input_that_changed_while_its_job_waited_is_named_also_in_the_record(lab):
    lab.annexed("in", "1\n")
    lab.annexed("other", "1\n")
    job = lab.schedule("--hold", "-i", "in", "-i", "oth*", "-o", "out", "cat {inputs} > out")
    (lab.path / "in").unlink()
    lab.annexed("in", "2\n")
    lab.well("release", job)
    done = lab.burro("finish", "--wait")
    assert done.code == 0
    assert "in was edited or committed anew meanwhile" in done.err
    assert lab.record()["burro"]["changed_inputs"] == ["in"]


def test_an_input_that_git_does_not_have_as_it_is_now_is_told_when_it_is_scheduled(lab):
    lab.annexed("good", "1\n")
    (lab.path / "code.sh").write_text("echo 1\n")
    lab.git("add", "code.sh")
    lab.git("commit", "-q", "-m", "code")
    assert lab.burro("schedule", "-i", "good", "-i", "code.sh", "-o", "first", "sh code.sh > first").err == ""
    (lab.path / "code.sh").write_text("echo 2\n")
    (lab.path / "new").write_text("1\n")
    told = lab.burro(
        "schedule", "-i", "good", "-i", "code.sh", "-i", "new", "-i", "later", "-o", "out", "cat new > out"
    )
    assert "of the inputs there is not yet: later" in told.err
    assert "git does not have code.sh, new as it is now; commit it first" in told.err
    assert "git does not have" not in lab.burro("schedule", "-i", "code.sh", "-o", "code.sh", "echo >> code.sh").err


def test_what_a_killed_task_took_away_is_put_back_by_finish(lab):
    lab.annexed("out", "old\n")
    job = lab.schedule("--no-requeue", "-o", "out", "kill -9 $PPID; exec sleep 1000")
    lab.burro("wait", job)
    assert not (lab.path / "out").is_symlink()
    assert lab.burro("finish").code == 1
    assert lab.read("out") == "old\n"
    assert "schedule anew" in lab.burro("set", lab.schedule("--hold", "-o", "x", "true"), "--command", "false").err


def test_a_job_can_run_in_another_directory_with_its_inputs_and_the_same_layout(lab):
    (lab.path / "sub dir").mkdir()
    lab.annexed("sub dir/in put", "1\n")
    lab.annexed("out", "old\n")
    away = lab.path.parent / "scratch space"
    options = ("--alt-dir", str(away), "-i", "in put", "-o", "../out", "-o", "new/deep/file", "-o", "l*.txt")
    command = "cat {inputs} > ../out; pwd > new/deep/file; echo {dspath} > list.txt; echo > stray"
    lab.schedule(*options, command, cwd=lab.path / "sub dir")
    lab.well("finish", "--wait")
    assert lab.read("out") == "1\n"
    assert lab.read("sub dir/new/deep/file").startswith(f"{away}/burro-1-1-")
    assert lab.read("sub dir/list.txt").startswith(f"{away}/burro-1-1-")
    assert lab.dirt == ""
    assert list(away.iterdir()) == []
    assert lab.record()["burro"]["alternative"] == str(away)

    lab.schedule(*options, "echo partial > ../out; exit 1", cwd=lab.path / "sub dir")
    assert lab.burro("finish", "--wait").code == 1
    assert lab.read("out") == "1\n"
    assert [path.read_text() for path in away.glob("*/out")] == ["partial\n"]


def test_what_a_failed_attempt_left_is_set_aside_before_the_next_and_not_recorded_with_it(lab):
    (lab.path / "res").mkdir()
    (lab.path / "res/mine").write_text("kept\n")
    job = lab.schedule("--retries", "1", "-o", "res", "echo $BURRO_ATTEMPT > res/part$BURRO_ATTEMPT; exit 1")
    assert lab.burro("finish", "--wait").code == 1
    aside = lab.path / ".git/burro/aside"
    assert (aside / f"{job}.1/res/part1").read_text() == "1\n"
    assert (lab.path / "res/part2").exists()
    lab.schedule("-o", "res", "echo good > res/good")
    lab.well("finish", "--wait")
    assert sorted(os.listdir(lab.path / "res")) == ["good", "mine"]
    assert (aside / f"{job}.2/res/part2").exists()
    assert os.listdir(lab.path / ".git/burro/left") == []


def test_what_is_to_be_finished_is_named_by_a_commit_too(lab):
    lab.schedule("-o", "a", "echo > a")
    lab.well("finish", "--wait")
    assert "1 is recorded in" in lab.well("finish", "HEAD")
    assert "names no job" in lab.burro("finish", "HEAD~1").err
    lab.schedule("--hold", "-o", "b", "true")
    assert lab.well("finish", "-l", "--since", "HEAD", "--json").count('"id"') == 1
    lab.git("commit", "-q", "--allow-empty", "-m", "later")
    assert lab.burro("finish", "-l", "--since", "HEAD").out == ""


def test_the_server_has_records_written_where_burro_toml_says_so(lab):
    lab.queue.env["BURRO_RECORDS_EVERY"] = "0.2"
    lab.queue.queue.mkdir(mode=0o700)
    (lab.queue.queue / "burro.toml").write_text("[provenance]\nauto = true\n")
    lab.schedule("-o", "bad", "false")
    lab.schedule("-o", "a", "echo > a")
    until(lambda: "echo > a" in lab.git("log", "--format=%s"), within=30)
    until(lambda: "2 done" in (lab.queue.queue / "finish.log").read_text(), within=10)
    assert lab.burro("finish", "-l").out.count("\n") == 2

    (lab.queue.queue / "burro.toml").write_text("[provenance]\nauto = 1\n")
    assert "true or false" in lab.burro("doctor").out + lab.burro("pools").err
