"""The batch script of an allocation, and the command lines around it."""

from __future__ import annotations

import subprocess

import pytest

from burro.base.errors import UsageError
from burro.pools.scheduler import Request
from burro.pools.slurm import Slurm

REQUEST = Request(mark="burro-whole-1f", command=("/usr/bin/python3", "/q/w orker.pyz"), log="/q/allocations/%j.out")


def lines(request):
    return [
        line.removeprefix("#SBATCH ") for line in Slurm().script(request).splitlines() if line.startswith("#SBATCH")
    ]


def with_(**changes):
    return Request(**{**vars(REQUEST), **changes})


def test_an_allocation_has_whole_nodes_and_is_warned():
    assert lines(with_(time=5400.0, options=("--partition=normal", "-Aabc"))) == [
        "--output=/q/allocations/%j.out",
        "--open-mode=append",
        "--nodes=1",
        "--ntasks-per-node=1",
        "--exclusive",
        "--mem=0",
        "--time=90",
        "--signal=B:USR1@180",
        "--no-requeue",
        "--partition=normal",
        "-Aabc",
    ]


def test_several_nodes_go_on_without_one_and_bad_ones_are_left_out():
    assert {"--nodes=3", "--no-kill", "--exclude=n1,n2"} < set(lines(with_(nodes=3, exclude=("n1", "n2"))))


@pytest.mark.parametrize(("time", "warning"), [(60.0, []), (120.0, ["30"]), (200.0, ["110"]), (None, ["180"])])
def test_no_warning_comes_before_the_first_line(time, warning):
    assert [line.rpartition("@")[2] for line in lines(with_(time=time)) if line.startswith("--signal=")] == warning


def test_what_is_odd_in_an_option_is_quoted():
    assert lines(with_(options=('--comment=a "b" # \\ c',)))[-1] == r'"--comment=a \"b\" # \\ c"'


@pytest.mark.parametrize(
    "option",
    [
        "partition=x",
        "-J",
        "--job-name=x",
        "-Jx",
        "--array=1-3",
        "--time=5",
        "-t5",
        "--signal=USR1",
        "--x\n#SBATCH -y",
        "",
        "--",
    ],
)
def test_options_that_burro_sets_itself_are_refused(option):
    with pytest.raises(UsageError, match="options"):
        Slurm().script(with_(options=(option,)))


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_a_shell_can_read_it(shell):
    text = Slurm().script(with_(nodes=2, before="module load x\nexport A='b c'", env={"K": "it's"}, time=60.0))
    subprocess.run([shell, "-n"], input=text, text=True, check=True)


def test_it_is_asked_for_by_its_mark():
    question = Slurm().submit(REQUEST)
    assert question.argv == ("sbatch", "--parsable", "--job-name=burro-whole-1f", "--comment=burro-whole-1f")
    assert question.text.startswith("#!/bin/sh\n#SBATCH ")


def test_what_would_change_answers_is_taken_out_of_the_environment():
    env = {"PATH": "/bin", "SLURM_CONF": "/c", "SQUEUE_STATES": "PD", "SLURM_JOB_ID": "3", "SBATCH_ACCOUNT": "abc"}
    assert Slurm().variables.without(env) == {"PATH": "/bin", "SLURM_CONF": "/c", "SBATCH_ACCOUNT": "abc"}


def test_the_past_is_asked_by_id_by_mark_and_one_by_one():
    ways = Slurm().past(ids=["7", "8"], marks=["burro-whole-1f"], since=1795636171.0)
    assert [next(word for word in way.argv[-1:]) for way in ways][0::2] == ["--jobs=7,8", "7"]
    assert "--name=burro-whole-1f" in ways[1].argv
    assert len(ways) == 4
