"""Questions to a scheduler that answers, fails, hangs or is not there."""

from __future__ import annotations

import asyncio
import os

import pytest

from burro.base.errors import BurroError
from burro.pools.client import Client, Here
from burro.pools.following import look, may_ask_again
from burro.pools.scheduler import Answer, Declined, NoWord, Question, Sight, Stage
from burro.pools.variables import Variables
from tests.crew import is_alive, kill
from tests.waiting import until


class Shells:
    """A scheduler whose commands are lines of shell: what it says can be chosen."""

    name = "shells"
    variables = Variables(("SET_",), kept=("SET_KEPT",))

    def __init__(self):
        self.pinged = "true"
        self.queued = "true"
        self.remembered = ()

    def ping(self):
        return question(self.pinged)

    def queue(self):
        return question(self.queued, sights)

    def past(self, *, ids, marks, since):
        return [question(text, sights) for text in self.remembered]


def question(line, read=lambda answer: answer, **how):
    def checked(answer: Answer):
        if answer.code == 3:
            raise NoWord(answer.err)
        if answer.code == 4:
            raise Declined(answer.err)
        return read(answer)

    return Question(("sh", "-c", line), checked, **how)


def sights(answer):
    found = [line.split() for line in answer.out.splitlines()]
    return [Sight(id=job, mark=mark, word=stage, stage=Stage(stage)) for job, mark, stage in found]


@pytest.fixture
def shells():
    return Shells()


@pytest.fixture
def client(shells, tmp_path):
    env = {**os.environ, "SET_BY": "a profile", "SET_KEPT": "by the user"}
    return Client(shells, env=env, directory=str(tmp_path))


def test_an_answer_is_read_with_all_that_belongs_to_it(client, tmp_path):
    told = asyncio.run(client.ask(question("cat; pwd; echo $SET_BY $SET_KEPT; echo no >&2; exit 5", text="asked\n")))

    assert told == Answer(5, f"asked\n{tmp_path}\nby the user\n", "no\n")
    assert (client.rest, client.trouble) == (0, None)


def test_who_does_not_answer_is_left_in_peace_for_longer_each_time(client):
    async def story():
        rests = []
        for _ in range(4):
            client.wake()
            with pytest.raises(NoWord):
                await client.ask(question("echo gone >&2; exit 3"))
            rests.append(client.rest)
        with pytest.raises(NoWord, match="gone") as silence:
            await client.ask(question("echo here"))
        assert not silence.value.sent
        client.wake()
        await client.ask(question("echo here"))
        return rests

    assert [round(rest) for rest in asyncio.run(story())] == [1, 2, 5, 10]
    assert (client.rest, client.trouble) == (0, None)


def test_a_refusal_is_an_answer(client):
    with pytest.raises(Declined, match="no"):
        asyncio.run(client.ask(question("echo no >&2; exit 4")))

    assert (client.rest, client.trouble) == (0, None)


def test_without_an_answer_to_ping_nothing_is_asked(client, shells, tmp_path):
    shells.pinged = "echo down >&2; exit 3"

    with pytest.raises(NoWord, match="down") as silence:
        asyncio.run(client.ask(question("touch asked")))

    assert not silence.value.sent
    assert not (tmp_path / "asked").exists()


def test_of_many_questions_in_a_row_only_the_first_has_a_ping_before_it(client, shells, tmp_path):
    shells.pinged = "echo ping >> asked"

    async def story():
        for _ in range(3):
            await client.ask(question("echo question >> asked"), in_a_row=True)

    asyncio.run(story())
    asked = (tmp_path / "asked").read_text().split()
    assert (asked[:2], asked.count("question")) == (["ping", "question"], 3)
    assert asked.count("ping") < 3


def test_what_takes_too_long_is_ended_with_all_its_children(client, tmp_path):
    asked = question("sleep 1000 & echo $! > child; wait", within=0.5)

    with pytest.raises(NoWord, match=r"sh did not end within 0\.5 s") as silence:
        asyncio.run(client.ask(asked))

    assert silence.value.sent
    child = int((tmp_path / "child").read_text())
    until(lambda: not is_alive(child), within=10)


def test_who_has_left_the_session_holds_nothing_up(client, tmp_path):
    asked = question("setsid sleep 1000 & echo $! > child; wait", within=0.5)
    before = len(os.listdir("/proc/self/fd"))

    with pytest.raises(NoWord, match="did not end"):
        asyncio.run(client.ask(asked))

    assert len(os.listdir("/proc/self/fd")) == before
    kill(int((tmp_path / "child").read_text()))


def test_who_stops_waiting_leaves_nothing_running(client, tmp_path):
    os.mkfifo(tmp_path / "begun")

    async def story():
        asking = asyncio.create_task(client.ask(question("echo $$ > child; echo > begun; exec sleep 1000")))
        await asyncio.to_thread((tmp_path / "begun").read_text)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking

    asyncio.run(story())
    assert not is_alive(int((tmp_path / "child").read_text()))


@pytest.mark.parametrize("argv", [("no-such-command", "x"), ("env", "A=b", "no-such-command")])
def test_a_command_that_is_not_there_is_named(client, argv):
    with pytest.raises(NoWord, match="there is no no-such-command on the PATH") as silence:
        asyncio.run(client.ask(Question(argv, lambda answer: answer)))
    assert not silence.value.sent


class Elsewhere(Here):
    def words(self, argv):
        return ["env", "AT=login", *argv]


def test_a_way_leads_elsewhere(shells, tmp_path):
    client = Client(shells, env=os.environ, directory=str(tmp_path), way=Elsewhere())
    assert asyncio.run(client.ask(question("echo $AT"))).out == "login\n"


def looked(client, wanted):
    return {mark: sight.id for mark, sight in asyncio.run(look(client, wanted, since=0.0)).items()}


def test_one_question_is_enough_where_it_tells_of_all(client, shells, tmp_path):
    shells.queued = "echo 1 a running; echo 2 b waiting; echo 3 c ended"
    shells.remembered = ("touch asked",)

    assert looked(client, {"a": "1", "b": None}) == {"a": "1", "b": "2"}
    assert not (tmp_path / "asked").exists()


def test_who_is_not_in_the_queue_is_looked_for_in_the_past(client, shells):
    shells.queued = "echo 1 a running"
    shells.remembered = ("exit 3", "echo 2 b ended; echo 1 a ended")

    assert looked(client, {"a": "1", "b": "2", "c": None}) == {"a": "1"}  # silence: the rest is not asked
    shells.remembered = ("exit 4", "echo 2 b ended; echo 1 a ended")
    client.wake()
    assert looked(client, {"a": "1", "b": "2", "c": None}) == {"a": "1", "b": "2"}


def test_an_id_that_is_known_counts_more_than_a_name_that_others_may_have_taken(client, shells):
    shells.queued = "echo 1 other running; echo 5 a ended; echo 6 a waiting"
    assert looked(client, {"mine": "1", "a": None}) == {"mine": "1", "a": "6"}


def test_a_queue_that_does_not_answer_tells_nothing_of_anybody(client, shells):
    shells.queued = "exit 3"
    with pytest.raises(BurroError):
        looked(client, {"a": "1"})


def test_a_request_that_was_not_answered_is_repeated_only_when_it_was_long_not_seen():
    assert not may_ask_again(asked_at=100.0, looks=[])
    assert not may_ask_again(asked_at=100.0, looks=[50.0, 95.0, 300.0])
    assert not may_ask_again(asked_at=100.0, looks=[110.0, 150.0])
    assert may_ask_again(asked_at=100.0, looks=[110.0, 150.0, 200.0])
