"""Two processes renew one token all the time and are killed at random points, on both stores.

The big version: TOKEN_REFRESHES=1000, or ``python -m tests.support.tokens`` for one store.
"""

from __future__ import annotations

import os
from pathlib import Path

from tests.support.tokens.storm import Figures, storm

REFRESHES = int(os.environ.get("TOKEN_REFRESHES", "40"))
TOLD_WITHIN = 60.0


def check_all_storms(figures: Figures) -> None:
    print(figures.shown())
    assert figures.kills > REFRESHES / 40
    assert figures.most_at_once == 1
    assert figures.lost_after_receipt == 0


async def test_no_consent_is_lost_where_the_issuer_takes_a_used_token_again_for_a_while(
    store_url: str, tmp_path: Path
) -> None:
    figures = await storm(store_url, tmp_path, grace=30, refreshes=REFRESHES)
    check_all_storms(figures)
    assert figures.lost == figures.refusals == figures.notices == 0
    assert figures.refreshes + figures.repeated >= REFRESHES


async def test_without_a_grace_none_is_lost_once_received_and_the_rest_is_told_and_not_asked_again(
    store_url: str, tmp_path: Path
) -> None:
    figures = await storm(store_url, tmp_path, grace=0, refreshes=REFRESHES)
    check_all_storms(figures)
    assert figures.slowest_told < TOLD_WITHIN
    assert figures.notices == figures.lost
    # Each kill between a refusal and its commit makes one more question of it.
    assert figures.lost <= figures.refusals <= figures.lost + figures.kills
