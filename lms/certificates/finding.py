"""Find certificates by what people say of them: the number, the code on the paper, or the name."""

import re
from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from lms.certificates.models import Certificate, NumberBook
from lms.certificates.public_id import normalise
from lms.people.models import Person
from lms.teams.models import Team
from lms.words import fold, nfc

_NUMBER = re.compile(r"(\d{1,6})(?:/(\d{4})(?:/.*)?)?")


def find_certificates(session: Session, provinces: Collection[str], typed: str, *, limit: int) -> list[Certificate]:
    """Return the certificates of these provinces to which the typed words lead, the newest first.

    A name is looked for without marks, as the person or team is called today, and as it stands on the paper.
    """
    if not fold(typed):
        return []
    query = select(Certificate).where(Certificate.province_code.in_(provinces), _matches(typed))
    return list(session.scalars(query.order_by(Certificate.id.desc()).limit(limit)))


def _matches(typed: str) -> ColumnElement[bool]:
    public_id, number = normalise(typed), _NUMBER.fullmatch(typed.strip())
    if public_id is not None:
        return Certificate.public_id == public_id
    if number is None:
        return _bears_name(typed)
    serial, year = number.groups()
    if year is None:
        return Certificate.number == int(serial)
    of_year = select(NumberBook.id).where(NumberBook.year == int(year))
    return and_(Certificate.number == int(serial), Certificate.book_id.in_(of_year))


def _bears_name(typed: str) -> ColumnElement[bool]:
    printed: Any = Certificate.snapshot["name"].as_string()
    people = select(Person.id).where(Person.fold.contains(fold(typed), autoescape=True))
    teams = select(Team.id).where(Team.fold.contains(fold(typed), autoescape=True))
    return or_(
        Certificate.person_id.in_(people),
        and_(Certificate.kind == "team", Certificate.team_id.in_(teams)),
        printed == nfc(typed),
    )
