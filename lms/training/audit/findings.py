"""What the auditor finds."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One broken invariant: its number, the row, and what is wrong."""

    invariant: int
    entity: str
    entity_id: int
    sentence: str
