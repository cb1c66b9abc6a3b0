"""What must hold before anything is written: whose it is, by which decision, earned and not yet certified.

Asked when a list is proposed, and asked again under the lock when it is approved.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, exists, select
from sqlalchemy.orm import Session, aliased

from lms.access import Actor
from lms.areas.models import Area
from lms.certificates.earning import Earner, Matter, earned_once, earners
from lms.certificates.issuers import Decision
from lms.certificates.models import ApprovalEntry, Certificate
from lms.certificates.refusals import (
    AlreadyCertified,
    AlreadyProposed,
    DecisionTooEarly,
    DecisionUnusable,
    NameUnprintable,
    NobodyChosen,
    NoLongerLive,
    NotEarned,
    NotPublished,
)
from lms.certificates.sources import AT_ONCE
from lms.clock import vn_date
from lms.db import locked, row_exists
from lms.errors import NotFound, Refused
from lms.people.models import Person
from lms.printing.letters import unprintable
from lms.teams.models import Membership, Team
from lms.training.models import Seat, TrainingClass
from lms.words import nfc

_KEY = re.compile(r"[a-z]+:(\d{1,9})(?::|$)")

_LONGEST_NUMBER = 60


def allow(refusal: Refused | None) -> None:
    """Raise the refusal, if there is one."""
    if refusal is not None:
        raise refusal


def check_province(by: Actor, province_code: str, what: str) -> None:
    """Raise NotFound unless it is of the officer's province."""
    if province_code not in by.provinces:
        raise NotFound(what)


def check_live(certificate: Certificate) -> None:
    """Raise unless the certificate is published and neither revoked, replaced nor void.

    Raises:
        NoLongerLive, NotPublished: as they say.
    """
    if not certificate.is_live:
        raise NoLongerLive
    if certificate.published_at is None:
        raise NotPublished


def check_replaceable(session: Session, certificate: Certificate) -> None:
    """Raise unless a new certificate may take the place of this one.

    Beside one that is live, that is one whose replacement was crossed out before anybody saw it.

    Raises:
        NoLongerLive, NotPublished: as they say.
    """
    if not is_left_unreplaced(session, certificate):
        check_live(certificate)


def is_left_unreplaced(session: Session, certificate: Certificate) -> bool:
    """Say whether a certificate was replaced by numbers that were all crossed out."""
    return row_exists(session, Certificate, Certificate.id == certificate.id, _left_unreplaced())


def left_unreplaced(session: Session, matter: Matter) -> dict[str, Certificate]:
    """Return by subject what was replaced by numbers that were all crossed out: the next paper takes its place."""
    rows = session.scalars(
        select(Certificate).where(
            Certificate.province_code == matter.province_code, Certificate.kind == matter.kind, _left_unreplaced()
        )
    )
    return {certificate.subject: certificate for certificate in rows}


def _left_unreplaced() -> ColumnElement[bool]:
    later = aliased(Certificate)
    took_its_place = exists().where(later.replaces_id == Certificate.id, later.voided_at.is_(None))
    return and_(Certificate.superseded_at.is_not(None), ~took_its_place)


def check_decision(decision: Decision, *, not_before: date, now: datetime) -> None:
    """Raise unless the decision has a number and a likely day.

    Raises:
        DecisionUnusable: as it says.
    """
    if not nfc(decision.number):
        raise DecisionUnusable("Chưa ghi số quyết định nên chưa thay đổi gì.", remedy="Hãy ghi số, ví dụ 45/QĐ-SKHCN.")
    if len(nfc(decision.number)) > _LONGEST_NUMBER:
        raise DecisionUnusable(
            f"Số quyết định dài quá {_LONGEST_NUMBER} ký tự nên chưa thay đổi gì.",
            remedy="Hãy ghi số ngắn gọn, ví dụ 45/QĐ-SKHCN.",
        )
    if not not_before <= decision.day <= vn_date(now):
        raise DecisionUnusable(
            "Ngày quyết định không hợp lý: ở tương lai, hoặc trước khi có việc này. Chưa thay đổi gì.",
            remedy="Hãy xem lại ngày ghi trên quyết định.",
        )


def hold_matter(session: Session, matter: Matter) -> None:
    """Lock the class, so that no result of it is corrected meanwhile; completions of learning never move."""
    if matter.class_id is not None:
        locked(session, TrainingClass, matter.class_id)


def still_earned(
    session: Session, matter: Matter, subjects: Sequence[str], *, replaced: Mapping[str, Certificate]
) -> list[Earner]:
    """Return who of the chosen has earned it, in the order of the numbers; all of them must have.

    Raises:
        NobodyChosen, NotEarned: as they say.
    """
    wanted = set(subjects)
    if not wanted:
        raise NobodyChosen
    people = chosen_earners(session, matter, wanted, replaced)
    if len(people) < len(wanted):
        raise NotEarned(_names(session, matter, wanted - {earner.subject for earner in people}))
    return people


def chosen_earners(
    session: Session, matter: Matter, wanted: Collection[str], replaced: Mapping[str, Certificate]
) -> list[Earner]:
    """Return who of the wanted has earned it; a team whose paper is replaced had earned it once and for all."""
    once = []
    if matter.kind == "team":
        once = [earned_once(session, replaced[subject]) for subject in wanted if subject in replaced]
    rest = set(wanted) - {earner.subject for earner in once}
    return once + [earner for earner in earners(session, matter) if earner.subject in rest]


def _names(session: Session, matter: Matter, subjects: Collection[str]) -> list[str]:
    """Return by which names people know these subjects; of what is not of the class or province, only how many."""
    keys = [int(found[1]) for subject in subjects if (found := _KEY.match(subject))]
    in_province = Area.parent_code == matter.province_code
    if matter.kind == "class":
        query = select(Person.full_name).join(Seat, Seat.person_id == Person.id)
        query = query.where(Seat.id.in_(keys), Seat.class_id == matter.class_id)
    elif matter.kind == "team":
        query = select(Team.name).join(Area, Area.code == Team.commune_code).where(Team.id.in_(keys), in_province)
    else:
        query = select(Person.full_name).join(Membership, Membership.person_id == Person.id).distinct()
        query = query.join(Team, Team.id == Membership.team_id).join(Area, Area.code == Team.commune_code)
        query = query.where(Person.id.in_(keys), in_province)
    names = sorted(session.scalars(query))
    unknown = len(subjects) - len(names)
    return names + ([f"{unknown} trường hợp không có trong danh sách"] if unknown > 0 else [])


def refuse_certified(session: Session, people: Sequence[Earner], *, but: Collection[int] = ()) -> None:
    subjects = [earner.subject for earner in people]
    names: list[str] = []
    for at in range(0, len(subjects), AT_ONCE):
        held = session.execute(
            select(Certificate.id, Certificate.snapshot).where(
                Certificate.subject.in_(subjects[at : at + AT_ONCE]), Certificate.is_live
            )
        )
        names += [snapshot["name"] for certificate_id, snapshot in held if certificate_id not in but]
    if names:
        raise AlreadyCertified(names)


def refuse_proposed(session: Session, people: Sequence[Earner]) -> None:
    name_of = {earner.subject: earner.name for earner in people}
    subjects, names = list(name_of), list[str]()
    for at in range(0, len(subjects), AT_ONCE):
        names += [
            name_of[subject]
            for subject in session.scalars(
                select(ApprovalEntry.subject).where(
                    ApprovalEntry.subject.in_(subjects[at : at + AT_ONCE]), ApprovalEntry.settled_at.is_(None)
                )
            )
        ]
    if names:
        raise AlreadyProposed(names)


def check_people(people: Sequence[Earner], decision: Decision) -> None:
    if early := [earner.name for earner in people if earner.earned_on > decision.day]:
        raise DecisionTooEarly(early)
    for earner in people:
        if letters := unprintable(nfc(earner.name)):
            raise NameUnprintable(earner.name, letters)
