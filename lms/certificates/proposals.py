"""Lists of who is to be certified: one officer proposes, another answers, by a decision of the department.

No certificate exists without a decision (quyết định) that has a number and a day, nor by one person alone.
The list keeps how the book stood when it was proposed, and this is printed on it: what is slipped into the
book afterwards no longer fits the paper that was signed.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lms.access import Actor
from lms.certificates.book import begin_book, lock_books, open_book
from lms.certificates.conditions import (
    check_decision,
    check_people,
    check_province,
    check_replaceable,
    hold_matter,
    left_unreplaced,
    refuse_certified,
    refuse_proposed,
    still_earned,
)
from lms.certificates.earning import Earner, Matter, find_matter
from lms.certificates.issuers import Decision, Issuer
from lms.certificates.models import ApprovalEntry, ApprovalList, Certificate, NumberBook
from lms.certificates.printing_facts import demand_room, facts_to_print
from lms.certificates.refusals import AlreadyProposed
from lms.certificates.templates import ensure_template
from lms.clock import vn_date
from lms.db import locked
from lms.errors import NotFound
from lms.journal.rules import record
from lms.training.notices import tell_officers
from lms.words import nfc

LISTS_PATH = "/quan-ly/chung-nhan/"


def propose(
    session: Session,
    *,
    by: Actor,
    kind: str,
    class_id: int | None = None,
    about: str = "",
    chosen: Sequence[str],
    decision: Decision,
    issuer: Issuer,
    now: datetime,
) -> ApprovalList:
    """Propose people (or teams) for a certificate, each by their subject; another officer is asked to approve.

    Whose last certificate was replaced by a number since crossed out is given one in its place.

    Raises:
        NotFound: no such class, skill or programme in the officer's province.
        ClassNotFinalised, NobodyChosen, DecisionUnusable, DecisionTooEarly, NotEarned, AlreadyCertified,
        AlreadyProposed, NameUnprintable, TextUnprintable, TextTooLong: as they say.
    """
    matter = find_matter(session, by=by, kind=kind, class_id=class_id, about=about)
    hold_matter(session, matter)
    check_decision(decision, not_before=date.min, now=now)
    book = open_book(session, f"{matter.province_code}.{issuer.code}", decision.day.year)
    replaced = left_unreplaced(session, matter)
    people = still_earned(session, matter, chosen, replaced=replaced)
    refuse_certified(session, people)
    refuse_proposed(session, people)
    check_people(people, decision)
    facts = facts_to_print(session, matter, people, issuer=issuer, decision=decision, replaced=replaced)
    proposed = _write_list(session, by, matter, decision, issuer, book, now)
    _write_entries(session, proposed, people, facts, replaced)
    _tell_of_list(session, by, proposed, len(people), now)
    return proposed


def propose_reissue(
    session: Session, *, by: Actor, certificate_id: int, decision: Decision, issuer: Issuer, now: datetime
) -> ApprovalList:
    """Propose to replace a certificate by a new one with its own number and the facts of today.

    Of a team it says again what its members of that day had done.

    Raises:
        NotFound: not of the officer's province.
        NotPublished, NoLongerLive, DecisionUnusable, NotEarned, AlreadyProposed, NameUnprintable, TextUnprintable,
        TextTooLong: as they say.
    """
    old = session.get(Certificate, certificate_id)
    if old is None:
        raise NotFound(f"certificate {certificate_id}")
    check_province(by, old.province_code, f"certificate {certificate_id}")
    origin = session.get_one(ApprovalList, old.list_id)
    matter = find_matter(
        session, by=by, kind=old.kind, class_id=origin.class_id, about=origin.about, province_code=old.province_code
    )
    hold_matter(session, matter)
    check_decision(decision, not_before=vn_date(old.numbered_at), now=now)
    book_id = begin_book(session, f"{matter.province_code}.{issuer.code}", decision.day.year)
    lock_books(session, [old.book_id, book_id])
    old = locked(session, Certificate, certificate_id)
    check_replaceable(session, old)
    book, replaced = session.get_one(NumberBook, book_id), {old.subject: old}
    people = still_earned(session, matter, [old.subject], replaced=replaced)
    refuse_proposed(session, people)
    check_people(people, decision)
    facts = facts_to_print(session, matter, people, issuer=issuer, decision=decision, replaced=replaced)
    proposed = _write_list(session, by, matter, decision, issuer, book, now)
    _write_entries(session, proposed, people, facts, replaced)
    _tell_of_list(session, by, proposed, len(people), now)
    return proposed


def _write_list(
    session: Session, by: Actor, matter: Matter, decision: Decision, issuer: Issuer, book: NumberBook, now: datetime
) -> ApprovalList:
    """Write the head of a list, with the locked book as it stands now, and how its papers will look.

    The look is fixed here and shown to the second officer, so that nobody changes it in between alone.
    """
    template = ensure_template(session, province_code=matter.province_code, kind=matter.kind, issuer=issuer, now=now)
    proposed = ApprovalList(
        kind=matter.kind,
        class_id=matter.class_id,
        about=matter.about,
        title=matter.title,
        province_code=matter.province_code,
        template_id=template.id,
        decision_number=nfc(decision.number)[:60],
        decision_date=decision.day,
        proposed_at=now,
        proposed_by_id=by.account_id,
        book_id=book.id,
        seen_line=book.lines,
        seen_head=book.head,
    )
    session.add(proposed)
    session.flush()
    return proposed


def _write_entries(
    session: Session,
    proposed: ApprovalList,
    people: Sequence[Earner],
    facts: dict[str, dict[str, Any]],
    replaced: Mapping[str, Certificate],
) -> None:
    demand_room(session, proposed, facts)
    rows = [
        {
            "list_id": proposed.id,
            "position": position,
            "subject": earner.subject,
            "person_id": earner.person_id,
            "team_id": facts[earner.subject].pop("team_id"),
            "seat_id": earner.seat_id,
            "replaces_id": replaced[earner.subject].id if earner.subject in replaced else None,
            "facts": facts[earner.subject],
        }
        for position, earner in enumerate(people, 1)
    ]
    try:
        session.execute(insert(ApprovalEntry), rows)
    except IntegrityError as fault:
        # Two years' books have a lock each; the database knows of one open entry to a subject.
        raise AlreadyProposed([earner.name for earner in people]) from fault


def _tell_of_list(session: Session, by: Actor, proposed: ApprovalList, people: int, now: datetime) -> None:
    record_list(session, by, "propose", proposed, now, people=people)
    text = (
        f"{by.name} đề nghị cấp {people} giấy chứng nhận “{proposed.title}” "
        f"theo Quyết định số {proposed.decision_number}. Cần người thứ hai duyệt."
    )
    tell_officers(session, proposed.province_code, template="list-proposed", event=f"list-{proposed.id}-proposed",
                  text=text, but=by.person_id, now=now, path=LISTS_PATH)  # fmt: skip


def record_list(session: Session, by: Actor, verb: str, listed: ApprovalList, now: datetime, **more: object) -> None:
    decision = Decision(listed.decision_number, listed.decision_date)
    record(
        session, by=by, verb=verb, kind="approval_list", object_id=listed.id, area=listed.province_code,
        detail={"decision": str(decision), "kind": listed.kind, "class": listed.class_id, "about": listed.about,
                **more}, now=now,
    )  # fmt: skip
