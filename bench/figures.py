"""What a measurement gives: figures, some of them with a target."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Figure:
    """One number; `most` or `least` is its target, where it has one. `beside`: what it was measured against."""

    what: str
    value: float
    unit: str = ""
    most: float | None = None
    least: float | None = None
    beside: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None where there is none."""
        if self.most is not None:
            return self.value <= self.most
        if self.least is not None:
            return self.value >= self.least
        return None

    @property
    def target(self) -> str:
        """The target as the table shows it."""
        if self.most is not None:
            return f"<= {self.most:g} {self.unit}".rstrip()
        return "" if self.least is None else f">= {self.least:g} {self.unit}".rstrip()

    @property
    def row(self) -> tuple[str, ...]:
        """The cells of its line in the table."""
        verdict = {True: "met", False: "NOT MET", None: ""}[self.met]
        return self.what, f"{short(self.value)} {self.unit}".rstrip(), self.target, verdict, self.beside


@dataclass
class Report:
    """What one measurement found."""

    name: str
    figures: list[Figure] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def short(value: float) -> str:
    """A number with as many places as mean something."""
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 100 else f"{value:.3g}"


def table(rows: list[tuple[str, ...]]) -> str:
    """Rows below each other, columns apart."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
