"""`burro reschedule`: schedule again what a record tells of."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from typing import Any

from ..base.errors import UsageError
from ..provenance.choosing import WantedAgain
from ..provenance.dataset import Dataset
from ..provenance.reach import Reach
from ..provenance.rescheduling import Again, grouped, script, write_script
from ..provenance.scheduling import in_slurm, prepared_all, submit_all
from .clean import clean
from .face import Face, note, print_json
from .parser import Parser
from .scheduling import say_scheduled


def parser(verb: str) -> Parser:
    """The parser."""
    examples = (
        "burro reschedule res/fit.csv",
        "burro reschedule 12",
        "burro reschedule --failed",
        "burro reschedule --since v1.0 --report",
    )
    made = Parser(verb, usage="[options] [COMMIT | FILE | JOB]...", examples=examples).json()
    add = made.add_argument
    add("targets", metavar="WHAT", nargs="*", help="a commit, a file that was recorded, or a job (the newest commit)")
    add("-d", "--dataset", metavar="DIR", help="the repository (that of the current directory)")
    add(
        "--since",
        metavar="REV",
        help="all that was recorded after REV, up to COMMIT (HEAD); an empty text: from the beginning",
    )
    add("--failed", action="store_true", help="jobs that failed and were not recorded")
    add("--with-failed-jobs", action="store_true", help="with --since: also what is recorded as failed")
    add("--report", action="store_true", help="say what would be scheduled again, and do nothing")
    add("--script", metavar="FILE", help="write the commands as a script in place of scheduling them; - prints it")
    add("-m", "--message", metavar="TEXT", help="another first line for the commits")
    return made


def main(words: list[str], face: Face) -> int:
    """Schedule again, and say the numbers."""
    options = parser(face.verb).parse(words)
    face = face.at(options.queue)
    if face.elsewhere:
        raise UsageError("a job is scheduled where the repository is; do it there")
    dataset = Dataset.at(options.dataset)
    wanted = WantedAgain(options.targets, options.since, failed=options.failed, bad=options.with_failed_jobs)
    found = wanted.found(face.ask, dataset)
    if not found:
        note("there is nothing to schedule again")
        return 0
    if options.script is not None:
        write_script(script(dataset, found), options.script)
        return 0
    if options.report:
        return _report(found, as_json=options.json)
    return _schedule(face, dataset, found, options)


def _report(found: Sequence[Again], *, as_json: bool) -> int:
    if as_json:
        print_json({"again": [_view(one) for one in found]})
        return 0
    for one in found:
        print(clean(f"{one.source}: {one.wish.command}"))
        print(clean(f"  in {one.directory}, writes {', '.join(one.wish.outputs)}"))
    return 0


def _view(one: Again) -> dict[str, Any]:
    wish = one.wish
    told = {"cmd": wish.command, "outputs": list(wish.outputs), "inputs": list(wish.inputs), "message": wish.message}
    return {"source": one.source, "pwd": one.directory, **told, "chain": list(wish.chain)}


def _schedule(face: Face, dataset: Dataset, found: Sequence[Again], options: Namespace) -> int:
    groups = grouped(dataset, found, message=options.message)
    jobs, remarks = prepared_all(groups, Reach(face.ask, face.queue), ready=False)
    for remark in remarks:
        note(remark)
    in_slurm(face.ask, jobs)
    answers = submit_all(face.ask, dataset, jobs, request=face.request, context=face.context({}, None))
    if options.json:
        print_json({"jobs": answers})
    else:
        say_scheduled(answers)
    return 0
