"""What the papers of a list will say: taken when it is proposed, and printed so once it is approved.

The second officer, and whoever signs the decision, decide about the list as it was proposed. What changes in a
roster afterwards is told to the second officer, and never printed unseen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from lms.certificates.earning import Earner, Matter
from lms.certificates.issuers import Decision, Issuer
from lms.certificates.models import ApprovalEntry, Certificate
from lms.certificates.refusals import TextUnprintable
from lms.certificates.sources import take_facts
from lms.press.facts import Facts
from lms.printing.letters import unprintable

_PRINTED = tuple(field.name for field in fields(Facts))
_GIVEN_BY_THE_BOOK = {"number": "0001/2026/GCN", "code": "00000", "book_entry": "0001"}


def facts_to_print(
    session: Session,
    matter: Matter,
    people: Sequence[Earner],
    *,
    issuer: Issuer,
    decision: Decision,
    replaces: Certificate | None = None,
) -> dict[str, dict[str, Any]]:
    """Return by subject what each paper will say, but for what the book gives; `team_id` stands beside it.

    Raises:
        TextUnprintable: a name, a title or the decision has letters that no font of the house can print.
    """
    note = f"Thay thế giấy số {replaces.snapshot['number']}" if replaces is not None else ""
    found = take_facts(session, matter, people, issuer=issuer, decision=decision)
    seen = set[str]()
    for facts in found.values():
        facts["note"] = note
        for text in {facts[key] for key in _PRINTED if isinstance(facts.get(key), str)} - seen:
            if letters := unprintable(text):
                raise TextUnprintable(text, letters)
            seen.add(text)
        # Whatever else the press would not take is refused here too, where no number hangs on it.
        Facts.read(facts | _GIVEN_BY_THE_BOOK)
    return found


def changed_names(entries: Sequence[ApprovalEntry], fresh: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return whose papers would say something else if the list were proposed today."""
    return [
        str((entry.facts or {}).get("name", ""))
        for entry in entries
        if entry.subject in fresh and (entry.facts or {}) | {"team_id": entry.team_id} != fresh[entry.subject]
    ]


def preview_facts(entry: ApprovalEntry, sample: Facts) -> Facts:
    """Return an entry as its paper will show it, with the sample's number, code and day where there are none yet."""
    told = {key: str(value) for key, value in (entry.facts or {}).items() if key in _PRINTED and key != "address"}
    date.fromisoformat(told.get("issued", sample.issued))
    return Facts.read({key: getattr(sample, key) for key in _PRINTED} | told)
