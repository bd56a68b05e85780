"""What real Slurm has answered (22.05), and what is made of it."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from burro.pools import slurm_answers as answers
from burro.pools.scheduler import Answer, Declined, NoWord, Stage
from burro.pools.slurm_reasons import REASONS, in_words
from burro.pools.slurm_refusals import trouble
from burro.pools.slurm_states import STATES, meaning

PASTED = Path(__file__).parent / "slurm"


def pasted(name):
    return Answer(0, (PASTED / name).read_text())


def by_id(sights):
    return {sight.id: sight for sight in sights}


def test_one_answer_of_squeue_tells_of_all():
    found = by_id(answers.queued(pasted("squeue.txt")))

    ours = found["1"]
    assert (ours.mark, ours.stage, ours.nodes, ours.cpus) == (
        "burro-whole-1a2b3c4d",
        Stage.RUNNING,
        ("node1", "node2"),
        16,
    )
    assert (ours.starts_at, ours.ends_at, ours.reason, ours.dead) == (1795636172.0, 1795639772.0, "", False)
    assert (found["2"].starts_at, found["2"].ends_at, found["2"].mark) == (1795639772.0, None, "x|y z")
    assert (found["3_3"].starts_at, found["3_3"].reason) == (None, "so many tasks of its array run as may")
    assert found["5"].mark == "burro-12-1f"


def test_a_reason_with_blanks_hides_nothing():
    found = by_id(answers.queued(pasted("squeue.txt")))

    assert found["10"].reason == "it was put back and is held; try: scontrol release"
    assert len(found) == 12


def test_who_ended_is_dead_but_for_a_node_that_was_lost():
    found = by_id(answers.queued(pasted("squeue.txt")))

    assert (found["7"].stage, found["7"].dead, found["7"].blames_node) == (Stage.ENDED, True, False)
    assert (found["4"].stage, found["4"].dead, found["4"].blames_node) == (Stage.ENDED, False, True)
    assert found["3"].blames_node
    assert found["15"].reason == "its script failed: no node has what it asks for; correct the pool's options"


def test_the_accounting_tells_how_it_ended():
    found = by_id(answers.remembered(pasted("sacct.txt")))

    assert [found[job].exit for job in "123"] == [(7, 0), (72, 0), (0, 9)]
    assert (found["5"].stage, found["5"].reason, found["5"].ends_at) == (Stage.ENDED, "it was cancelled", 1795636479.0)
    assert (found["7"].stage, found["7"].ends_at) == (Stage.RUNNING, None)
    assert found["2"].mark == "burro-whole-1"  # without the comment, which accounting seldom keeps


def test_a_cluster_without_accounting_remembers_nothing():
    assert answers.remembered(Answer(1, "", "Slurm accounting storage is disabled\n")) == []


def test_scontrol_shows_one():
    (one,) = answers.shown(pasted("scontrol-job.txt"))
    assert (one.id, one.mark, one.stage, one.nodes) == ("1", "burro-whole-1a2b3c4d", Stage.RUNNING, ("node1", "node2"))
    assert (one.ends_at, one.exit, one.place) == (1795639772.0, (0, 0), "whole")

    (element,) = answers.shown(pasted("scontrol-array-job.txt"))
    local = datetime.datetime(2026, 11, 25, 19, 49, 32).timestamp()  # noqa: DTZ001  # as an old Slurm prints it
    assert (element.id, element.mark, element.exit, element.ends_at) == ("3_4", "two words", (200, 0), local)


def test_what_scontrol_does_not_know_is_no_error_and_no_proof():
    assert answers.shown(Answer(1, "", "slurm_load_jobs error: Invalid job id specified\n")) == []


def test_partitions_tell_whether_their_nodes_are_handed_out_whole():
    whole, shared, short, gpu = answers.partitions(pasted("sinfo.txt"))

    assert (whole.name, whole.whole, whole.longest, whole.nodes, whole.cpus) == ("whole", True, None, 4, 8)
    assert (shared.whole, short.longest, whole.gpus, whole.memory) == (False, 120.0, 4, 16000 * 2**20)
    assert (gpu.is_up, gpu.nodes, gpu.cpus, gpu.gpus, gpu.longest) == (False, 12, 48, 0, 86400.0)


@pytest.mark.parametrize("out", ["77\n", "77;cluster\n", "Welcome to 12 nodes!\n\n77\n"])
def test_sbatch_tells_the_id(out):
    assert answers.submitted(Answer(0, out)) == "77"


def test_an_answer_of_sbatch_without_an_id_proves_nothing():
    with pytest.raises(NoWord):
        answers.submitted(Answer(0, "thank you\n"))


# Slurm's own list (squeue(1) of 22.05 and 25.05). One that is missing here would be taken for unknown.
WORDS = """
    BOOT_FAIL CANCELLED COMPLETED COMPLETING CONFIGURING DEADLINE EXPEDITING FAILED LAUNCH_FAILED NODE_FAIL
    OUT_OF_MEMORY PENDING POWER_UP_NODE PREEMPTED RECONFIG_FAIL REQUEUED REQUEUE_FED REQUEUE_HOLD RESIZING RESV_DEL_HOLD
    REVOKED RUNNING SIGNALING SPECIAL_EXIT STAGE_OUT STOPPED SUSPENDED TIMEOUT UPDATE_DB
"""


def test_every_state_has_its_place():
    assert set(STATES) == set(WORDS.split())
    assert not any(means.dead for word, means in STATES.items() if means.stage is not Stage.ENDED)
    assert [word for word, means in STATES.items() if means.stage is Stage.ENDED and not means.dead] == ["NODE_FAIL"]


def test_an_unknown_state_proves_nothing():
    assert (meaning("TELEPORTED").stage, meaning("").stage) == (Stage.UNKNOWN, Stage.UNKNOWN)
    assert meaning("CANCELLED by 1000").stage is Stage.ENDED


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [
        ("None", ""),
        ("(Priority)", "others go before it"),
        (
            "QOSMaxJobsPerUserLimit",
            "the limit of the QOS on running jobs for one user is reached (QOSMaxJobsPerUserLimit)",
        ),
        ("AssocGrpCpuLimit", "the limit of the account on cpus is reached (AssocGrpCpuLimit)"),
        ("AssocGrpCPUMinutesLimit", "the limit of the account on cpu minutes is reached (AssocGrpCPUMinutesLimit)"),
        ("MaxNodePerAccount", "the limit set on nodes for one account is reached (MaxNodePerAccount)"),
        ("QOSMinGRES", "the least of the QOS on gpus or the like is reached (QOSMinGRES)"),
        (
            "ReqNodeNotAvail, UnavailableNodes:node[1-2]",
            "a node that it needs is not available, or reserved for maintenance (UnavailableNodes:node[1-2])",
        ),
        ("SomethingNew", "Slurm says SomethingNew"),
    ],
)
def test_a_reason_becomes_a_sentence(reason, sentence):
    assert in_words(reason) == sentence


def test_no_reason_ends_with_a_full_stop():
    assert not [sentence for sentence in REASONS.values() if sentence.endswith(".")]


FAILED = "sbatch: error: Batch job submission failed: "
POLICY = "Job violates accounting/QOS policy (job submit limit, user's size and/or time limits)"


@pytest.mark.parametrize(
    ("said", "sentence", "passing"),
    [
        (
            f"sbatch: error: invalid partition specified: nope\n{FAILED}Invalid partition name specified",
            "Slurm has no partition 'nope'; see: sinfo -s, and correct the pool's options",
            False,
        ),
        (
            f"sbatch: error: QOSMaxSubmitJobPerUserLimit\n{FAILED}{POLICY}",
            "the limit of the QOS on jobs in the queue for one user is reached (QOSMaxSubmitJobPerUserLimit)",
            True,
        ),
        (f"{FAILED}Invalid account or account/partition combination specified", "the account is not yours", False),
        (f"{FAILED}Invalid qos specification", "the QOS is not yours", False),
        (f"{FAILED}Requested node configuration is not available", "no node has what is asked for", False),
        (f"{FAILED}Invalid feature specification", "Slurm says: Invalid feature specification; correct", False),
        (f"{FAILED}Requested reservation is invalid", "the reservation is invalid; correct", False),
        (f"{FAILED}Invalid license specification", "Slurm says: Invalid license specification; correct", False),
        (f"{FAILED}Invalid node name specified", "Slurm says: Invalid node name specified; correct", False),
        ("sbatch: error: Invalid --time specification", "Slurm does not give so much time there", False),
        (
            "sbatch: unrecognized option '--nope'\nTry \"sbatch --help\" for more information",
            "sbatch says: unrec",
            False,
        ),
        (f"{FAILED}Required partition not available (inactive or drain)", "the partition takes nothing for now", True),
        (
            "sbatch: error: You must name a project (-A)!\n" + FAILED + "Unspecified error",
            "sbatch says: Batch job",
            False,
        ),
    ],
)
def test_a_refusal_is_a_sentence_with_the_next_step(said, sentence, passing):
    found = trouble(Answer(1, "", said + "\n"), "sbatch")
    assert isinstance(found, Declined)
    assert sentence in str(found)
    assert found.passing == passing


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (1, f"{FAILED}Socket timed out on send/recv operation"),
        (1, f"{FAILED}Unable to contact slurm controller (connect failure)"),
        (1, "sbatch: error: Munge encode failed: Failed to access socket\n" + FAILED + "Protocol authentication error"),
        (1, "sbatch: error: ClusterName needs to be specified\nsbatch: fatal: Unable to process configuration file"),
        (1, f"{FAILED}Zero Bytes were transmitted or received"),
        (137, ""),
        (-9, ""),
    ],
)
def test_who_does_not_answer_has_not_refused(code, said):
    found = trouble(Answer(code, "", said), "sbatch")
    assert isinstance(found, NoWord)
    assert found.sent
    assert str(found)


DOWN = "Slurmctld(primary) at vm is DOWN\n*****************************************\n"


def test_one_controller_of_two_is_enough():
    answers.pinged(Answer(0, "Slurmctld(primary) at vm is UP\n"))
    answers.pinged(Answer(1, "Slurmctld(primary) at a is DOWN\nSlurmctld(backup) at b is UP\n"))
    with pytest.raises(NoWord, match="the controller of Slurm at vm is down"):
        answers.pinged(Answer(1, DOWN))
    with pytest.raises(NoWord, match="munge does not answer here"):
        answers.pinged(Answer(1, DOWN, "scontrol: error: Munge encode failed: Failed to access the socket\n"))
