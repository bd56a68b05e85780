"""Tasks as jobs of Slurm's own: which lines stay, and what is said beside them."""

from __future__ import annotations

import pytest

from burro.base.errors import UsageError
from burro.pools.scheduler import Sight, Stage
from burro.pools.slurm_tasks import kept, ranges, submit_tasks
from burro.pools.tasks import Batch, Wanted, seated


def batch(**more):
    return Batch(**{"mark": "m", "command": ("run", "a b"), "log": "/q/log", "directory": "/q", **more})


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ("--partition=gpu --nodes=4", "--partition=gpu --nodes=4"),
        ('--comment="a b"', '--comment="a b"'),
        ("-J mine -p gpu", "-p gpu"),
        ("-Jmine -n 4", "-n 4"),
        ("--array=0-9%2", ""),
        ("-a 0-9 -N 2", "-N 2"),
        ("--requeue -H", ""),
        ("--signal=B:USR1@300", "--signal=B:USR1@300"),
        ("-o 'my file' -t 10", "-t 10"),
        ("--qos='unclosed", "--qos='unclosed"),
    ],
)
def test_of_a_scripts_lines_what_burro_does_itself_is_taken_out(line, left):
    assert kept(line) == left


def test_burros_own_options_win_over_lines_and_lines_over_the_pools():
    question = submit_tasks(
        batch(lines=("-t 5 -J x",), options=("--qos=long",), usual_time=3600.0, mem=2**30, gpus=1, warn=(300, 10))
    )
    assert question.text.splitlines()[:7] == [
        "#!/bin/sh",
        "#SBATCH --time=60",
        "#SBATCH --qos=long",
        "#SBATCH -t 5",
        "#SBATCH --mem=1024M",
        "#SBATCH --gres=gpu:1",
        "#SBATCH --signal=B:10@300",
    ]
    assert {"--job-name=m", "--comment=m", "--no-requeue", "--output=/q/log"} <= set(question.argv)
    assert not any(word.startswith("--array") for word in question.argv)


def test_a_comment_of_the_users_stays_and_an_array_names_its_places():
    argv = submit_tasks(batch(lines=("--comment=whose",), places=(0, 1, 2, 7))).argv
    assert "--array=0-2,7" in argv
    assert not any(word.startswith("--comment") for word in argv)
    assert ranges((3,)) == "3"


def test_a_directory_that_slurm_would_read_as_a_pattern_is_refused():
    with pytest.raises(UsageError, match="use another --queue"):
        submit_tasks(batch(log="/q%j/log"))


def test_tasks_are_known_by_id_or_by_mark_and_place_and_what_lives_goes_first():
    wanted = [Wanted("m", 3, None), Wanted("n", None, "8")]
    ids, seats = {"8": ("n", None)}, {one.seat for one in wanted}
    sights = [
        Sight("7_3", "m", "RUNNING", Stage.RUNNING),
        Sight("6_3", "m", "FAILED", Stage.ENDED),
        Sight("7_4", "m", "RUNNING", Stage.RUNNING),
        Sight("8", "other", "PENDING", Stage.WAITING),
    ]
    found = seated(sights, ids, seats)
    assert {seat: one.id for seat, one in found.items()} == {("m", 3): "7_3", ("n", None): "8"}
