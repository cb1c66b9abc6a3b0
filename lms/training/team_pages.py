"""Pages of whoever goes to a class, and of leader and deputy who send people (phone)."""

from datetime import datetime
from typing import Any

from flask import request, url_for
from sqlalchemy.orm import Session

from lms.access import Actor, the_actor
from lms.clock import utc_now
from lms.db import db_session
from lms.errors import NotFound
from lms.pages import deed, local_path, render
from lms.training import queries, rules
from lms.training.forms import NeedForm, PersonForm, ReasonForm, people
from lms.training.models import Call, Seat, TrainingClass
from lms.training.standing import answer_for_seat, speak_for_team
from lms.training.waiting import ORDER_SENTENCE
from lms.training.wording import ROLE_WORDS, half_day_words, state_chip, state_words


def index() -> Any:
    """Show one's own seats first, then what the teams one leads have asked for."""
    actor, now, session = the_actor(), utc_now(), db_session()
    led = actor.led_team_ids
    provinces = {m.province_code for m in actor.memberships if m.team_id in led}
    needs = queries.needs_of_teams(session, led)
    calls = queries.open_calls(session, provinces, now)
    own = _with_reasons(session, queries.open_seats_of_person(session, actor.person_id), now)
    sent = [found for found in queries.open_seats_of_teams(session, led) if found.Seat.person_id != actor.person_id]
    signed = queries.signatures_of(session, [need.id for need in needs])
    return render(
        "training/index.html",
        own=own,
        is_invited=any(found.Seat.state == "offered" for found, _ in own),
        sent=_with_reasons(session, sent, now),
        held=queries.sessions_of(session, {row.TrainingClass.id for row, _ in own}),
        leads=bool(led),
        teams=queries.teams_by_id(session, led),
        calls=calls,
        needs=needs,
        signed=signed,
        names=queries.names_of(session, _named(needs, signed)),
        classes=queries.filling_classes(session, provinces),
        topics=queries.skill_titles(session),
        order=ORDER_SENTENCE,
        **words(),
    )


def register(call_id: int, team_id: int) -> Any:
    """Register the team's need, or sign the one that stands; a plain member reads why not."""
    actor, session = the_actor(), db_session()
    standing = speak_for_team(session, actor, team_id)
    call = session.get(Call, call_id)
    if call is None or call.province_code != standing.province_code:
        raise NotFound(f"call {call_id}")
    titles, members = queries.skill_titles(session), queries.members_of(session, team_id)
    form = NeedForm()
    form.offer([(key, titles[key]) for key in call.topics], members)
    if request.method == "GET":
        _fill_from_standing_need(session, form, call, team_id)
    refusal = None
    if form.validate_on_submit():
        try:
            return deed(
                lambda s: rules.register_need(
                    s,
                    by=actor,
                    call_id=call_id,
                    team_id=team_id,
                    topic=form.topic.data,
                    wish=form.wish,
                    reason=form.reason.data or "",
                    now=utc_now(),
                ),
                then=url_for("lms.training.commune" if standing.is_proxy else "lms.training.index"),
                say=_outcome,
            )
        except (rules.WishNotPossible, rules.ReasonMissing) as no:
            refusal = no
    status = 422 if form.errors or refusal else 200
    return render("training/register.html", status, form=form, call=call, standing=standing, refusal=refusal)


def withdraw(need_id: int) -> Any:
    """Take the team's need back."""
    actor, reason = the_actor(), request.form.get("reason", "")
    return deed(
        lambda s: rules.withdraw_need(s, by=actor, need_id=need_id, reason=reason, now=utc_now()),
        then=_back(),
        say="Đã rút nhu cầu. Chỗ của tổ, nếu có, đã mời người khác.",
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
        say="Đã báo không dự được. Chỗ này đã mời người tiếp theo.",
    )


def cancel(seat_id: int) -> Any:
    """Give back a confirmed seat or a place in the queue, with the reason."""
    actor, session, form = the_actor(), db_session(), ReasonForm()
    seat, row = _found_seat(session, actor, seat_id)
    if form.validate_on_submit():
        return deed(
            lambda s: rules.cancel_seat(s, by=actor, seat_id=seat_id, reason=form.reason.data, now=utc_now()),
            then=_home(actor, row),
            say="Đã hủy chỗ. Người tiếp theo trong hàng chờ đã được mời.",
        )
    return render("training/cancel_seat.html", 422 if form.errors else 200, form=form, row=row, **_who(session, seat))


def substitute(seat_id: int) -> Any:
    """Send somebody else of the team in the same place."""
    actor, session, form = the_actor(), db_session(), PersonForm()
    seat, row = _found_seat(session, actor, seat_id)
    speak_for_team(session, actor, seat.team_id)
    form.person.choices = _people(session, seat.team_id, but=seat.person_id)
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
    return render("training/substitute.html", 422 if form.errors else 200, form=form, row=row, **_who(session, seat))


def request_seat(class_id: int, team_id: int) -> Any:
    """Ask for a place in a published class, after all registered needs."""
    actor, session, form = the_actor(), db_session(), PersonForm()
    standing = speak_for_team(session, actor, team_id)
    row = session.get(TrainingClass, class_id)
    if row is None or row.state == "planned" or row.province_code != standing.province_code:
        raise NotFound(f"class {class_id}")
    form.person.choices = _people(session, team_id)
    if form.validate_on_submit():
        return deed(
            lambda s: rules.request_seat(
                s, by=actor, class_id=class_id, team_id=team_id, person_id=form.person.data, now=utc_now()
            ),
            then=url_for("lms.training.commune" if standing.is_proxy else "lms.training.index"),
            say=lambda seat: f"Đã ghi. Hiện giờ: {state_words('seat', seat.state)}.",
        )
    status = 422 if form.errors else 200
    return render("training/request_seat.html", status, form=form, row=row, team=standing.team, order=ORDER_SENTENCE)


def words() -> dict[str, Any]:
    """Return the wording every page of training uses."""
    return {"say": state_words, "chip": state_chip, "roles": ROLE_WORDS, "half_day": half_day_words}


def _with_reasons(session: Session, rows: Any, now: datetime) -> list[tuple[Any, list[str]]]:
    return [
        (found, rules.reasons_for_waiting(session, found.Seat, now=now) if found.Seat.state == "waiting" else [])
        for found in rows
    ]


def _named(needs: Any, signed: Any) -> set[int]:
    people = {person for need in needs for person in need.nominee_ids}
    proposals = [proposal for lines in signed.values() for _, _, proposal in lines if proposal]
    return people | {person for proposal in proposals for person in proposal.get("nominee_ids", [])}


def _fill_from_standing_need(session: Session, form: NeedForm, call: Call, team_id: int) -> None:
    asked = request.args.get("chuyen-de", call.topics[0])
    need = queries.need_of(session, call.id, team_id, asked)
    form.topic.data = asked
    if need is not None:
        form.seats_wanted.data, form.nominees.data = need.seats_wanted, need.nominee_ids
        form.availability.data, form.note.data = need.availability, need.note


def _outcome(done: rules.Registered) -> str:
    if done.is_new:
        return f"Đã đăng ký. Nhu cầu của tổ là số {done.need.queue_seq} trong đợt."
    if done.is_proposal:
        return "Đã ký chung. Nội dung khác được ghi là đề xuất, chờ tổ trưởng."
    return "Đã ký chung nhu cầu của tổ."


def _found_seat(session: Session, actor: Actor, seat_id: int) -> tuple[Seat, TrainingClass]:
    seat = session.get(Seat, seat_id)
    if seat is None:
        raise NotFound(f"seat {seat_id}")
    row = session.get_one(TrainingClass, seat.class_id)
    if row.province_code not in actor.provinces:
        answer_for_seat(session, actor, seat)
    return seat, row


def _people(session: Session, team_id: int, but: int | None = None) -> Any:
    return people(member for member in queries.members_of(session, team_id) if member[0] != but)


def _who(session: Session, seat: Seat) -> dict[str, Any]:
    return {"seat": seat, "name": queries.names_of(session, [seat.person_id])[seat.person_id]}


def _home(actor: Actor, row: TrainingClass) -> str:
    if row.province_code in actor.provinces:
        return url_for("lms.training.show_class", class_id=row.id)
    return url_for("lms.training.commune" if actor.is_clerk else "lms.training.index")


def _back() -> str:
    return local_path(request.form.get("ve")) or url_for("lms.training.index")
