"""Contents of several jobs in the repository, and what each commit has of them."""

from __future__ import annotations

from dataclasses import dataclass

from .declared import Tree
from .ended import Result, Settings
from .git import Git
from .intake import Intake, Taken
from .planning import Plan, planned
from .stream import Stream


@dataclass(frozen=True)
class Gathered:
    """What git, or the annex, has now of files of some jobs, and what HEAD had at their places."""

    tree: Tree
    taken: Taken
    ignored: set[str]
    stream: Stream

    def refuses(self, plan: Plan) -> bool:
        """Whether some file of a job could not be taken."""
        return any(path in self.taken.refused for path in plan.found.files)

    def planned(self, plan: Plan, settings: Settings, *, git: Git) -> Result | None:
        """Fill in what its commit has; a Result where there will be none. In the order of the commits."""
        return planned(
            plan, settings, git=git, tree=self.tree, taken=self.taken, ignored=self.ignored, stream=self.stream
        )


def gathered(git: Git, plans: list[Plan], settings: Settings, *, stream: Stream) -> Gathered:
    """Take the files of these jobs into the repository."""
    places = list(dict.fromkeys(place for plan in plans for place in plan.places))
    tree = Tree(git.tree(git.commit_of("HEAD"), [] if "." in places or len(places) > _MANY else places))
    paths = list(dict.fromkeys(path for plan in plans for path in plan.found.files))
    ignored = git.ignored(paths)
    intake = Intake(git, stream, ingest=settings.ingest, known=tree.entries)
    return Gathered(tree, intake.take([path for path in paths if path not in ignored]), ignored, stream)


_MANY = 2000  # places, from which on all of HEAD is read
