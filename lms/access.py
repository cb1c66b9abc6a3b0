"""Who may enter: the actor, the roles, and the one table of endpoints.

An endpoint without a row in `TABLE` is closed to everybody; `tests/house/test_access.py` walks the
URL map with every role. The table says who may knock; whose rows they see is decided by looking
rows up through the actor, so that a stranger's row does not exist.
"""

from dataclasses import dataclass, field

from flask import g

ANYONE = frozenset({"anyone"})
SIGNED_IN = frozenset({"signed_in"})
LEADERS = frozenset({"leader", "deputy"})
CLERK = frozenset({"clerk"})
TRAINER = frozenset({"trainer"})
OFFICER = frozenset({"officer"})


@dataclass(frozen=True)
class RoleView:
    """A task in an area."""

    kind: str
    area_code: str


@dataclass(frozen=True)
class MembershipView:
    """A live membership."""

    team_id: int
    role: str
    commune_code: str
    province_code: str


@dataclass(frozen=True)
class Actor:
    """The person at work: who, with which tasks and in which teams, at this moment.

    `may_be_recorded` is False once they have taken back their yes to keeping what they learn.
    """

    account_id: int | None
    person_id: int | None
    name: str
    roles: tuple[RoleView, ...] = ()
    memberships: tuple[MembershipView, ...] = ()
    may_be_recorded: bool = True
    kinds: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        kinds = {role.kind for role in self.roles} | {m.role for m in self.memberships}
        if self.account_id is not None:
            kinds |= {"signed_in", "anyone"}
        object.__setattr__(self, "kinds", frozenset(kinds))

    @property
    def is_officer(self) -> bool:
        return "officer" in self.kinds

    @property
    def is_clerk(self) -> bool:
        return "clerk" in self.kinds

    @property
    def is_trainer(self) -> bool:
        return "trainer" in self.kinds

    @property
    def communes(self) -> tuple[str, ...]:
        """Codes of the communes whose clerk this is."""
        return tuple(r.area_code for r in self.roles if r.kind == "clerk")

    @property
    def provinces(self) -> tuple[str, ...]:
        """Codes of the provinces whose officer this is."""
        return tuple(r.area_code for r in self.roles if r.kind == "officer")

    @property
    def trainer_provinces(self) -> tuple[str, ...]:
        """Codes of the provinces whose trainer or officer this is."""
        return tuple(r.area_code for r in self.roles if r.kind in ("trainer", "officer"))

    @property
    def team_ids(self) -> tuple[int, ...]:
        return tuple(m.team_id for m in self.memberships)

    @property
    def led_team_ids(self) -> tuple[int, ...]:
        """Teams in which this person is leader or deputy."""
        return tuple(m.team_id for m in self.memberships if m.role in ("leader", "deputy"))

    @property
    def label(self) -> str:
        """Name with the task, as the journal shows it."""
        words = {"officer": "cán bộ Sở", "clerk": "cán bộ xã", "trainer": "giảng viên"}
        tasks = [words[r.kind] for r in self.roles]
        return f"{self.name} ({', '.join(dict.fromkeys(tasks))})" if tasks else self.name

    def covers_commune(self, commune_code: str, province_code: str | None) -> bool:
        """Say whether this is the commune's clerk or the officer of its province."""
        return commune_code in self.communes or (province_code is not None and province_code in self.provinces)


SYSTEM = Actor(account_id=None, person_id=None, name="hệ thống")

TABLE: dict[str, frozenset[str]] = {
    # door
    "lms.static_file": ANYONE,
    "lms.healthz": ANYONE,
    "lms.readyz": ANYONE,
    "lms.front": ANYONE,
    # journal
    "lms.journal.show_job": SIGNED_IN,
    "lms.journal.pause_job": SIGNED_IN,
    "lms.journal.resume_job": SIGNED_IN,
    "lms.files.job_file": SIGNED_IN,
    "lms.journal.notices": SIGNED_IN,
    "lms.journal.read_notice": SIGNED_IN,
    # areas
    "lms.areas.search": ANYONE,
    # people
    "lms.people.sign_in": ANYONE,
    "lms.people.sign_out": ANYONE,
    "lms.people.enter": ANYONE,
    "lms.people.enter_scanned": ANYONE,
    "lms.people.resume": SIGNED_IN,
    "lms.people.my_data": SIGNED_IN,
    "lms.people.my_data_file": SIGNED_IN,
    "lms.people.change_pin": SIGNED_IN,
    "lms.people.change_email": SIGNED_IN,
    "lms.people.withdraw_consent": SIGNED_IN,
    "lms.people.give_consent": SIGNED_IN,
    "lms.people.end_device": SIGNED_IN,
    # teams
    "lms.teams.index": CLERK | OFFICER,
    "lms.teams.show": CLERK | OFFICER,
    "lms.teams.show_phones": CLERK | OFFICER,
    "lms.teams.edit": CLERK | OFFICER,
    "lms.teams.merge": CLERK | OFFICER,
    "lms.teams.edit_member": CLERK | OFFICER,
    "lms.teams.move_member": CLERK | OFFICER,
    "lms.teams.end_membership": CLERK | OFFICER,
    "lms.teams.imports": CLERK | OFFICER,
    "lms.teams.new_import": CLERK | OFFICER,
    "lms.teams.show_import": CLERK | OFFICER,
    "lms.teams.confirm_import": CLERK | OFFICER,
    "lms.teams.discard_import": CLERK | OFFICER,
    "lms.teams.read_import_again": CLERK | OFFICER,
    "lms.teams.export": CLERK | OFFICER,
    "lms.slips.issue_team": CLERK | OFFICER,
    "lms.slips.issue_person": CLERK | OFFICER,
    # library
    "lms.library.index": ANYONE,
    "lms.library.media": ANYONE,
    "lms.library.shelf": TRAINER | OFFICER,
    "lms.library.new_draft": TRAINER | OFFICER,
    "lms.library.edit_draft": TRAINER | OFFICER,
    "lms.library.preview": TRAINER | OFFICER,
    "lms.library.draft_media": TRAINER | OFFICER,
    "lms.library.new_question": TRAINER | OFFICER,
    "lms.library.remove_question": TRAINER | OFFICER,
    "lms.library.publish": TRAINER | OFFICER,
    "lms.library.discard": TRAINER | OFFICER,
    "lms.library.search": ANYONE,
    "lms.library.frameworks": ANYONE,
    "lms.library.facts_due": TRAINER | OFFICER,
    "lms.library.local_words": TRAINER | OFFICER,
    "lms.library.save_local_words": OFFICER,
    # learning
    "lms.learning.home": SIGNED_IN,
    "lms.learning.show_course": ANYONE,
    "lms.learning.facts": ANYONE,
    "lms.learning.outreach": ANYONE,
    "lms.learning.show_lesson": ANYONE,
    "lms.learning.practise": ANYONE,
    "lms.learning.teach_back": ANYONE,
    "lms.learning.sheet": ANYONE,
    "lms.learning.sheet_paper": ANYONE,
    "lms.learning.booklet_paper": ANYONE,
    "lms.learning.show_test": SIGNED_IN,
    "lms.learning.start_test": SIGNED_IN,
    "lms.learning.save_and_go_on": SIGNED_IN,
    "lms.learning.autosave": SIGNED_IN,
    "lms.learning.submit_test": SIGNED_IN,
    "lms.learning.show_result": SIGNED_IN,
    "lms.learning.skill_check": SIGNED_IN,
    "lms.learning.my_team": LEADERS,
    "lms.learning.show_to_room": ANYONE,
    "lms.learning.credit_class": TRAINER | OFFICER,
    "lms.learning.my_credits": TRAINER | OFFICER,
    "lms.learning.show_credit": TRAINER | OFFICER,
    "lms.learning.undo_credit": TRAINER | OFFICER,
    # training
    "lms.training.index": SIGNED_IN,
    "lms.training.register": LEADERS | CLERK | frozenset({"member"}),
    "lms.training.withdraw": LEADERS | CLERK,
    "lms.training.show_need": LEADERS | CLERK | OFFICER,
    "lms.training.submit": LEADERS | CLERK,
    "lms.training.sign": LEADERS,
    "lms.training.object_to": LEADERS,
    "lms.training.answer_proposal": LEADERS | CLERK,
    "lms.training.delegation": LEADERS,
    "lms.training.end_delegation": LEADERS,
    "lms.training.explain_order": SIGNED_IN,
    "lms.training.request_seat": LEADERS | CLERK,
    "lms.training.show_seat": SIGNED_IN,
    "lms.training.team_seats": LEADERS | CLERK,
    "lms.training.fill": CLERK | OFFICER,
    "lms.training.make_up": OFFICER,
    "lms.training.answer": ANYONE,
    "lms.training.confirm": SIGNED_IN,
    "lms.training.decline": SIGNED_IN,
    "lms.training.cancel": SIGNED_IN,
    "lms.training.substitute": LEADERS | CLERK,
    "lms.training.commune": CLERK,
    "lms.training.call_list": CLERK,
    "lms.training.print_call_list": CLERK,
    "lms.training.commune_messages": CLERK,
    "lms.training.class_messages": OFFICER,
    "lms.training.seat_calendar": SIGNED_IN,
    "lms.training.choose_team": CLERK,
    "lms.training.confirm_needs": CLERK,
    "lms.training.confirm_need": CLERK,
    "lms.training.answer_need": CLERK | OFFICER,
    "lms.training.manage": OFFICER,
    "lms.training.new_call": OFFICER,
    "lms.training.show_call": OFFICER,
    "lms.training.edit_call": OFFICER,
    "lms.training.publish_call": OFFICER,
    "lms.training.extend_call": OFFICER,
    "lms.training.close_call": OFFICER,
    "lms.training.mark_planned": OFFICER,
    "lms.training.archive_call": OFFICER,
    "lms.training.communes": OFFICER,
    "lms.training.board": OFFICER,
    "lms.training.propose": OFFICER,
    "lms.training.planned": OFFICER,
    "lms.training.left_out": OFFICER,
    "lms.training.move_needs": OFFICER,
    "lms.training.add_planned": OFFICER,
    "lms.training.drop_planned": OFFICER,
    "lms.training.discard_plan": OFFICER,
    "lms.training.publish_plan": OFFICER,
    "lms.training.reopen_plan": OFFICER,
    "lms.training.show_run": OFFICER,
    "lms.training.run_file": OFFICER,
    "lms.training.new_class": OFFICER,
    "lms.training.show_class": OFFICER,
    "lms.training.group": OFFICER,
    "lms.training.publish": OFFICER,
    "lms.training.capacity": OFFICER,
    "lms.training.close_roster": OFFICER,
    "lms.training.close_attendance": TRAINER | OFFICER,
    "lms.training.cut": OFFICER,
    "lms.training.postpone": OFFICER,
    "lms.training.new_dates": OFFICER,
    "lms.training.teaching": OFFICER,
    "lms.training.merge": OFFICER,
    "lms.training.move_seat": OFFICER,
    "lms.training.correct": OFFICER,
    "lms.training.decisions": OFFICER,
    "lms.training.show_decision": OFFICER,
    "lms.training.accept": OFFICER,
    "lms.training.refuse": OFFICER,
    "lms.training.take_back": OFFICER,
    "lms.training.cancel_class": OFFICER,
    "lms.training.finalise": OFFICER,
    "lms.training.print_list": OFFICER,
    "lms.training.my_classes": TRAINER | OFFICER,
    "lms.training.mark": TRAINER | OFFICER,
    "lms.training.check_in": TRAINER | OFFICER,
    "lms.training.evidence": TRAINER | OFFICER,
    "lms.training.print_sheet": TRAINER | OFFICER,
    "lms.training.walk_in": TRAINER | OFFICER,
    "lms.training.away": TRAINER | OFFICER,
    "lms.training.come_back": TRAINER | OFFICER,
    "lms.training.scan": TRAINER | OFFICER,
    "lms.training.show_room_code": TRAINER | OFFICER,
    "lms.training.confirm_room": TRAINER | OFFICER,
    "lms.training.offline": TRAINER | OFFICER,
    "lms.training.offline_worker": TRAINER | OFFICER,
    "lms.training.offline_roster": TRAINER | OFFICER,
    "lms.training.receive_offline": TRAINER | OFFICER,
    "lms.training.room_check_in": SIGNED_IN,
    # certificates
    "lms.certificates.mine": SIGNED_IN,
    "lms.certificates.download_paper": SIGNED_IN,
    "lms.certificates.download_image": SIGNED_IN,
    "lms.certificates.index": OFFICER,
    "lms.certificates.find": OFFICER,
    "lms.certificates.propose": OFFICER,
    "lms.certificates.show_list": OFFICER,
    "lms.certificates.approve_list": OFFICER,
    "lms.certificates.refuse_list": OFFICER,
    "lms.certificates.take_back_list": OFFICER,
    "lms.certificates.print_list": OFFICER,
    "lms.certificates.order_again": OFFICER,
    "lms.certificates.show": OFFICER,
    "lms.certificates.ask_revoke": OFFICER,
    "lms.certificates.ask_void": OFFICER,
    "lms.certificates.reissue": OFFICER,
    "lms.certificates.note_copy": OFFICER,
    "lms.certificates.show_ending": OFFICER,
    "lms.certificates.accept_ending": OFFICER,
    "lms.certificates.refuse_ending": OFFICER,
    "lms.certificates.take_back_ending": OFFICER,
    "lms.certificates.number_book": OFFICER,
    "lms.certificates.book_spreadsheet": OFFICER,
    "lms.certificates.print_book": OFFICER,
    "lms.certificates.communes": CLERK | OFFICER,
    "lms.certificates.commune": CLERK | OFFICER,
    "lms.certificates.order_for_commune": CLERK | OFFICER,
    "lms.certificates.order_for_list": OFFICER,
    "lms.certificates.order_for_province": OFFICER,
    "lms.certificates.bundles": OFFICER,
    "lms.certificates.show_bundle": CLERK | OFFICER,
    "lms.certificates.take_part": CLERK | OFFICER,
    "lms.certificates.go_on_with_bundle": CLERK | OFFICER,
    "lms.certificates.delete_bundle": CLERK | OFFICER,
    "lms.certificates.template_kinds": OFFICER,
    "lms.certificates.begin_template": OFFICER,
    "lms.certificates.edit_template": OFFICER,
    "lms.certificates.preview_template": OFFICER,
    "lms.certificates.publish_template": OFFICER,
    "lms.certificates.drop_template": OFFICER,
    "lms.certificates.set_picture": OFFICER,
    "lms.certificates.sign_elsewhere": OFFICER,
    "lms.certificates.pack_for_signing": OFFICER,
    "lms.certificates.signed_result": OFFICER,
    "lms.certificates.enter_code": ANYONE,
    "lms.certificates.check": ANYONE,
    "lms.certificates.check_scanned": ANYONE,
    "lms.certificates.check_json": ANYONE,
    "lms.certificates.confirm_name": ANYONE,
    "lms.certificates.compare_file": ANYONE,
    "lms.certificates.show_shared": ANYONE,
    "lms.certificates.shared_json": ANYONE,
    "lms.certificates.show_status_list": ANYONE,
    "lms.certificates.show_keys": ANYONE,
    "lms.certificates.show_keys_below": ANYONE,
    "lms.certificates.share": SIGNED_IN,
    "lms.certificates.withdraw_share": SIGNED_IN,
    # reports
    "lms.reports.province": OFFICER,
    "lms.reports.commune": CLERK | OFFICER,
    "lms.reports.before_after": CLERK | OFFICER,
    "lms.reports.show": CLERK | OFFICER,
    "lms.reports.spreadsheet": CLERK | OFFICER,
    "lms.reports.data": CLERK | OFFICER,
    "lms.reports.paper": CLERK | OFFICER,
}


def may_enter(endpoint: str, actor: Actor | None) -> bool:
    """Say whether the table lets this person (or a stranger) through the endpoint."""
    allowed = TABLE.get(endpoint, frozenset())
    if "anyone" in allowed:
        return True
    return actor is not None and bool(allowed & actor.kinds)


def current_actor() -> Actor | None:
    """Return the signed-in person of this request, or None."""
    actor: Actor | None = g.get("lms_actor")
    return actor


def the_actor() -> Actor:
    """Return the signed-in person; the table guarantees there is one."""
    actor = current_actor()
    if actor is None:
        raise RuntimeError("this endpoint's row in the access table must ask for a signed-in person")
    return actor
