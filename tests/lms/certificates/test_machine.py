"""Every deed, in every state, by every role: it happens where the table says so, and changes no row anywhere else."""

import hashlib
from datetime import date

import pytest
from sqlalchemy import select

from lms.certificates import rules
from lms.certificates.issuers import Decision
from lms.certificates.models import (
    ApprovalEntry,
    ApprovalList,
    BookLine,
    Certificate,
    CertificateTemplate,
    EndingRequest,
    NumberBook,
)
from lms.db import db_session, in_unit
from lms.errors import NotFound, Refused
from tests.factories import account_id_of, actor_of, clerk, join_team, make_person, make_team, officer, trainer
from tests.lms.certificates.world import (
    ISSUER,
    NOW,
    accept,
    certificates,
    finalised_class,
    propose,
    publish,
    subjects_of,
)

pytestmark = pytest.mark.usefixtures("app")
TABLES = (ApprovalList, ApprovalEntry, NumberBook, BookLine, Certificate, CertificateTemplate, EndingRequest)
LATER = Decision("52/QĐ-SKHCN", date(2026, 11, 21))
ROLES = ("member", "leader", "clerk", "trainer", "stranger", "first", "second")
FIRST, SECOND, BOTH = {"first"}, {"second"}, {"first", "second"}

DEEDS = {
    "propose": lambda s, by, at: rules.propose(
        s, by=by, kind="class", class_id=at.class_id, chosen=subjects_of(at.class_id), decision=LATER, issuer=ISSUER,
        now=NOW,
    ),
    "approve": lambda s, by, at: rules.approve_list(s, by=by, list_id=at.list_id, now=NOW),
    "refuse": lambda s, by, at: rules.refuse_list(s, by=by, list_id=at.list_id, answer="Không", now=NOW),
    "take_back": lambda s, by, at: rules.take_back_list(s, by=by, list_id=at.list_id, now=NOW),
    "order_again": lambda s, by, at: rules.order_papers_again(s, by=by, list_id=at.list_id, now=NOW),
    "ask_revoke": lambda s, by, at: rules.ask_revoke(
        s, by=by, certificate_id=at.certificate_id, decision=LATER, category="fraud", detail="", now=NOW
    ),
    "ask_void": lambda s, by, at: rules.ask_void(s, by=by, certificate_id=at.certificate_id, reason="Nhầm", now=NOW),
    "accept_ending": lambda s, by, at: rules.accept_ending(s, by=by, request_id=at.request_id, now=NOW),
    "refuse_ending": lambda s, by, at: rules.refuse_ending(s, by=by, request_id=at.request_id, answer="K", now=NOW),
    "take_back_ending": lambda s, by, at: rules.take_back_ending(s, by=by, request_id=at.request_id, now=NOW),
    "reissue": lambda s, by, at: rules.propose_reissue(
        s, by=by, certificate_id=at.certificate_id, decision=LATER, issuer=ISSUER, now=NOW
    ),
    "copy": lambda s, by, at: rules.note_copy(s, by=by, certificate_id=at.certificate_id, reason="Mất", now=NOW),
}  # fmt: skip
ANSWERS = {"approve": SECOND, "refuse": SECOND, "take_back": FIRST}
ENDING = {"accept_ending": SECOND, "refuse_ending": SECOND, "take_back_ending": FIRST}
WHO_MAY = {
    "nothing": {"propose": BOTH},
    "proposed": ANSWERS,
    "refused": {"propose": BOTH},
    "taken back": {"propose": BOTH},
    "numbered": {"order_again": BOTH, "ask_void": BOTH},
    "valid": {"order_again": BOTH, "ask_revoke": BOTH, "reissue": BOTH, "copy": BOTH},
    "revocation asked": {"order_again": BOTH, "reissue": BOTH, "copy": BOTH} | ENDING,
    "void asked": {"order_again": BOTH} | ENDING,
    "revoked": {"order_again": BOTH, "propose": BOTH},
    "void": {"order_again": BOTH, "propose": BOTH},
    "reissue proposed": {"ask_revoke": BOTH, "copy": BOTH} | ANSWERS,
    "superseded": {"order_again": BOTH},
}
"""By state, who may do which deed; what is not named nobody may."""


class Undone(Exception):
    """Takes a deed back that happened, so that the next one meets the same state."""


class Place:
    """One person's certificate brought to a state, and everybody who might press a button."""

    def __init__(self, state: str) -> None:
        self.by = actors()
        self.class_id = finalised_class(("Vũ Ẵng",))
        self.list_id = self.certificate_id = self.request_id = 999
        for step in ROADS[state]:
            step(self)

    def do(self, deed: str, role: str) -> None:
        """Carry a deed out for good, and remember what came of it."""
        made = in_unit(lambda s: DEEDS[deed](s, self.by[role], self))
        if isinstance(made, ApprovalList):
            self.list_id = made.id
        elif isinstance(made, EndingRequest):
            self.request_id = made.id

    def propose(self) -> None:
        self.list_id = propose(self.class_id, by=self.by["first"]).id

    def number(self) -> None:
        self.propose()
        accept(db_session().get_one(ApprovalList, self.list_id), by=self.by["second"])
        self.certificate_id = certificates()[0].id

    def publish(self) -> None:
        self.number()
        publish()


ROADS = {
    "nothing": (),
    "proposed": (Place.propose,),
    "refused": (Place.propose, lambda at: at.do("refuse", "second")),
    "taken back": (Place.propose, lambda at: at.do("take_back", "first")),
    "numbered": (Place.number,),
    "valid": (Place.publish,),
    "revocation asked": (Place.publish, lambda at: at.do("ask_revoke", "first")),
    "void asked": (Place.number, lambda at: at.do("ask_void", "first")),
    "revoked": (Place.publish, lambda at: at.do("ask_revoke", "first"), lambda at: at.do("accept_ending", "second")),
    "void": (Place.number, lambda at: at.do("ask_void", "first"), lambda at: at.do("accept_ending", "second")),
    "reissue proposed": (Place.publish, lambda at: at.do("reissue", "first")),
    "superseded": (Place.publish, lambda at: at.do("reissue", "first"), lambda at: at.do("approve", "second")),
}


@pytest.mark.parametrize("state", WHO_MAY)
def test_each_deed_happens_where_the_table_says_so_and_changes_nothing_elsewhere(state):
    at = Place(state)
    before = everything()

    for deed in DEEDS:
        for role in ROLES:
            may = role in WHO_MAY[state].get(deed, set())
            happened, after = tried(at, deed, role)
            assert happened is may, (state, deed, role)
            assert (after != before) is may, (state, deed, role)
    assert everything() == before


def tried(at: Place, deed: str, role: str) -> tuple[bool, str]:
    """Try a deed and take it back; return whether it happened, and what the tables then held."""
    seen = []

    def work(session):
        try:
            DEEDS[deed](session, at.by[role], at)
        finally:
            if session.is_active:
                session.flush()
            seen.append(everything())
        raise Undone

    try:
        in_unit(work)
    except Undone:
        return True, seen[-1]
    except (Refused, NotFound):
        return False, seen[-1]
    raise AssertionError("unreachable")


def everything() -> str:
    """Return one hash of all rows of this room."""
    rows = hashlib.sha256()
    for model in TABLES:
        columns = model.__table__.columns
        for row in db_session().execute(select(*columns).order_by(*model.__table__.primary_key)):
            rows.update(repr(tuple(row)).encode())
    return rows.hexdigest()


def actors():
    """Return somebody of each role; two officers of the province, and one of another."""
    team = make_team("Thôn Hai")
    member, leader = make_person("Tổ Viên"), make_person("Tổ Trưởng")
    join_team(team, member)
    join_team(team, leader, "leader")
    return {
        "member": actor_of(account_id_of(member)),
        "leader": actor_of(account_id_of(leader)),
        "clerk": actor_of(clerk()),
        "trainer": actor_of(trainer()),
        "stranger": actor_of(officer("52", "Siu Black")),
        "first": actor_of(officer()),
        "second": actor_of(officer(name="Đỗ Thị Hai")),
    }
