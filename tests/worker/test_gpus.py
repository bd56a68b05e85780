"""Gpus: which there are, who gets which, and what a task sees of them."""

from __future__ import annotations

import pytest

from burro.worker.gpus import find_gpus

SEE = "env | grep -E '_VISIBLE_DEVICES|GPUS|CUDA_DEVICE' | sort > saw.$BURRO_JOB_ID; echo >> saw.$BURRO_JOB_ID"
HOLD = SEE + "; until [ -e go ]; do sleep 0.1; done"


def seen(desk, job):
    return dict(line.split("=") for line in desk.text(f"saw.{job}").splitlines())


@pytest.fixture
def two(desks):
    """A desk whose worker has two gpus."""
    return desks(gpus=["0", "1"]).open()


def nvidia(root, count):
    for number in range(count):
        (root / "proc/driver/nvidia/gpus" / f"0000:{number}1:00.0").mkdir(parents=True)


def amd(root, *units):
    for number, count in enumerate(units):
        node = root / "sys/class/kfd/kfd/topology/nodes" / str(number)
        node.mkdir(parents=True)
        (node / "properties").write_text(f"cpu_cores_count 8\nsimd_count {count}\nname\n")


@pytest.mark.parametrize(
    ("visible", "ids"),
    [
        (None, "012"),
        ("2,0", "20"),
        ("", ""),
        ("-1", ""),
        ("NoDevFiles", ""),
        ("0,9,1", "0"),
        ("1,1", "1"),
    ],
)
def test_what_the_worker_itself_may_see_is_all_there_is(tmp_path, visible, ids):
    nvidia(tmp_path, 3)
    env = {} if visible is None else {"CUDA_VISIBLE_DEVICES": visible}
    assert find_gpus(env, str(tmp_path)).ids == tuple(ids)


def test_gpus_named_by_their_maker_are_taken_as_they_are_named(tmp_path):
    nvidia(tmp_path, 2)
    found = find_gpus({"CUDA_VISIBLE_DEVICES": "GPU-6f1c,MIG-77"}, str(tmp_path))
    assert found.ids == ("GPU-6f1c", "MIG-77")


def test_cpus_among_the_nodes_of_amd_are_no_gpus(tmp_path):
    amd(tmp_path, 0, 256, 256)
    assert find_gpus({}, str(tmp_path)) == (("0", "1"), ("ROCR_VISIBLE_DEVICES",))
    assert find_gpus({"ROCR_VISIBLE_DEVICES": "1", "CUDA_VISIBLE_DEVICES": ""}, str(tmp_path)).ids == ("1",)


def test_where_there_are_none_there_are_none(tmp_path):
    assert find_gpus({"CUDA_VISIBLE_DEVICES": "0"}, str(tmp_path)).ids == ()


def test_each_task_has_gpus_of_its_own_and_who_finds_none_free_waits(two):
    keys = [two.run(HOLD, job=job, gpus=1) for job in (1, 2)]
    one, other = seen(two, 1), seen(two, 2)
    assert {one["BURRO_GPUS"], other["BURRO_GPUS"]} == {"0", "1"}
    for saw in (one, other):
        assert saw["CUDA_VISIBLE_DEVICES"] == saw["ROCR_VISIBLE_DEVICES"] == saw["BURRO_GPUS"]
        assert saw["CUDA_DEVICE_ORDER"] == "PCI_BUS_ID"
    third = two.run(SEE, job=3, gpus=1)
    two.until(lambda: third in two.released)
    assert third not in two.starts
    (two.work / "go").touch()
    assert [two.end_of(key)[:2] for key in keys] == [("exited", 0)] * 2
    two.end_of(two.run(SEE, job=4, gpus=2))
    assert seen(two, 4)["CUDA_VISIBLE_DEVICES"] == "0,1"


def test_a_task_that_asked_for_none_sees_none_unless_its_own_environment_names_some(two):
    two.end_of(two.run(SEE, job=1))
    assert seen(two, 1)["CUDA_VISIBLE_DEVICES"] == seen(two, 1)["ROCR_VISIBLE_DEVICES"] == ""
    two.env["CUDA_VISIBLE_DEVICES"] = "1"
    two.end_of(two.run(SEE, job=2))
    assert seen(two, 2)["CUDA_VISIBLE_DEVICES"] == "1"
    two.end_of(two.run(SEE, job=3, gpus=1))
    assert seen(two, 3)["CUDA_VISIBLE_DEVICES"] == seen(two, 3)["BURRO_GPUS"] == "0"


def test_a_script_with_the_names_of_slurm_finds_its_gpus_by_them(two):
    two.end_of(two.run(SEE, job=1, gpus=2, slurm=True, submit_dir=str(two.work)))
    assert (seen(two, 1)["SLURM_GPUS_ON_NODE"], seen(two, 1)["SLURM_JOB_GPUS"]) == ("2", "0,1")


def test_without_gpus_nothing_is_hidden(desk):
    assert desk.hellos[0]["gpus"] == []
    desk.end_of(desk.run(SEE, job=1))
    assert not (desk.work / "saw.1").read_text().strip()
    desk.say(op="room", cpus=4, gpus=["7"])
    desk.give((1, 1, 1, 1, None), kind="shell", command=SEE)
    desk.end_of((1, 1, 1))
    assert "CUDA_VISIBLE_DEVICES=\n" in desk.text("saw.1") + "\n"


def test_an_adopted_task_keeps_its_gpus(two):
    key = two.run(HOLD, job=1, gpus=1)
    assert seen(two, 1)["BURRO_GPUS"] == "0"
    two.kill_worker()
    assert list(key) in two.hellos[-1]["holds"]
    two.end_of(two.run(SEE, job=2, gpus=1))
    assert seen(two, 2)["BURRO_GPUS"] == "1"
    (two.work / "go").touch()
    assert two.end_of(key)[:2] == ("exited", 0)
    two.end_of(two.run(SEE, job=3, gpus=2))
    assert seen(two, 3)["BURRO_GPUS"] == "0,1"


def test_what_needs_more_than_there_are_now_is_given_back(two):
    two.say(op="room", cpus=4, gpus=["0"])
    key = two.run(SEE, job=1, gpus=2)
    two.until(lambda: key in two.released)
    assert key not in two.starts
