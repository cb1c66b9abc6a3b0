"""Every deed, in every state, by every role: it happens where the table says so, and changes no row anywhere else."""

import hashlib
from datetime import date

import pytest
from flask import current_app
from sqlalchemy import select, update

from lms.certificates import bundles, elsewhere, rules, templates
from lms.certificates.issuers import Decision
from lms.certificates.models import (
    ApprovalEntry,
    ApprovalList,
    BookLine,
    Bundle,
    Certificate,
    CertificateTemplate,
    EndingRequest,
    NumberBook,
)
from lms.db import db_session, in_unit
from lms.errors import NotFound, Refused
from lms.journal.models import Job, JournalEntry
from tests.factories import (
    HAC_THANH,
    THANH_HOA,
    account_id_of,
    actor_of,
    clerk,
    join_team,
    make_person,
    make_team,
    officer,
    trainer,
)
from tests.lms.certificates.world import (
    ISSUER,
    NOW,
    PROGRAMME,
    SKILL,
    accept,
    certificates,
    completed_programme,
    finalised_class,
    learned,
    publish,
    subjects_of,
)

pytestmark = pytest.mark.usefixtures("app")
TABLES = (
    ApprovalList, ApprovalEntry, NumberBook, BookLine, Certificate, CertificateTemplate, EndingRequest, Bundle,
    JournalEntry,
)  # fmt: skip
LATER = Decision("52/QĐ-SKHCN", date(2026, 11, 21))
ROLES = ("member", "leader", "clerk", "trainer", "stranger", "first", "second")
FIRST, SECOND, BOTH = {"first"}, {"second"}, {"first", "second"}
NEAR = BOTH | {"clerk"}

DEEDS = {
    "propose": lambda s, by, at: rules.propose(
        s, by=by, chosen=at.chosen, decision=LATER, issuer=ISSUER, now=NOW, **at.matter
    ),
    "approve": lambda s, by, at: rules.approve_list(
        s, by=by, list_id=at.list_id, is_unsigned=ISSUER.is_unsigned, now=NOW
    ),
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
    "take_for_signing": lambda s, by, at: elsewhere.pack_part(s, by=by, list_id=at.list_id, part=1, now=NOW),
    "hand_in": lambda s, by, at: elsewhere.hand_in(
        s, by=by, list_id=at.list_id, name="a.pdf", data=b"%PDF-1.7", now=NOW
    ),
    "order_of_list": lambda s, by, at: bundles.order_bundle(s, by=by, form="zip", list_id=at.list_id, now=NOW),
    "order_of_commune": lambda s, by, at: bundles.order_bundle(s, by=by, form="zip", commune_code=HAC_THANH, now=NOW),
    "go_on_with_bundle": lambda s, by, at: bundles.go_on_with_bundle(s, by=by, bundle_id=at.bundle_id, now=NOW),
    "delete_bundle": lambda s, by, at: bundles.delete_bundle(s, by=by, bundle_id=at.bundle_id, now=NOW),
    "draft_look": lambda s, by, at: templates.draft_template(
        s, by=by, province_code=THANH_HOA, kind=at.kind_not_drafted, issuer=ISSUER, now=NOW
    ),
    "edit_look": lambda s, by, at: templates.edit_template(
        s, by=by, template_id=at.template_id, design="le-hoi", wording={}
    ),
    "publish_look": lambda s, by, at: templates.publish_template(
        s, by=by, template_id=at.template_id, issuer=ISSUER, now=NOW
    ),
    "drop_look": lambda s, by, at: templates.drop_draft(s, by=by, template_id=at.template_id, now=NOW),
}  # fmt: skip
ANSWERS = {"approve": SECOND, "refuse": SECOND, "take_back": FIRST}
ENDING = {"accept_ending": SECOND, "refuse_ending": SECOND, "take_back_ending": FIRST}
APPROVED = {"order_again": BOTH, "hand_in": BOTH}
BUNDLES = {"order_of_list": BOTH, "order_of_commune": NEAR}
VALID = APPROVED | BUNDLES | {"ask_revoke": BOTH, "reissue": BOTH, "copy": BOTH}
WHO_MAY = {
    "nothing": {"propose": BOTH},
    "proposed": ANSWERS,
    "refused": {"propose": BOTH},
    "taken back": {"propose": BOTH},
    "being made": {"hand_in": BOTH, "ask_void": BOTH},
    "numbered": APPROVED | {"ask_void": BOTH},
    "made, not signed yet": APPROVED | {"ask_void": BOTH, "take_for_signing": BOTH},
    "valid": VALID,
    "revocation asked": APPROVED | BUNDLES | {"reissue": BOTH, "copy": BOTH} | ENDING,
    "void asked": APPROVED | ENDING,
    "revoked": APPROVED | {"propose": BOTH},
    "void": APPROVED | {"propose": BOTH},
    "reissue proposed": {"ask_revoke": BOTH, "copy": BOTH, "order_of_commune": NEAR} | ANSWERS,
    "replacement numbered": APPROVED,
    "replacement crossed out": APPROVED | {"propose": BOTH, "reissue": BOTH},
    "bundle being made": VALID | {"order_of_list": set(), "delete_bundle": BOTH},
    "bundle failed": VALID | {"go_on_with_bundle": BOTH, "delete_bundle": BOTH},
    "look drafted": {"propose": BOTH, "edit_look": BOTH, "publish_look": BOTH, "drop_look": BOTH},
}
"""By state, who may do which deed; what is not named nobody may, but for drafting a look: officers always."""
STATES_OF_EVERY_KIND = ("nothing", "proposed", "valid", "reissue proposed", "replacement crossed out")
CASES = [("class", state) for state in WHO_MAY]
CASES += [(kind, state) for kind in ("course", "skills", "team") for state in STATES_OF_EVERY_KIND]


class Undone(Exception):
    """Takes a deed back that happened, so that the next one meets the same state."""


class Place:
    """One person's or team's certificate brought to a state, and everybody who might press a button."""

    kind_not_drafted = "skills"

    def __init__(self, state: str, kind: str) -> None:
        self.by = actors()
        self.matter, self.chosen = MATTERS[kind]()
        self.list_id = self.certificate_id = self.request_id = self.bundle_id = self.template_id = 999
        for step in ROADS[state]:
            step(self)

    def do(self, deed: str, role: str) -> None:
        """Carry a deed out for good, and remember what came of it."""
        made = in_unit(lambda s: DEEDS[deed](s, self.by[role], self))
        if isinstance(made, ApprovalList):
            self.list_id = made.id
        elif isinstance(made, EndingRequest):
            self.request_id = made.id
        elif isinstance(made, Bundle):
            self.bundle_id = made.id

    def propose(self) -> None:
        self.do("propose", "first")

    def approve(self) -> None:
        self.propose()
        accept(db_session().get_one(ApprovalList, self.list_id), by=self.by["second"])
        self.certificate_id = certificates()[0].id

    def number(self) -> None:
        self.approve()
        self.end_work()

    def end_work(self) -> None:
        """Let the worker have been there."""
        in_unit(lambda s: s.execute(update(Job).values(finished_at=NOW)))

    def publish(self) -> None:
        self.number()
        publish()

    def make(self) -> None:
        """Make the paper and leave it to be signed elsewhere."""
        self.number()
        current_app.config["LMS_SIGN"] = "elsewhere"
        publish()

    def replace(self) -> None:
        self.publish()
        self.do("reissue", "first")
        self.do("approve", "second")
        self.end_work()

    def cross_out_replacement(self) -> None:
        self.replace()
        old, self.certificate_id = self.certificate_id, certificates()[-1].id
        self.do("ask_void", "first")
        self.do("accept_ending", "second")
        self.certificate_id = old

    def bundle(self) -> None:
        self.publish()
        self.do("order_of_list", "first")

    def fail_bundle(self) -> None:
        self.bundle()
        failed = update(Job).where(Job.kind == bundles.BUNDLE).values(failed_at=NOW, failure="Hỏng")
        in_unit(lambda s: s.execute(failed))

    def draft(self) -> None:
        by = self.by["first"]
        draft = in_unit(
            lambda s: templates.draft_template(
                s, by=by, province_code=THANH_HOA, kind="class", issuer=ISSUER, now=NOW
            ).id
        )  # fmt: skip
        self.template_id = draft


ROADS = {
    "nothing": (),
    "proposed": (Place.propose,),
    "refused": (Place.propose, lambda at: at.do("refuse", "second")),
    "taken back": (Place.propose, lambda at: at.do("take_back", "first")),
    "being made": (Place.approve,),
    "numbered": (Place.number,),
    "valid": (Place.publish,),
    "revocation asked": (Place.publish, lambda at: at.do("ask_revoke", "first")),
    "void asked": (Place.number, lambda at: at.do("ask_void", "first")),
    "revoked": (Place.publish, lambda at: at.do("ask_revoke", "first"), lambda at: at.do("accept_ending", "second")),
    "void": (Place.number, lambda at: at.do("ask_void", "first"), lambda at: at.do("accept_ending", "second")),
    "made, not signed yet": (Place.make,),
    "reissue proposed": (Place.publish, lambda at: at.do("reissue", "first")),
    "replacement numbered": (Place.replace,),
    "replacement crossed out": (Place.cross_out_replacement,),
    "bundle being made": (Place.bundle,),
    "bundle failed": (Place.fail_bundle,),
    "look drafted": (Place.draft,),
}


def of_class():
    class_id = finalised_class(("Vũ Ẵng",))
    return {"kind": "class", "class_id": class_id}, subjects_of(class_id)


def of_course():
    return {"kind": "course", "about": SKILL}, [f"course:{learned(('Vũ Ẵng',))[0]}:{SKILL}"]


def of_skills():
    people = learned(("Vũ Ẵng",))
    completed_programme(people)
    return {"kind": "skills", "about": PROGRAMME}, [f"skills:{people[0]}:{PROGRAMME}"]


def of_team():
    team = make_team("Thôn Một")
    learned(("Vũ Ẵng",), team=team)
    return {"kind": "team", "about": SKILL}, [f"team:{team}:{SKILL}"]


MATTERS = {"class": of_class, "course": of_course, "skills": of_skills, "team": of_team}
"""By kind, what is certified and for whom."""


@pytest.mark.parametrize(("kind", "state"), CASES)
def test_each_deed_happens_where_the_table_says_so_and_changes_nothing_elsewhere(kind, state):
    at = Place(state, kind)
    who_may = {"draft_look": BOTH} | WHO_MAY[state]
    before = everything()

    for deed in DEEDS:
        for role in ROLES:
            may = role in who_may.get(deed, set())
            happened, after = tried(at, deed, role)
            assert happened is may, (state, deed, role)
            assert (after != before) is may, (state, deed, role)
    assert everything() == before


def tried(at: Place, deed: str, role: str) -> tuple[bool, str]:
    """Try a deed and take it back; return whether it happened, and what the tables held then or after the refusal."""
    seen = []

    def work(session):
        DEEDS[deed](session, at.by[role], at)
        session.flush()
        seen.append(everything())
        raise Undone

    try:
        in_unit(work)
    except Undone:
        return True, seen[-1]
    except (Refused, NotFound):
        return False, everything()
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
