"""The second officer's answer to a list: approved and numbered, or refused, or taken back by its proposer.

What is approved is judged afresh when the second officer says yes; until then nothing is numbered.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lms.access import Actor
from lms.certificates.conditions import (
    allow,
    check_people,
    check_province,
    chosen_earners,
    hold_matter,
    refuse_certified,
    still_earned,
)
from lms.certificates.earning import Matter, find_matter
from lms.certificates.issuers import Decision, Issuer
from lms.certificates.models import ApprovalEntry, ApprovalList, Certificate, CertificateTemplate
from lms.certificates.numbering import lock_books_of, number_list
from lms.certificates.pressing import demand_same_signing, queue_papers
from lms.certificates.printing_facts import changed_names, facts_to_print
from lms.certificates.proposals import LISTS_PATH, record_list
from lms.certificates.refusals import AlreadyDecided, NotTheAsker, ReasonMissing, SamePerson
from lms.db import locked
from lms.errors import NotFound, Refused
from lms.journal.rules import notify
from lms.people.models import Account
from lms.words import nfc

NUMBERED_AT_ONCE = 50
"""So many get their numbers with the approval itself; the worker numbers the rest."""


def approve_list(session: Session, *, by: Actor, list_id: int, is_unsigned: bool, now: datetime) -> ApprovalList:
    """Approve a list as the second person: numbers are given to what was proposed, and its papers ordered.

    `is_unsigned` says that papers made today bear no signature, as the settings have it.

    Raises:
        NotFound: not of the officer's province.
        SamePerson: the proposer.
        SigningChanged: when the list was proposed, papers were signed and are not any more, or the other way round.
        AlreadyDecided, NobodyChosen, NotEarned, AlreadyCertified, NoLongerLive: as they say.
    """
    approved = _own_list(session, by, list_id)
    allow(why_not_approve(approved, by))
    if approved.template_id is not None:
        demand_same_signing(session.get_one(CertificateTemplate, approved.template_id), is_unsigned=is_unsigned)
    matter = _matter_of(session, by, approved)
    hold_matter(session, matter)
    entries = _open_entries(session, list_id)
    decision = Decision(approved.decision_number, approved.decision_date)
    replaced = _replaced(session, entries)
    people = still_earned(session, matter, [entry.subject for entry in entries], replaced=replaced)
    refuse_certified(session, people, but={old.id for old in replaced.values()})
    check_people(people, decision)
    lock_books_of(session, approved, entries)
    approved.approved_at, approved.approved_by_id = now, by.account_id
    session.flush()
    number_list(session, list_id=list_id, now=now, at_most=NUMBERED_AT_ONCE)
    queue_papers(session, approved, by=by, now=now)
    record_list(session, by, "approve", approved, now, people=len(people))
    _answer(session, by, approved, "đã duyệt", "", now)
    return approved


def refuse_list(session: Session, *, by: Actor, list_id: int, answer: str, now: datetime) -> ApprovalList:
    """Say no to a list as the second person, with the reason; everybody on it can be proposed again.

    Raises:
        NotFound, SamePerson, AlreadyDecided: as for approving.
        ReasonMissing: no reason is given.
    """
    refused = _own_list(session, by, list_id)
    allow(why_not_approve(refused, by))
    if not nfc(answer):
        raise ReasonMissing
    _close(session, by, refused, nfc(answer), now)
    record_list(session, by, "refuse", refused, now, answer=refused.refusal)
    _answer(session, by, refused, "không được duyệt", refused.refusal, now)
    return refused


def take_back_list(session: Session, *, by: Actor, list_id: int, now: datetime) -> ApprovalList:
    """Take back a list one has proposed oneself.

    Raises:
        NotFound, AlreadyDecided: as for approving.
        NotTheAsker: somebody else proposed it.
    """
    taken_back = _own_list(session, by, list_id)
    allow(why_not_take_back(taken_back, by))
    _close(session, by, taken_back, "", now)
    record_list(session, by, "take_back", taken_back, now)
    return taken_back


def order_papers_again(session: Session, *, by: Actor, list_id: int, now: datetime) -> ApprovalList:
    """Ask once more for the numbers and papers of an approved list that are still missing.

    Raises:
        NotFound: not of the officer's province, or not approved.
        PapersUnderWay: that work has not ended.
    """
    approved = _own_list(session, by, list_id)
    if approved.state != "approved":
        raise NotFound(f"approved list {list_id}")
    queue_papers(session, approved, by=by, now=now)
    return approved


def changed_since(session: Session, *, by: Actor, listed: ApprovalList, issuer: Issuer) -> list[str]:
    """Return whose papers would say something else if a waiting list were proposed today.

    They are printed as they stand on the list all the same; whoever wants it otherwise refuses the list.
    """
    entries = _open_entries(session, listed.id)
    matter = _matter_of(session, by, listed)
    replaced = _replaced(session, entries)
    people = chosen_earners(session, matter, {entry.subject for entry in entries}, replaced)
    decision = Decision(listed.decision_number, listed.decision_date)
    fresh = facts_to_print(session, matter, people, issuer=issuer, decision=decision, replaced=replaced)
    return changed_names(entries, fresh)


def why_not_approve(proposed: ApprovalList, by: Actor) -> Refused | None:
    """Say why this officer cannot say yes or no to a list, or None."""
    if proposed.state != "proposed":
        return AlreadyDecided(outcome_of(proposed))
    return SamePerson() if proposed.proposed_by_id == by.account_id else None


def why_not_take_back(proposed: ApprovalList, by: Actor) -> Refused | None:
    """Say why this officer cannot take a list back, or None."""
    if proposed.state != "proposed":
        return AlreadyDecided(outcome_of(proposed))
    return None if proposed.proposed_by_id == by.account_id else NotTheAsker()


def outcome_of(decided: ApprovalList) -> str:
    """Return how a list ended: "accepted", "refused", or "taken_back" by who had proposed it."""
    if decided.approved_at is not None:
        return "accepted"
    return "taken_back" if decided.refused_by_id == decided.proposed_by_id else "refused"


def _own_list(session: Session, by: Actor, list_id: int) -> ApprovalList:
    found = locked(session, ApprovalList, list_id)
    check_province(by, found.province_code, f"list {list_id}")
    return found


def _matter_of(session: Session, by: Actor, listed: ApprovalList) -> Matter:
    return find_matter(
        session, by=by, kind=listed.kind, class_id=listed.class_id, about=listed.about,
        province_code=listed.province_code,
    )  # fmt: skip


def _open_entries(session: Session, list_id: int) -> Sequence[ApprovalEntry]:
    return session.scalars(
        select(ApprovalEntry)
        .where(ApprovalEntry.list_id == list_id, ApprovalEntry.settled_at.is_(None))
        .order_by(ApprovalEntry.position)
    ).all()


def _replaced(session: Session, entries: Sequence[ApprovalEntry]) -> dict[str, Certificate]:
    """Return by subject the certificates whose place the entries are to take."""
    ids = [entry.replaces_id for entry in entries if entry.replaces_id is not None]
    rows = session.scalars(select(Certificate).where(Certificate.id.in_(ids))) if ids else ()
    return {old.subject: old for old in rows}


def _close(session: Session, by: Actor, ended: ApprovalList, answer: str, now: datetime) -> None:
    ended.refused_at, ended.refused_by_id, ended.refusal = now, by.account_id, answer[:300]
    session.flush()
    session.execute(
        update(ApprovalEntry)
        .where(ApprovalEntry.list_id == ended.id, ApprovalEntry.settled_at.is_(None))
        .values(settled_at=now)
    )


def _answer(session: Session, by: Actor, decided: ApprovalList, words: str, answer: str, now: datetime) -> None:
    asker = session.get(Account, decided.proposed_by_id) if decided.proposed_by_id is not None else None
    if asker is not None:
        text = f"Danh sách cấp giấy chứng nhận “{decided.title}” {words}." + (f" Lý do: {answer}." if answer else "")
        notify(session, person_id=asker.person_id, template="list-decided", event=f"list-{decided.id}-decided",
               text=text, now=now, path=LISTS_PATH)  # fmt: skip
