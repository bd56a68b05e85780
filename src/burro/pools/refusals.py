"""What a scheduler says when it does not take a request, as a sentence: the same reading for all of them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .scheduler import Declined

Refusal = tuple[str, str, bool]  # a pattern, the sentence with the places of its groups, whether it may pass


def refusal(said: str, refusals: Iterable[Refusal]) -> Declined | None:
    """The first of these that a scheduler said; None where it said none of them."""
    for pattern, sentence, passing in refusals:
        found = re.search(pattern, said)
        if found is not None:  # of alternatives only one has its group
            return Declined(sentence.format(*(part for part in found.groups() if part is not None)), passing=passing)
    return None
