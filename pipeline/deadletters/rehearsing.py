"""The rehearsal: what would become of letters if they were run now, with what would change in samples of them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from distributor.endings import Tally
from pipeline.deadletters.pace import MOST
from pipeline.deadletters.rerunning import Endings
from pipeline.deadletters.sources import Sources
from pipeline.passes.samples import sample
from pipeline.store.letter_search import Filter


@dataclass(slots=True)
class Rehearsal:
    """What was predicted: an ending for each letter, the same added up, and samples of changes, field by field."""

    sources: Sources = field(repr=False)
    endings: Endings = field(default_factory=dict)
    tally: Tally = field(default_factory=Tally)
    samples: list[dict[str, Any]] = field(default_factory=list)

    async def again(self, wanted: Filter, replay: int | None = None) -> None:
        """Predict for all open letters of the filter; with ``replay`` for those that it did not run yet."""
        self.endings, self.tally, self.samples = {}, Tally(), []
        async for source, letters in self.sources.all(wanted, replay, MOST):
            ended = await source.rehearse(letters)
            # Only how they ended is kept: the bodies of all entities of a large group would fill the memory.
            self.endings |= {name: replace(ending, effects=()) for name, ending in ended.items()}
            for name, ending in ended.items():
                self.tally.add(ending)
                for effect in ending.effects:
                    sample(self.samples, name, effect)


async def rehearse(sources: Sources, wanted: Filter) -> Rehearsal:
    """Predict what a replay of these letters does. Writes and publishes nothing; may be repeated."""
    rehearsal = Rehearsal(sources)
    await rehearsal.again(wanted)
    return rehearsal
