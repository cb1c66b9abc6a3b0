"""Pages of a seat: where it stands, answer an offer, give a place back, send somebody else, ask for a place."""

from base64 import b64encode
from datetime import datetime
from typing import Any

from flask import request, url_for
from sqlalchemy.orm import Session

from lms.access import Actor, the_actor
from lms.clock import utc_now
from lms.db import db_session
from lms.errors import NotFound, Refused
from lms.pages import deed, local_path, render
from lms.printing.qr import qr_asset
from lms.teams.models import Team
from lms.training import conditions, queries, rules
from lms.training.classes import allow
from lms.training.codes import short_code
from lms.training.forms import CalledForm, PersonForm, ReasonForm, people
from lms.training.makeups import makeup_classes
from lms.training.models import Call, Seat, TrainingClass
from lms.training.standing import answer_for_seat, speak_for_team
from lms.training.team_pages import words
from lms.training.timelines import timeline_of
from lms.training.transitions import OPEN_SEATS
from lms.training.waiting import ORDER_SENTENCE, places_taken, why_waiting
from lms.training.wording import state_words

_AT_THE_DOOR = frozenset({"confirmed", "away"})


def show_seat(seat_id: int) -> Any:
    """Show where a seat stands, what can be done now, or why not; the QR only to the person themself."""
    actor, session, now = the_actor(), db_session(), utc_now()
    seat, row = _found_seat(session, actor, seat_id)
    is_own = seat.person_id == actor.person_id
    is_staff = row.province_code in actor.provinces or _speaks_as(session, actor, seat) == "clerk"
    return render(
        "training/seat.html",
        row=row,
        team=session.get_one(Team, seat.team_id),
        held=queries.sessions_of(session, [row.id])[row.id],
        topic=queries.skill_titles(session)[row.topic],
        is_own=is_own,
        why_not=_why_not(session, actor, row, seat, now),
        why=why_waiting(session, seat, now=now) if seat.state == "waiting" else None,
        code=short_code(seat.seq),
        picture=_picture(seat.token) if is_own and seat.state in _AT_THE_DOOR else None,
        made_up=makeup_classes(session, seat, now=now),
        may_fill=is_staff and seat.state == "waiting" and row.state in conditions.LISTED,
        is_staff=is_staff,
        is_office=row.province_code in actor.provinces,
        steps=timeline_of(session, "seat", seat.id, for_staff=is_staff),
        **_who(session, seat),
        **words(),
    )


def team_seats(team_id: int) -> Any:
    """Show every seat of a team's people, the open ones first."""
    actor, session = the_actor(), db_session()
    standing = speak_for_team(session, actor, team_id)
    seats = queries.seats_of_team(session, team_id)
    reasons = {
        found.Seat.id: rules.reasons_for_waiting(session, found.Seat, now=utc_now())
        for found in seats
        if found.Seat.state == "waiting"
    }
    is_open = OPEN_SEATS.__contains__
    return render(
        "training/team_seats.html",
        team=standing.team,
        seats=[found for found in seats if is_open(found.Seat.state)],
        past=[found for found in seats if not is_open(found.Seat.state)],
        reasons=reasons,
        held=queries.sessions_of(session, {found.TrainingClass.id for found in seats}),
        **words(),
    )


def confirm(seat_id: int) -> Any:
    """Say yes to an offer."""
    actor = the_actor()
    return deed(
        lambda s: rules.confirm_seat(s, by=actor, seat_id=seat_id, now=utc_now()),
        then=_back(),
        say="Đã xác nhận dự lớp.",
    )


def decline(seat_id: int) -> Any:
    """Say no to an offer."""
    actor = the_actor()
    return deed(
        lambda s: rules.decline_seat(s, by=actor, seat_id=seat_id, now=utc_now()),
        then=_back(),
        say="Đã báo không dự được. Chỗ này mời người tiếp theo.",
    )


def cancel(seat_id: int) -> Any:
    """Give back a confirmed seat or a place in the queue, with the reason."""
    actor, session, form = the_actor(), db_session(), ReasonForm()
    seat, row = _found_seat(session, actor, seat_id)
    if form.validate_on_submit():
        return deed(
            lambda s: rules.cancel_seat(s, by=actor, seat_id=seat_id, reason=form.reason.data, now=utc_now()),
            then=_home(actor, row),
            say="Đã hủy chỗ. Người tiếp theo trong hàng chờ được mời.",
        )
    allow(conditions.why_not_cancel(row, seat, utc_now()))
    return render(
        "training/cancel_seat.html",
        422 if form.errors else 200,
        form=form,
        row=row,
        is_late=conditions.is_late(row, utc_now()) and seat.state != "waiting",
        **_who(session, seat),
    )


def substitute(seat_id: int) -> Any:
    """Send somebody else of the team in the same place."""
    actor, session, form = the_actor(), db_session(), PersonForm()
    seat, row = _found_seat(session, actor, seat_id)
    speak_for_team(session, actor, seat.team_id)
    form.person.choices = _people(session, row, seat.team_id, but=seat.person_id)
    if form.validate_on_submit():
        return deed(
            lambda s: rules.substitute(
                s,
                by=actor,
                seat_id=seat_id,
                person_id=form.person.data,
                reason=form.reason.data or "",
                now=utc_now(),
            ),
            then=_home(actor, row),
            say="Đã đổi người. Chỗ trong hàng vẫn giữ nguyên.",
        )
    allow(conditions.why_not_substitute(row, seat, utc_now()))
    return render("training/substitute.html", 422 if form.errors else 200, form=form, row=row, **_who(session, seat))


def request_seat(class_id: int, team_id: int) -> Any:
    """Ask for a place in a published class, after all registered needs."""
    actor, session, form = the_actor(), db_session(), PersonForm()
    standing = speak_for_team(session, actor, team_id)
    row = session.get(TrainingClass, class_id)
    if row is None or row.state == "planned" or row.province_code != standing.province_code:
        raise NotFound(f"class {class_id}")
    form.person.choices = _people(session, row, team_id)
    if form.validate_on_submit():
        return deed(
            lambda s: rules.request_seat(
                s, by=actor, class_id=class_id, team_id=team_id, person_id=form.person.data, now=utc_now()
            ),
            then=url_for("lms.training.commune" if standing.is_proxy else "lms.training.index"),
            say=lambda seat: f"Đã ghi. Hiện giờ: {state_words('seat', seat.state)}.",
        )
    allow(conditions.why_not_request(row, utc_now()))
    status = 422 if form.errors else 200
    return render("training/request_seat.html", status, form=form, row=row, team=standing.team, order=ORDER_SENTENCE)


def fill(seat_id: int) -> Any:
    """Give a free place of a closed list to somebody who has said yes on the phone."""
    actor, session, form = the_actor(), db_session(), CalledForm()
    seat, row = _found_seat(session, actor, seat_id)
    refusal: Refused | None = None
    if form.validate_on_submit():
        try:
            return deed(
                lambda s: rules.fill_by_hand(
                    s, by=actor, seat_id=seat_id, reason=form.reason.data or "", now=utc_now()
                ),
                then=url_for("lms.training.show_seat", seat_id=seat_id),
                say="Đã xếp vào lớp.",
            )
        except rules.OutOfTurn as no:
            refusal = no
    if refusal is None:
        allow(conditions.why_not_fill(row, seat, row.capacity - places_taken(session, row.id), utc_now()))
    return render(
        "training/fill_seat.html",
        422 if form.errors or refusal else 200,
        form=form,
        row=row,
        refusal=refusal,
        why=why_waiting(session, seat, now=utc_now()),
        **_who(session, seat),
    )


def make_up(seat_id: int) -> Any:
    """Offer somebody who missed sessions a place in a class that holds them."""
    actor, session = the_actor(), db_session()
    seat, row = _found_seat(session, actor, seat_id)
    if row.province_code not in actor.provinces:
        raise NotFound(f"seat {seat_id}")
    if request.method == "POST":
        chosen = request.form.get("lop", type=int) or 0
        return deed(
            lambda s: rules.offer_makeup(s, by=actor, seat_id=seat_id, class_id=chosen, now=utc_now()),
            then=url_for("lms.training.show_seat", seat_id=seat_id),
            say="Đã mời học bù. Người dự được báo ngay.",
        )
    classes = makeup_classes(session, seat, now=utc_now())
    return render("training/make_up.html", row=row, classes=classes, **_who(session, seat))


def _why_not(
    session: Session, actor: Actor, row: TrainingClass, seat: Seat, now: datetime
) -> dict[str, Refused | None]:
    """Return what cannot be done with the seat now, and why, by the conditions of the rules."""
    found: dict[str, Refused | None] = {
        "confirm": conditions.why_not_confirm(row, seat, now),
        "decline": conditions.why_not_decline(row, seat, now),
        "cancel": conditions.why_not_cancel(row, seat, now),
        "substitute": conditions.why_not_substitute(row, seat, now),
    }
    if row.province_code in actor.provinces:
        return found | dict.fromkeys(("confirm", "decline", "substitute"), _NOT_OURS)
    if found["substitute"] is None and _speaks_as(session, actor, seat) is None:
        found["substitute"] = _ASK_THE_LEADER
    return found


def _speaks_as(session: Session, actor: Actor, seat: Seat) -> str | None:
    """Return in what capacity somebody would speak for the team of the seat: leader, deputy, clerk or none."""
    try:
        return speak_for_team(session, actor, seat.team_id).role
    except (Refused, NotFound):
        return None


def _picture(token: str) -> str:
    asset = qr_asset(token)
    return f"data:{asset.media_type};base64,{b64encode(asset.data).decode()}"


def _found_seat(session: Session, actor: Actor, seat_id: int) -> tuple[Seat, TrainingClass]:
    seat = session.get(Seat, seat_id)
    if seat is None:
        raise NotFound(f"seat {seat_id}")
    row = session.get_one(TrainingClass, seat.class_id)
    if row.province_code not in actor.provinces:
        answer_for_seat(session, actor, seat)
    return seat, row


def _people(session: Session, row: TrainingClass, team_id: int, but: int | None = None) -> Any:
    """Return the people of the team whom the call sends."""
    call = session.get(Call, row.call_id) if row.call_id else None
    return people(
        member
        for member in queries.members_of(session, team_id)
        if member[0] != but and conditions.why_not_send(member[2], call.who_may_go if call else None) is None
    )


def _who(session: Session, seat: Seat) -> dict[str, Any]:
    return {"seat": seat, "name": queries.names_of(session, [seat.person_id])[seat.person_id]}


def _home(actor: Actor, row: TrainingClass) -> str:
    if row.province_code in actor.provinces:
        return url_for("lms.training.show_class", class_id=row.id)
    return url_for("lms.training.commune" if actor.is_clerk else "lms.training.index")


def _back() -> str:
    return local_path(request.form.get("ve")) or url_for("lms.training.index")


_NOT_OURS = Refused("Việc này do người dự, tổ hoặc xã làm.")
_ASK_THE_LEADER = Refused("Muốn cử người khác đi thay, hãy báo tổ trưởng hoặc tổ phó.")
