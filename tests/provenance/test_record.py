"""Records as they are found in histories, in every form."""

from __future__ import annotations

import pytest

from burro.base.errors import Failed
from burro.provenance.composing import compose, compose_announcement
from burro.provenance.ended import Ended, Settings, Tried
from burro.provenance.record import read

SLURM = """[DATALAD SLURM RUN] Slurm job 3: Completed

my first job

=== Do not change lines below ===
{
 "alt_dir": "",
 "chain": ["0123"],
 "cmd": "sbatch job.sh res1",
 "dsid": "8c4662c8-3fbf-4fb3-a43d-7d52b365159e",
 "extra_inputs": [],
 "inputs": ["in"],
 "outputs": ["sub/res1", "sub/log.slurm-3.out", "sub/slurm-job-3.env.json"],
 "pwd": "sub",
 "slurm_job_id": 3,
 "slurm_outputs": ["log.slurm-3.out", "slurm-job-3.env.json"]
}
^^^ Do not change lines above ^^^
"""

PAIR = """[DATALAD {tag}] {text}

=== Do not change lines below ===
{{
 "chain": [],
 "cmd": "sbatch job.sh",
 "dsid": "8c4662c8-3fbf-4fb3-a43d-7d52b365159e",
 "exit": 0,
 "extra_inputs": [],
 "incomplete_job_number": 1,
 "inputs": [],
 "outputs": ["res", "slurm-9.out"],
 "pwd": ".",
 "slurm_run_outputs": ["slurm-9.out"]
}}
^^^ Do not change lines above ^^^
        """


def test_a_record_of_datalad_slurm():
    record = read(SLURM)

    assert record is not None
    assert (record.kind, record.name, record.state, record.succeeded) == ("slurm", "3", "Completed", True)
    assert (record.command, record.message, record.directory) == ("sbatch job.sh res1", "my first job", "sub")
    assert (record.outputs, record.inputs, record.chain) == (("res1",), ("in",), ("0123",))
    assert record.logs == ("sub/log.slurm-3.out", "sub/slurm-job-3.env.json")


@pytest.mark.parametrize("state", ["Failed", "Cancelled", "Timeout", "Array failed (some complete)"])
def test_its_failures(state):
    record = read(SLURM.replace("Completed", state))

    assert record is not None
    assert (record.state, record.succeeded) == (state, False)


@pytest.mark.parametrize(
    ("tag", "text", "kind", "state"),
    [
        ("SCHEDULE", "Submitted batch job 9: Pending", "schedule", "Pending"),
        ("RESCHEDULE", "mine\n Submitted batch job 9: Pending", "reschedule", "Pending"),
        ("FINISH", "Processed batch job 9: Completed", "finish", "Completed"),
        ("FINISH", "Processed batch job 9: Cancelled", "finish", "Cancelled"),
    ],
)
def test_the_pairs_of_its_first_days(tag, text, kind, state):
    record = read(PAIR.format(tag=tag, text=text))

    assert record is not None
    assert (record.kind, record.name, record.state) == (kind, "9", state)
    assert (record.outputs, record.logs) == (("res",), ("slurm-9.out",))
    assert record.message == ("mine" if "mine" in text else "")
    assert record.succeeded == (state in {"Pending", "Completed"})


@pytest.mark.parametrize(
    "message", ["", "a commit", "[DATALAD] Recorded changes", "[DATALAD RUNCMD] of somebody, without a record\n"]
)
def test_messages_without_a_record(message):
    assert read(message) is None


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("{", "is no JSON"), ("[]", "holds no entries"), ("{}", "no command"), ('"ab"', "is not here")],
)
def test_records_that_cannot_be_read(text, sentence):
    message = f"[DATALAD RUNCMD] x\n\n=== Do not change lines below ===\n{text}\n^^^ Do not change lines above ^^^\n"
    with pytest.raises(Failed, match=sentence):
        read(message)


def test_a_command_that_is_recorded_as_words():
    message = SLURM.replace('"sbatch job.sh res1"', '["a b", "c"]').replace("SLURM RUN", "RUNCMD")
    record = read(message)
    assert record is not None
    assert record.command == "'a b' c"


ENDED = Ended(
    "17",
    "sbatch --wait job.sh x",
    ("res", "../top"),
    pwd="sub",
    message="mine",
    logs=("sub/17.out", "/dev/null"),
    scheduler_id="4711_3",
    submit_command="sbatch job.sh x",
)


def test_what_is_written_for_datalad_slurm_is_read_as_its_own():
    text = compose(ENDED, Settings(style="slurm", message="finished"), dataset="id").message
    record = read(text)

    assert text.startswith("[DATALAD SLURM RUN] Slurm job 4711: Completed\n\nfinished\n\nmine\n\n===")
    assert record is not None
    assert record.command == "sbatch job.sh x"
    assert (record.outputs, record.logs[-1]) == (("res", "../top"), "sub/17.out")
    assert record.fields["outputs"] == ["sub/res", "top", "sub/17.out"]
    assert record.fields["slurm_outputs"] == ["sub/17.out"]
    assert record.fields["slurm_job_id"] == 4711
    assert "exit" not in record.fields
    assert record.name == "17"


@pytest.mark.parametrize(
    ("state", "outcome", "word"),
    [
        *[("failed", "exit 3", "Failed"), ("cancelled", "cancelled", "Cancelled"), ("failed", "timeout", "Timeout")],
        *[("failed", "memory", "Out of memory"), ("done", "done", "Completed"), ("failed", "lost", "Node fail")],
    ],
)
def test_states_in_its_words(state, outcome, word):
    ended = Ended("17", "x", ("a",), state=state, attempts=(Tried(1, outcome),))
    text = compose(ended, Settings(style="slurm"), dataset="").message
    assert text.startswith(f"[DATALAD SLURM RUN] Slurm job 17: {word}\n")


def test_a_pair():
    ended = Ended("17", "x", ("a",), message="mine", submitted="then")
    first = compose_announcement(ended, Settings(style="pair"), dataset="").message
    second = compose(ended, Settings(style="pair"), dataset="").message

    assert first.startswith("[DATALAD SCHEDULE] Submitted batch job 17: Pending\n\nmine\n")
    assert second.startswith("[DATALAD FINISH] Processed batch job 17: Completed\n\nmine\n")
    begun, done = read(first), read(second)
    assert begun is not None
    assert done is not None
    assert begun.ours == {"job": "17", "submitted": "then", "scheduled": True}
    assert done.ours["job"] == "17"


def test_a_success_and_a_failure_have_an_exit_code_that_says_so():
    for state, given, written in (("done", None, 0), ("failed", None, 1), ("failed", 0, 1), ("failed", 9, 9)):
        record = read(compose(Ended("1", "x", ("a",), state=state, exit=given), Settings(), dataset="").message)
        assert record is not None
        assert record.fields["exit"] == written
