"""The rooms of the school in their order, the work each does in the background, and the menu.

Everything is listed by name: nothing is found by scanning folders.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from blinker import Signal
from flask import Blueprint
from sqlalchemy.orm import Session

from courses import load_skills
from lms.access import SYSTEM, Actor, may_enter
from lms.areas.views import bp as areas
from lms.certificates.bundles import drop_old_bundles
from lms.certificates.commands import certificates as certificates_commands
from lms.certificates.counting import forget_old_counts
from lms.certificates.erasing import forget_person
from lms.certificates.jobs import HANDLERS as CERTIFICATES_WORK
from lms.certificates.nightly import order_nightly_audit, tell_of_broken_audit
from lms.certificates.reactions import hear_of_correction
from lms.certificates.views import bp as certificates
from lms.clock import utc_now
from lms.db import in_unit
from lms.files.rules import Holder, sweep
from lms.files.views import bp as files
from lms.journal.commands import notices as notices_command
from lms.journal.deliveries import deliver_due_notices, plan_deliveries
from lms.journal.jobs import Handler
from lms.journal.views import bp as journal
from lms.learning.class_credits import settle_credits
from lms.learning.commands import learning as learning_commands
from lms.learning.completion import settle_courses
from lms.learning.counters import settle_teams
from lms.learning.jobs import HANDLERS as LEARNING_WORK
from lms.learning.personal_data import kept_about as learning_kept_about
from lms.learning.prints import holds_paper
from lms.learning.settling import settle_programmes
from lms.learning.views import bp as learning
from lms.library.commands import content as content_commands
from lms.library.jobs import HANDLERS as LIBRARY_WORK
from lms.library.keeping import holds_picture
from lms.library.rules import load_frameworks, publish_builtin
from lms.library.search import index_missing
from lms.library.views import bp as library
from lms.once import forget_old_marks
from lms.pages import address
from lms.people.erasing import Eraser
from lms.people.queries import addresses_of
from lms.people.signing_in import forget_old_tries
from lms.people.views import bp as people
from lms.reports.commands import report as report_command
from lms.reports.jobs import HANDLERS as REPORTS_WORK
from lms.reports.views import bp as reports
from lms.signals import result_corrected
from lms.teams.commands import roster as roster_commands
from lms.teams.erasing import leave_teams
from lms.teams.jobs import HANDLERS as TEAMS_WORK
from lms.teams.slip_pages import HANDLERS as SLIPS_WORK
from lms.teams.slip_pages import bp as slips
from lms.teams.slips import forget_printed_slips
from lms.teams.views import bp as teams
from lms.training.calling import HANDLERS as CALLING_WORK
from lms.training.calls import close_due_calls
from lms.training.commands import training as training_commands
from lms.training.erasing import refuse_seated
from lms.training.jobs import HANDLERS as TRAINING_WORK
from lms.training.proposals import accept_due_proposals
from lms.training.seats import expire_offers
from lms.training.timetable import end_due_classes, lock_due_rosters, start_due_classes, warn_too_few
from lms.training.views import bp as training

_HERE = Path(__file__).parent
CONTENT = next(p for p in (_HERE.parent / "content", _HERE / "content") if (p / "skills.yml").exists())


@dataclass(frozen=True)
class Room:
    """One noun of the campaign: its folder, and its pages."""

    name: str
    blueprints: tuple[Blueprint, ...]


ROOMS = (
    Room("journal", (journal,)),
    Room("files", (files,)),
    Room("areas", (areas,)),
    Room("people", (people,)),
    Room("teams", (teams, slips)),
    Room("library", (library,)),
    Room("learning", (learning,)),
    Room("training", (training,)),
    Room("certificates", (certificates,)),
    Room("reports", (reports,)),
)

HANDLERS: Mapping[str, Handler] = {
    **TEAMS_WORK,
    **SLIPS_WORK,
    **LIBRARY_WORK,
    **LEARNING_WORK,
    **TRAINING_WORK,
    **CALLING_WORK,
    **CERTIFICATES_WORK,
    **REPORTS_WORK,
}

COMMANDS: Mapping[str, click.Command] = {
    "roster": roster_commands,
    "content": content_commands,
    "learning": learning_commands,
    "training": training_commands,
    "certificates": certificates_commands,
    "report": report_command,
    "notices": notices_command,
}

SETTLERS: tuple[Callable[[Any, Mapping[str, set[Any]]], None], ...] = (
    settle_teams,
    settle_courses,
    settle_programmes,
    plan_deliveries,
)

LISTENERS: tuple[tuple[Signal, Callable[..., object]], ...] = ((result_corrected, hear_of_correction),)
"""Who hears of what after it was stored, each in a unit of its own."""

HOLDERS: tuple[Holder, ...] = (holds_picture, holds_paper)
"""Whose rows hold bytes in the file store, beside those of stored files."""

TIMERS: tuple[Callable[[Session, datetime], object], ...] = (
    close_due_calls,
    accept_due_proposals,
    lambda session, now: expire_offers(session, by=SYSTEM, now=now),
    lock_due_rosters,
    start_due_classes,
    end_due_classes,
    warn_too_few,
    lambda session, now: forget_old_tries(session, now=now),
    lambda session, now: forget_old_marks(session, now),
    forget_printed_slips,
    lambda session, now: sweep(session, holders=HOLDERS, now=now),
    forget_old_counts,
    settle_credits,
    order_nightly_audit,
    tell_of_broken_audit,
)
"""What the worker does every minute, each in a unit of its own."""

ERRANDS: tuple[Callable[[datetime], object], ...] = (deliver_due_notices, drop_old_bundles)
"""What the worker does every minute and takes to the world outside or to the disk, so never inside a unit."""

ADDRESS_OF = addresses_of
"""Who is reached by e-mail, and where: the journal comes before the room of people and cannot know."""

KEEPERS: tuple[Callable[[Session, int], dict[str, Any]], ...] = (learning_kept_about,)
"""What rooms after that of people keep about a person, for "Dữ liệu của tôi"; each adds its own headings."""

ERASERS: tuple[Eraser, ...] = (refuse_seated, leave_teams, forget_person)
"""What rooms after that of people do, in the same unit, when somebody asks to be forgotten."""

_LEARNER_MENU = (
    ("Bài học", "lms.learning.home"),
    ("Tổ của tôi", "lms.learning.my_team"),
    ("Tập huấn", "lms.training.index"),
    ("Chứng nhận", "lms.certificates.mine"),
)
_STAFF_MENU = (
    ("Danh sách tổ", "lms.teams.index"),
    ("Tập huấn của xã, phường", "lms.training.commune"),
    ("Học liệu", "lms.library.shelf"),
    ("Lớp học", "lms.learning.my_credits"),
    ("Tổ chức tập huấn", "lms.training.manage"),
    ("Điểm danh", "lms.training.my_classes"),
    ("Cấp giấy chứng nhận", "lms.certificates.index"),
    ("Thông báo", "lms.journal.notices"),
)


def menu(actor: Actor | None) -> list[tuple[str, str]]:
    """Return label and address of what this person uses: a learner's things, an official's things, or both."""
    if actor is None:
        return [("Khóa học", address("lms.library.index")), ("Tìm", address("lms.library.search"))]
    learner = _LEARNER_MENU if actor.memberships or not actor.roles else ()
    office = _STAFF_MENU if actor.roles else ()
    own, staff = ([(label, address(e)) for label, e in entries if may_enter(e, actor)] for entries in (learner, office))
    sums = [("Kết quả tỉnh", address("lms.reports.province", code=code)) for code in actor.provinces[:1]]
    sums += [("Kết quả xã, phường", address("lms.reports.commune", code=code)) for code in actor.communes[:1]]
    papers = [
        ("Giấy chứng nhận của xã, phường", address("lms.certificates.commune", code=code))
        for code in actor.communes[:1]
    ]
    return [*own, *sums, *staff, *papers]


def prepare_content() -> list[str]:
    """Load the frameworks and publish the built-in courses; return what to tell the operator."""
    catalogue = load_skills((CONTENT / "skills.yml").read_bytes())
    in_unit(lambda s: load_frameworks(s, catalogue, now=utc_now()))
    told = in_unit(lambda s: [f"{v.title}: bản số {v.number}" for v in publish_builtin(s, CONTENT, now=utc_now())])
    in_unit(index_missing)
    return [f"Khung kỹ năng: {len(catalogue.frameworks)}.", *told]
