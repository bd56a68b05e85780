"""Work at another machine: handed ahead, asked back, ended by a lease; its environment, and its way home."""

from __future__ import annotations

import base64
import os
import signal

import pytest

from tests.crew import is_alive
from tests.waiting import until
from tests.worker.test_link_faults import arm


@pytest.fixture
def narrow(fars):
    """One cpu, and a task that waits for the file `go` in it."""
    far = fars(cpus=1).open()
    far.run("echo $$ > up; until [ -e go ]; do sleep 0.05; done", job=1)
    far.until((far.work / "up").exists)
    return far


def outputs(far):
    return {(*message["key"], message["which"]): message for message in far.said if message.get("op") == "output"}


def test_what_is_not_begun_is_given_back_when_it_is_asked_for(narrow):
    narrow.say(op="keep", seconds=None)
    narrow.give(*((2, idx, 1, 1, None) for idx in range(4)), kind="shell", command="true")
    narrow.say(op="return", tasks=[[2, 1, 1], [2, 3, 1], [1, 0, 1], [9, 9, 9]])
    narrow.until(lambda: len(narrow.released) == 2)
    assert narrow.released == [(2, 1, 1), (2, 3, 1)]
    (narrow.work / "go").touch()
    assert [narrow.end_of((2, idx, 1))[1] for idx in (0, 2)] == [0, 0]
    assert set(narrow.ends) == {(1, 0, 1), (2, 0, 1), (2, 2, 1)}


def test_without_a_word_of_keeping_it_is_given_back_soon(narrow):
    narrow.give((2, 0, 1, 1, None), kind="shell", command="true")
    narrow.until(lambda: narrow.released == [(2, 0, 1)])


def test_what_is_kept_is_worked_off_while_the_link_is_away(fars):
    far = fars(cpus=1, keep=None).open()
    far.give(*((1, idx, 1, 1, None) for idx in range(30)), kind="shell", command="echo x >> ran; sleep 0.1")
    far.cut()
    until(lambda: (far.work / "ran").exists() and (far.work / "ran").read_text() == 30 * "x\n", within=20)
    far.link()
    far.until(lambda: len(far.ends) == 30)
    assert far.released == []


def test_a_lease_that_is_over_ends_what_runs_and_says_why(fars):
    far = fars(cpus=1)
    far.settings["lease"] = 1.0
    far.open()
    key = far.run("echo $$ > up; exec sleep 600")
    pid = int(far.text("up"))
    far.say(op="keep", seconds=None)
    far.give((2, 0, 1, 1, None), kind="shell", command="echo > second")
    far.until(lambda: far.answer(op="ping"))
    far.cut()
    until(lambda: not is_alive(pid), within=20)
    until(lambda: any(line.startswith("e 1 0 1 lost") for line in far.journal()), within=20)
    far.link()
    assert far.end_of(key)[::2] == ("lost", "its server was not heard for the 1 second of the lease")
    assert far.hellos[-1]["holds"] == []
    assert not (far.work / "second").exists()


def test_while_the_server_is_heard_a_lease_goes_on(fars):
    far = fars(lease=1.0).open()
    key = far.run("sleep 2.5")
    while key not in far.ends:
        far.say(op="ping", n=1)
        far.until(lambda: True)
    assert far.end_of(key)[:2] == ("exited", 0)


def test_a_lease_outlives_the_worker(fars):
    far = fars()
    far.settings["lease"] = 2.0
    far.open()
    far.run("echo $$ > up; exec sleep 600")
    pid = int(far.text("up"))
    os.kill(far.member("worker"), signal.SIGSTOP)  # it writes down whatever it hears
    heard = (far.directory / "heard").read_text()
    os.kill(far.member("worker"), signal.SIGKILL)
    until(lambda: not is_alive(pid), within=20)
    assert (far.directory / "heard").read_text() == heard


def test_a_lease_that_was_told_with_the_welcome_outlives_the_worker_too(fars):
    far = fars(lease=2.0).open()
    far.run("echo $$ > up; exec sleep 600")
    pid = int(far.text("up"))
    os.kill(far.member("worker"), signal.SIGKILL)
    until(lambda: not is_alive(pid), within=20)


def test_a_worker_that_dies_before_its_lease_is_on_file_is_told_again(fars):
    far = fars(lease=2.0)
    arm(far, "lease.before_write")
    far.link(hello=False)
    until(lambda: (far._pump(), far.links[0].poll())[1] is not None, within=20)
    assert far.text("log").split()[0] == "lease.before_write"
    far.link()
    far.run("echo $$ > up; exec sleep 600")
    pid = int(far.text("up"))
    os.kill(far.member("worker"), signal.SIGKILL)
    until(lambda: not is_alive(pid), within=20)


def test_no_more_memory_is_used_than_the_server_says(fars):
    far = fars(mem=2**30, keep=None).open()
    script = "mkdir lock || exit 1; sleep 0.05; rmdir lock"
    far.give(*((1, idx, 1, 1, None) for idx in range(10)), kind="shell", command=script, mem=6 * 10**8)
    far.until(lambda: len(far.ends) == 10)
    assert {end[4] for end in far.ends.values()} == {0}
    assert far.hellos[0]["mem"] > 2**30


def test_a_job_from_elsewhere_has_the_environment_of_a_login_there_and_what_was_sent(fars):
    far = fars()
    (far.home / ".profile").write_text("export A=machine B=machine\n")
    far.env = {"B": "sent"}
    far.open()
    far.end_of(far.run('echo "$A $B $HOME ${BURRO_ROLE-none} $BURRO_JOB_ID" > said', env_base="machine"))
    assert far.text("said") == f"machine sent {far.home} none 1"
    far.end_of(far.run('echo "${A-none} $B" > alone', job=2))
    assert far.text("alone") == "none sent"


def test_output_goes_before_the_end(far):
    key = far.run("echo hello; echo wrong >&2; exit 3", out="a/x.out", err="x.err", own=True, home=True)
    assert far.end_of(key)[1] == 3
    said = outputs(far)
    assert said[(*key, "out")].items() >= {"path": str(far.work / "a/x.out"), "size": 6, "text": "hello\n"}.items()
    assert said[(*key, "err")].items() >= {"path": str(far.work / "x.err"), "size": 6, "text": "wrong\n"}.items()
    order = [message["op"] for message in far.said if message["op"] == "output" or message.get("ends")]
    assert order == ["output", "output", "report"]


def test_bytes_large_files_missing_ones_and_none_at_all(far):
    raw = far.run(r"printf '\377\000x'", job=1, out="raw", home=True)
    large = far.run("head -c 65537 /dev/zero", job=2, out="large", home=True)
    gone = far.run("rm gone", job=3, out="gone", home=True)
    none = far.run("true", job=4, home=True)
    taken = far.run("echo taken", job=5, out="raw", own=True, home=True)
    for key in (raw, large, gone, none, taken):
        far.end_of(key)
    found = outputs(far)
    assert base64.b64decode(found[(*raw, "out")]["b64"]) == b"\377\0x"
    assert found[(*large, "out")]["size"] == 65537
    assert "text" not in found[(*large, "out")]
    assert found[(*gone, "out")]["error"] == "No such file or directory"
    assert (*none, "out") not in found
    assert found[(*taken, "out")]["path"] != str(far.work / "raw")
    assert found[(*taken, "out")]["text"] == "taken\n"


def test_an_end_that_came_while_nobody_listened_brings_its_output_too(far):
    key = far.run("until [ -e go ]; do sleep 0.05; done; echo late", out="x", home=True)
    far.until(lambda: far.starts)
    far.cut()
    (far.work / "go").touch()
    far.until(lambda: any(line.startswith("e ") for line in far.journal()))
    far.link()
    assert far.hellos[-1]["ends"] == []
    assert far.hellos[-1]["holds"] == [list(key)]
    assert far.end_of(key)[1] == 0
    assert outputs(far)[(*key, "out")]["text"] == "late\n"


def test_a_worker_that_dies_between_output_and_end_tells_both_again(fars):
    far = fars()
    far.there |= {"BURRO_TESTING": "1", "BURRO_FAILPOINT": "report.after_outputs:2=kill9"}  # 1: the start
    far.there |= {"BURRO_FAILPOINT_ONCE": str(far.work / "spent")}
    far.open()
    key = far.run("sleep 0.3; echo once | tee -a ran", out="x", home=True)
    until(lambda: (far._pump(), far.links[0].poll())[1] is not None, within=20)
    assert (far.work / "spent").exists()
    assert outputs(far) == {}
    far.link()
    assert far.end_of(key)[1] == 0
    assert outputs(far)[(*key, "out")]["text"] == "once\n"
    assert far.text("ran") == "once"


def test_where_nothing_can_be_started_what_waits_is_given_back_and_not_failed(narrow):
    narrow.say(op="keep", seconds=None)
    rows = [(job, 0, 1, 1, None) for job in range(2, 42)]
    specs = {str(row[0]): narrow._spec(row[0], kind="argv", command=["not-here"]) for row in rows}
    narrow.say(op="work", specs=specs, envs={"e": narrow.env}, tasks=rows)
    (narrow.work / "go").touch()
    narrow.until(lambda: len(narrow.ends) + len(narrow.released) == 41)
    assert len(narrow.released) == 30
