"""What Slurm's commands say when they do not do what they were asked: who said no, and who only did not answer."""

from __future__ import annotations

import re

from .refusals import refusal
from .scheduler import Answer, Declined, NoWord
from .slurm_reasons import limit_in_words

# After these nobody knows whether the controller heard the question; a job may well be accepted (measured).
_SILENT = (
    (r"Socket timed out", "the controller of Slurm does not answer in time"),
    (r"Unable to contact slurm controller", "the controller of Slurm cannot be reached"),
    (
        r"Munge (en|de)code failed|[Pp]rotocol authentication error|[Aa]uthentication error",
        "munge does not answer here",
    ),
    (
        r"Unable to process configuration file|cannot stat file|Could not establish a configuration",
        "no slurm.conf here",
    ),
    (r"Incompatible versions of client and server", "Slurm's commands here and its controller do not fit together"),
    (r"Zero Bytes were transmitted|Unexpected message received|Transport endpoint|Connection (refused|reset)", ""),
    (
        r"in standby mode|[Cc]ommunication connection failure|No route to host",
        "the controller of Slurm cannot be reached",
    ),
)
_CORRECT = "correct the pool's options"
_IN_SCRIPT = "correct it in the script, or in the pool's options"

# The sentence, and whether the same may be taken later.
_NO = (
    (r"invalid partition specified: (\S+)", f"Slurm has no partition '{{0}}'; see: sinfo -s, and {_CORRECT}", False),
    (r"Invalid partition name", f"Slurm has no such partition; see: sinfo -s, and {_CORRECT}", False),
    (
        r"Invalid account|account/partition combination",
        f"the account is not yours, or not for this partition; see: sacctmgr show associations, and {_CORRECT}",
        False,
    ),
    (r"Invalid qos", f"the QOS is not yours, or not for this partition; see: sacctmgr show qos, and {_CORRECT}", False),
    (
        r"time limit is invalid|Invalid --time",
        "Slurm does not give so much time there; set the pool's time lower",
        False,
    ),
    (r"node configuration is not available|Memory specification", f"no node has what is asked for; {_CORRECT}", False),
    (r"partition configuration not available", f"the partition cannot give what is asked for; {_CORRECT}", False),
    (r"(Invalid (?:feature|license|node name|generic resource)[^\n]*)", f"Slurm says: {{0}}; {_CORRECT}", False),
    (r"([Rr]eservation is invalid|Access denied to requested reservation)", f"the {{0}}; {_CORRECT}", False),
    (r"(unrecognized option [^\n]*|[Ii]nvalid (?:option|argument|--)[^\n]*)", f"sbatch says: {{0}}; {_CORRECT}", False),
    (r"group not permitted|Access/permission denied", f"you may not use that partition or account; {_CORRECT}", False),
    (r"Required partition not available", "the partition takes nothing for now", True),
    (r"temporarily unable to accept job|Resource temporarily unavailable", "Slurm takes no more jobs for now", True),
    (r"error writing script|No space left", "the controller of Slurm could not write; its disk may be full", True),
    (r"[Ss]ubmission disabled|[Mm]aintenance", "Slurm takes no jobs for now", True),
)
_POLICY = re.compile(r"\b((?:QOS|Assoc)\w+)\b")
_OF_NUMBER = re.compile(r"SubmitJob|MaxJobs|GrpJobs")  # limits that are there again when others have ended


def of_script(no: Declined) -> Declined:
    """The same for what has option lines of its own."""
    return Declined(str(no).replace(_CORRECT, _IN_SCRIPT), passing=no.passing)


def trouble(answer: Answer, command: str) -> NoWord | Declined:
    """What a command that failed means."""
    said = f"{answer.err}\n{answer.out}"
    for pattern, sentence in _SILENT:
        if re.search(pattern, said):
            return NoWord((sentence and f"{sentence} ({_last(said)})") or _last(said))
    if command == "sbatch":
        return _refusal(answer, said)
    return NoWord(f"{command} failed: {_last(said) or f'exit code {answer.code}'}")


def _refusal(answer: Answer, said: str) -> NoWord | Declined:
    if "Job violates accounting/QOS policy" in said:
        return _over_limit(said)
    known = refusal(said, _NO)
    if known is not None:
        return known
    if "sbatch: " in said and answer.code > 0:
        return Declined(f"sbatch says: {_last(said)}")
    return NoWord(f"sbatch ended with exit code {answer.code} and no id: {_last(said) or 'it said nothing'}")


def _over_limit(said: str) -> Declined:
    found = _POLICY.search(said)
    if found is None:
        return Declined("Slurm says that this is more than your account or QOS may have; see: sacctmgr show qos")
    return Declined(limit_in_words(found[1]) or f"Slurm says {found[1]}", passing=bool(_OF_NUMBER.search(found[1])))


def _last(said: str) -> str:
    """The line that says most: of Slurm's commands the last."""
    lines = [line.strip() for line in said.splitlines() if line.strip() and not line.startswith("Try ")]
    return re.sub(r"^(\w+: )?(error|fatal): |^\w+: (?=unrecognized)", "", lines[-1])[:300] if lines else ""
