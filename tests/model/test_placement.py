"""Who is next: stories of the line and the room."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from burro.model.job import Needs
from burro.model.placement import PATIENCE, Free, Hand, Waiting, place
from burro.model.room import Room

BIG = 2**40


def worker(cpus, *, of=None, name="w", pool="local", mem=BIG):
    return Free(name, pool, Room(of or cpus, mem), Room(cpus, mem))


def job(number, *, ready=1, cpus=1, mem=0, pool="any", ahead=1.0):
    return Waiting(number, Needs(cpus, mem), ready, pool, ahead)


def placed(line, *workers, blocked=None):
    return list(place(line, workers, blocked=blocked or {}))


def test_first_come_first_served():
    assert placed([job(1), job(2), job(3)], worker(2)) == [Hand(1, "w", 1), Hand(2, "w", 1)]


def test_an_array_takes_all_the_room_there_is():
    assert placed([job(1, ready=100), job(2)], worker(4)) == [Hand(1, "w", 4)]


def test_smaller_work_passes_what_does_not_fit_now():
    assert placed([job(1, cpus=4), job(2)], worker(2, of=4)) == [Hand(2, "w", 1)]


def test_after_so_long_the_room_is_kept_for_it():
    line = [job(1, cpus=4), job(2)]
    assert placed(line, worker(2, of=4), blocked={1: PATIENCE + 1}) == []
    assert placed(line, worker(4), blocked={1: PATIENCE + 1}) == [Hand(1, "w", 1)]
    assert placed(line, worker(2, of=4), blocked={1: PATIENCE - 1}) == [Hand(2, "w", 1)]


def test_what_stands_before_the_patient_one_still_goes():
    line = [job(0), job(1, cpus=4), job(2)]
    assert placed(line, worker(2, of=4), blocked={1: PATIENCE + 1}) == [Hand(0, "w", 1)]


def test_the_worker_with_most_room_goes_first():
    assert placed([job(1)], worker(1, name="a"), worker(3, name="b")) == [Hand(1, "b", 1)]
    assert placed([job(1, ready=4)], worker(1, name="a"), worker(2, name="b")) == [Hand(1, "b", 2), Hand(1, "a", 1)]


def test_a_job_goes_only_to_its_pool():
    assert placed([job(1, pool="far")], worker(2)) == []
    assert placed([job(1, pool="far")], worker(2), worker(1, name="f", pool="far")) == [Hand(1, "f", 1)]


def test_memory_counts_as_cpus_do():
    assert placed([job(1, ready=9, mem=2**30)], worker(8, mem=3 * 2**30)) == [Hand(1, "w", 3)]


def test_short_tasks_are_handed_ahead_but_only_of_the_first_in_line():
    assert placed([job(1, ready=1000, ahead=50.0)], worker(2)) == [Hand(1, "w", 100)]
    assert placed([job(1, ready=1000, ahead=50.0)], worker(-50, of=2)) == [Hand(1, "w", 48)]
    assert placed([job(1, cpus=9), job(2, ready=1000, ahead=50.0)], worker(2)) == [Hand(2, "w", 2)]


def test_a_paused_pool_gets_nothing():
    assert placed([job(1, ready=5, ahead=50.0)], worker(0)) == []


def test_without_workers_nothing_goes_anywhere():
    assert placed([job(1)]) == []


JOBS = st.lists(
    st.builds(
        Waiting,
        st.integers(1, 99),
        st.builds(Needs, st.integers(1, 6), st.sampled_from([0, 1, 3])),
        st.integers(1, 20),
        st.sampled_from(["any", "local", "far"]),
    ),
    max_size=8,
    unique_by=lambda waiting: waiting.job,
)
WORKERS = st.lists(
    st.builds(
        lambda name, pool, cpus, mem: Free(name, pool, Room(cpus, mem), Room(cpus, mem)),
        st.sampled_from("abcd"),
        st.sampled_from(["local", "far"]),
        st.integers(0, 8),
        st.integers(0, 8),
    ),
    max_size=4,
    unique_by=lambda free: free.worker,
)


@given(JOBS, WORKERS)
def test_nobody_gets_more_than_there_is_room_for_and_no_task_goes_twice(line, workers):
    asked = {waiting.job: waiting for waiting in line}
    used = {free.worker: [0, 0] for free in workers}
    given_out = dict.fromkeys(asked, 0)
    for hand in place(line, workers, blocked={}):
        needs = asked[hand.job].needs
        used[hand.worker][0] += needs.cpus * hand.count
        used[hand.worker][1] += needs.mem * hand.count
        given_out[hand.job] += hand.count
    assert all(used[free.worker][0] <= free.left.cpus for free in workers)
    assert all(used[free.worker][1] <= free.left.mem for free in workers if used[free.worker][1])
    assert all(given_out[number] <= waiting.ready for number, waiting in asked.items())
