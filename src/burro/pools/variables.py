"""Variables of a profile, or of a job that the server runs in, that change what a scheduler's commands say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Variables:
    """`beginnings`: how the names begin of those that are left out; `kept`: those that are not for all that."""

    beginnings: tuple[str, ...]
    kept: tuple[str, ...] = ()

    def without(self, env: Mapping[str, str]) -> dict[str, str]:
        """An environment that has none of them."""
        return {name: value for name, value in env.items() if name in self.kept or not name.startswith(self.beginnings)}

    @property
    def shell(self) -> str:
        """The same in the words of a shell, for a machine whose environment is not known here."""
        kept = f"{'|'.join(self.kept)}) ;; " if self.kept else ""
        unwanted = "|".join(f"{beginning}*" for beginning in self.beginnings)
        names = "$(env | sed -n 's/^\\([A-Za-z_][A-Za-z0-9_]*\\)=.*/\\1/p')"
        return f'for v in {names}; do case $v in {kept}{unwanted}) unset "$v" ;; esac; done'
