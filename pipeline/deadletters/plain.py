"""A group of letters in one plain sentence, fit to be sent to the customer whose records they are. Pure."""

from __future__ import annotations

from datetime import datetime

from distributor.causes import RECORD
from pipeline.store.letter_search import Group


def sentence(group: Group, systems: str, now: datetime) -> str:
    """What waits, since when, why, and what helps; without a name of ours."""
    since = f"since {group.first_at:%-d %B}" if group.first_at.date() != now.date() else "since today"
    many = "One record" if group.letters == 1 else f"{group.letters} records"
    if group.stage != RECORD:
        what = "One message has waited" if group.letters == 1 else f"{group.letters} messages have waited"
        return f"{what} {since} because of a fault on our side; nothing is lost, and we send it on when it is mended."
    held = "is" if group.letters == 1 else "are"
    place = f" at {group.field}" if group.field else ""
    them, come = ("it", "it comes") if group.letters == 1 else ("them", "they come")
    return (
        f"{many} from {systems} {held} held back {since}{place}: {group.reason.rstrip('.')}. "
        f"Correct {them} in {systems}, and {come} through at the next reading; nothing is lost."
    )
