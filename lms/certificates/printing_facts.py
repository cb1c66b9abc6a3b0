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
from lms.certificates.models import ApprovalEntry, ApprovalList, Certificate, CertificateTemplate, NumberBook
from lms.certificates.refusals import TextUnprintable
from lms.certificates.sources import numbered_facts, take_facts
from lms.certificates.templates import press_template
from lms.errors import Refused
from lms.press import crowded_lines
from lms.press.facts import Facts
from lms.press.lines import lines_of
from lms.press.wording import LINES
from lms.printing.letters import unprintable

_PRINTED = tuple(field.name for field in fields(Facts))
_GIVEN_BY_THE_BOOK = {"number": "0001/2026/GCN", "code": "00000", "book_entry": "0001"}
_LAST_NUMBER, _WIDEST_ID = 99_999, "W" * 21
_OF_THE_ISSUER = "Cơ quan cấp, người ký, địa chỉ tra cứu"


class TextTooLong(Refused):
    """A line of a paper is so long that it has no room, even in the smallest letters."""

    status = 422

    def __init__(self, line: str, text: str) -> None:
        super().__init__(
            f"Dòng “{line}” dài quá nên không in vừa giấy, dù đã dùng chữ nhỏ nhất: “{text[:80]}…”. Chưa thay đổi gì.",
            remedy="Hãy rút gọn (họ tên, tên tổ, tên lớp, số quyết định hoặc chữ trong mẫu giấy) rồi làm lại.",
        )


def facts_to_print(
    session: Session,
    matter: Matter,
    people: Sequence[Earner],
    *,
    issuer: Issuer,
    decision: Decision,
    replaced: Mapping[str, Certificate],
) -> dict[str, dict[str, Any]]:
    """Return by subject what each paper will say, but for what the book gives; `team_id` stands beside it.

    `replaced` are, by subject, the certificates whose place is taken: the new paper names the old one's number.

    Raises:
        TextUnprintable: a name, a title or the decision has letters that no font of the house can print.
    """
    found = take_facts(session, matter, people, issuer=issuer, decision=decision)
    seen = set[str]()
    for subject, facts in found.items():
        old = replaced.get(subject)
        facts["note"] = f"Thay thế giấy số {old.snapshot['number']}" if old is not None else ""
        for text in {facts[key] for key in _PRINTED if isinstance(facts.get(key), str)} - seen:
            if letters := unprintable(text):
                raise TextUnprintable(text, letters)
            seen.add(text)
        # Whatever else the press would not take is refused here too, where no number hangs on it.
        Facts.read(facts | _GIVEN_BY_THE_BOOK)
    return found


def demand_room(session: Session, proposed: ApprovalList, found: Mapping[str, Mapping[str, Any]]) -> None:
    """See to it that every paper of a list can be made as its template wants it.

    Raises:
        TextTooLong: a line has no room; the sentence names it.
    """
    template = press_template(session, session.get_one(CertificateTemplate, proposed.template_id))
    book = session.get_one(NumberBook, proposed.book_id)
    for facts in found.values():
        said = Facts.read(numbered_facts(dict(facts), book=book, number=_LAST_NUMBER, public_id=_WIDEST_ID))
        for line in crowded_lines(template, said):
            raise TextTooLong(LINES.get(line, _OF_THE_ISSUER), lines_of(template, said)[line])


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
