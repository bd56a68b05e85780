"""Who is next: stories of the line and the room."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from burro.model.job import Needs
from burro.model.placement import PATIENCE, Free, Hand, Waiting, place
from burro.model.room import Room, Stock
from burro.model.walltime import Stay

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


def test_of_two_with_the_same_room_the_one_with_the_shorter_line_goes_first():
    long, short = Free("a", "x", Room(4, BIG), Room(2, BIG), line=9), Free("b", "y", Room(4, BIG), Room(2, BIG), line=1)
    assert placed([job(1)], long, short) == [Hand(1, "b", 1)]


def test_a_job_goes_only_to_its_pool():
    assert placed([job(1, pool="far")], worker(2)) == []
    assert placed([job(1, pool="far")], worker(2), worker(1, name="f", pool="far")) == [Hand(1, "f", 1)]


def test_memory_counts_as_cpus_do():
    assert placed([job(1, ready=9, mem=2**30)], worker(8, mem=3 * 2**30)) == [Hand(1, "w", 3)]


def test_short_tasks_are_handed_ahead_but_only_of_the_first_in_line():
    assert placed([job(1, ready=1000, ahead=50.0)], worker(2)) == [Hand(1, "w", 100)]
    assert placed([job(1, ready=1000, ahead=50.0)], worker(-50, of=2)) == [Hand(1, "w", 48)]
    assert placed([job(1, cpus=9), job(2, ready=1000, ahead=50.0)], worker(2, of=9)) == [Hand(2, "w", 2)]


def test_short_single_jobs_are_handed_ahead_one_after_another():
    line = [job(number, ahead=3.0) for number in range(1, 9)]
    assert placed(line, worker(2)) == [Hand(number, "w", 1) for number in range(1, 7)]
    assert placed([*line[:3], job(9), *line[3:]], worker(2)) == [Hand(number, "w", 1) for number in (1, 2, 3)]


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


def needing(number, *, ready=1, most=None, time_min=None, odd=None, ahead=1.0, **needs):
    return Waiting(number, Needs(**needs), ready, "any", ahead, most, time_min, odd)


def gpus(number, *, of=None, cpus=8, name="w"):
    return Free(name, "local", Room(cpus, BIG, of or number), Room(cpus, BIG, number))


LICENCES = (("licence", 1),)


def lent(line, *workers, free, of, blocked=None):
    return list(
        place(line, workers, blocked=blocked or {}, stocks={"local": Stock({"licence": of}, {"licence": free})})
    )


def test_gpus_count_as_cpus_do():
    assert placed([needing(1, ready=9, gpus=2)], gpus(5)) == [Hand(1, "w", 2)]
    assert placed([needing(1, gpus=1), needing(2)], gpus(0, of=2)) == [Hand(2, "w", 1)]


def test_counters_of_the_pool_are_shared_by_its_workers():
    line = [needing(1, ready=9, counters=LICENCES)]
    both = (worker(8, name="a"), worker(8, name="b"))
    assert sum(hand.count for hand in lent(line, *both, free=3, of=3)) == 3
    assert lent([*line, needing(2)], worker(4), free=0, of=3) == [Hand(2, "w", 1)]


def test_counters_are_not_handed_ahead():
    assert lent([needing(1, ready=100, ahead=50.0, counters=LICENCES)], worker(2), free=3, of=3) == [Hand(1, "w", 3)]


def test_what_waits_for_a_counter_or_can_never_fit_keeps_no_short_tasks_from_being_handed_ahead():
    line = [needing(1, counters=LICENCES), needing(2, gpus=9), job(3, ready=1000, ahead=50.0), job(4)]
    assert lent(line, worker(2), free=0, of=3) == [Hand(3, "w", 100)]
    assert lent(line, worker(-50, of=2), free=0, of=3) == [Hand(3, "w", 48)]


def test_a_limit_on_an_array_holds_over_all_workers_and_kinds_of_its_tasks():
    line = [needing(1, ready=9, most=3, odd=(None, False)), needing(1, ready=9, most=3, odd=(7, False))]
    hands = placed(line, worker(2, name="a"), worker(2, name="b"))
    assert sum(hand.count for hand in hands) == 3


def test_short_tasks_of_a_limited_array_are_not_handed_ahead_beyond_it():
    assert placed([needing(1, ready=100, ahead=50.0, most=4)], worker(2)) == [Hand(1, "w", 4)]


def test_a_worker_that_ends_before_a_task_could_gets_it_not():
    ends = Free("w", "local", Room(4, BIG), Room(4, BIG), Stay(100.0))
    assert placed([needing(1, time_min=101.0), needing(2, time_min=99.0)], ends) == [Hand(2, "w", 1)]


def test_what_runs_alone_waits_for_an_idle_worker_and_keeps_it():
    alone = needing(1, ready=3, odd=(None, True))
    busy = Free("w", "local", Room(4, BIG), Room(3, BIG), idle=False)
    assert placed([alone, needing(2)], busy) == [Hand(2, "w", 1)]
    assert placed([alone, needing(2)], worker(4)) == [Hand(1, "w", 1, (None, True))]
    assert placed([alone, needing(2)], busy, blocked={1: PATIENCE + 1}) == []


def test_a_patient_job_that_lacks_a_counter_keeps_the_counter_and_not_the_cpus():
    line = [needing(1, counters=(("licence", 2),)), needing(2, counters=LICENCES), needing(3)]
    assert lent(line, worker(4), free=1, of=2) == [Hand(2, "w", 1), Hand(3, "w", 1)]
    assert lent(line, worker(4), free=1, of=2, blocked={1: PATIENCE + 1}) == [Hand(3, "w", 1)]


def test_what_can_never_fit_keeps_nobody_else_waiting():
    line = [needing(1, cpus=9), needing(2, gpus=1), needing(3, counters=(("licence", 9),)), needing(4)]
    patient = dict.fromkeys((1, 2, 3), PATIENCE + 1)
    assert lent(line, worker(4), free=2, of=2, blocked=patient) == [Hand(4, "w", 1)]


def test_a_patient_job_keeps_only_workers_that_can_hold_it():
    line = [job(1, cpus=8), job(2, ready=3)]
    small, large = worker(2, name="small"), worker(4, of=8, name="large")
    assert placed(line, small, large, blocked={1: PATIENCE + 1}) == [Hand(2, "small", 2)]


def test_nobody_gets_what_it_does_not_see():
    blind = replace(worker(8), worker="blind", unseen={"/ds"})
    assert placed([replace(job(1), dataset="/ds"), job(2)], blind, worker(1)) == [Hand(1, "w", 1), Hand(2, "blind", 1)]
    assert placed([replace(job(1), dataset="/ds")], blind) == []


def test_what_is_rooted_passes_by_machines_elsewhere_unless_it_names_them():
    far = replace(worker(4, name="far", pool="gpu"), elsewhere=True)
    assert placed([replace(job(1), rooted=True), job(2)], far, worker(1)) == [Hand(1, "w", 1), Hand(2, "far", 1)]
    assert placed([replace(job(1, pool="gpu"), rooted=True)], far) == [Hand(1, "far", 1)]
