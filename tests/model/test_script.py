"""The option lines of batch scripts."""

from __future__ import annotations

import pytest

from burro.base.errors import UsageError
from burro.model.script import is_batch, script_options


def options(*lines):
    return script_options("#!/bin/sh\n" + "\n".join(lines) + "\n")[0]


def notes(*lines):
    return script_options("#!/bin/sh\n" + "\n".join(lines) + "\n")[1]


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("#SBATCH --job-name=fit", {"name": "fit"}),
        ("#SBATCH -J fit", {"name": "fit"}),
        ("#SBATCH -Jfit", {"name": "fit"}),
        ("#SBATCH --job-name fit", {"name": "fit"}),
        ("#SBATCH -c 2 -t 0:30", {"cpus": "2", "time": "0:30"}),
        ("#SBATCH -n 4 -c 2", {"cpus": "8"}),
        ("#SBATCH --mem-per-cpu=2G -c 3", {"mem": "6G", "cpus": "3"}),
        ("#SBATCH --array=0-9%2", {"array": "0-9%2"}),
        ("#SBATCH --output='a b.out' # why", {"output": "a b.out"}),
        ("#SBATCH --export=NONE", {"env": "clean"}),
        ("#SBATCH --export=ALL,A=1", {"env": "all,A=1"}),
        ("#SBATCH --export=ALL", {"env": "all"}),
        ("#SBATCH --export=A,B=2", {"env": "A,B=2"}),
        ("#SBATCH --no-requeue", {"no_requeue": True}),
        ("#SBATCH --requeue", {}),
        ("#SBATCH -H", {"hold": True}),
        ("#SBATCH -d afterok:12", {"dependency": "afterok:12"}),
        ("#SBATCH --dependency=afterany:1:2", {"dependency": "afterany:1:2"}),
        ("#SBATCH --begin=now+1hour", {"begin": "now+1hour"}),
        ("#SBATCH -G 2", {"gpus": "2"}),
        ("#SBATCH --gpus=a100:2", {"gpus": "2"}),
        ("#SBATCH --gpus-per-node=1", {"gpus": "1"}),
        ("#SBATCH --gpus-per-task=2 -n 3", {"gpus": "6", "cpus": "3"}),
        ("#SBATCH --gres=gpu", {"gpus": "1"}),
        ("#SBATCH --gres=gpu:a100:4", {"gpus": "4"}),
        ("#SBATCH --gres=tmp:10G,gpu:2", {"gpus": "2"}),
        ("#BURRO --name=fit", {"name": "fit"}),
        ("#BURRO -c 2 --hold", {"cpus": "2", "hold": True}),
        ("#SBATCHING -c 2", {}),
        ("# SBATCH -c 2", {}),
    ],
)
def test_a_line_asks_for_options(line, wanted):
    assert options(line) == wanted


def test_a_later_line_wins():
    assert options("#SBATCH -c 2", "#BURRO -c 4") == {"cpus": "4"}


def test_lines_count_up_to_the_first_command():
    assert options("", "# a comment", "#SBATCH -c 2", "true", "#SBATCH -c 4") == {"cpus": "2"}


def test_what_means_nothing_here_is_noted_and_left_out():
    assert options("#SBATCH --partition=normal -A abc") == {}
    assert notes("#SBATCH --partition=normal -c 2 -A x", "#SBATCH --qos=z --gres=tmp:10G") == [
        "left out, since it has no meaning in this pool: #SBATCH --partition -A --qos --gres=tmp:10G"
    ]


def test_a_burro_line_that_is_wrong_is_refused():
    with pytest.raises(UsageError, match="#BURRO --nmae=x"):
        options("#BURRO --nmae=x")


@pytest.mark.parametrize(
    "line", ["#SBATCH -n two", "#SBATCH --gpus-per-task=x", "#SBATCH --mem-per-cpu=lots", "#SBATCH -J 'open"]
)
def test_nonsense_is_one_sentence(line):
    with pytest.raises(UsageError):
        options(line)


def test_a_script_is_a_batch_script_if_it_has_such_lines():
    assert is_batch("#!/bin/sh\n#SBATCH -c 1\ntrue\n")
    assert not is_batch("#!/bin/sh\ntrue\n#SBATCH -c 1\n")
