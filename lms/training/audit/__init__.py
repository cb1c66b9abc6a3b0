"""The auditor: replays the events of training and proves what must always hold.

Read-only. Each finding is a sentence for the operator under the number of its invariant; no finding
means that every state follows from its chain of events, that no class was ever over capacity, and
that nobody was passed over:

1 capacity at every commit; 2 one open seat; 3 one live need; 4 no idle place while somebody waits;
5 who is promoted was first, and a stored allotment gives the same order again; 6 numbers; 7 chains,
and what follows from them; 8 one deed for one form; 9 who, and by which rule; 10 only declared
moves, a fixed result only by make-up or by two persons; 11 marks; 18 one notice; 19 no two places at
once; 20 capacity, time and spelling.

12 to 17 are about certificates, and their own auditor proves them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from lms.training.audit import allotments, chains, marks, moments, rows
from lms.training.audit.findings import Finding
from lms.training.audit.story import Story, read_story

__all__ = ["AuditReport", "Finding", "audit"]


@dataclass(frozen=True)
class AuditReport:
    """How much was looked at, and what was found."""

    events: int
    seats: int
    findings: tuple[Finding, ...]

    @property
    def is_clean(self) -> bool:
        """Say whether everything holds."""
        return not self.findings


def audit(session: Session, *, now: datetime) -> AuditReport:
    """Replay every event in order and compare with what the tables say."""
    story = read_story(session)
    return AuditReport(len(story.events), len(story.seats), tuple(_prove(session, story, now)))


def _prove(session: Session, story: Story, now: datetime) -> Iterator[Finding]:
    yield from moments.prove(story, now)
    yield from chains.prove(session, story)
    yield from rows.prove(session, story)
    yield from marks.prove(session, story)
    yield from allotments.prove(session, story)
