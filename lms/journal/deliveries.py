"""Send notices outside: asked for with the deed, handed over once, told to the operator when in doubt.

A delivery is written in the transaction of its notice, by the door's settler. The worker notes that it
tries before it asks the gateway, and commits; so a worker killed in between leaves a row that was
tried and not sent. Nobody knows then whether the message went out, so it is not sent again by
itself, unless the gateway knows it by its key.
"""

import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.orm import Session

from lms.clock import VIETNAM, utc_now
from lms.db import db_session, in_unit, insert_into
from lms.errors import Misconfigured, NotFound
from lms.journal.gateways import Gateway, GatewayDown, GatewayRefused, Message
from lms.journal.models import Notice, NoticeDelivery
from lms.pages import public_url
from lms.words import nfc

MOST_A_ROUND = 100
MOST_TRIES = 5
IN_DOUBT_AFTER = timedelta(minutes=10)
_PAUSES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=3))
_SUBJECT_LENGTH = 90
_FAREWELL = (
    "Thư này gửi tự động, anh/chị không cần trả lời. "
    "Không muốn nhận thư nữa: vào trang “Dữ liệu của tôi” và bỏ địa chỉ thư."
)
log = logging.getLogger("lms.deliveries")
AddressOf = Callable[[Session, Collection[int]], Mapping[int, str]]


@dataclass(frozen=True)
class QuietHours:
    """From when to when, in Vietnam's time, nobody is written to; the same time twice is never."""

    begin: time
    end: time

    def over(self, moment: datetime) -> datetime:
        """Return the moment itself, or the end of the quiet hours in which it falls."""
        local = moment.astimezone(VIETNAM)
        clock = local.time()
        if self.begin <= self.end:
            is_quiet, is_evening = self.begin <= clock < self.end, False
        else:
            is_quiet, is_evening = clock >= self.begin or clock < self.end, clock >= self.begin
        if not is_quiet:
            return moment
        return datetime.combine(local.date() + timedelta(days=is_evening), self.end, tzinfo=VIETNAM)


@dataclass(frozen=True)
class Post:
    """What sending needs and a room before that of people cannot know: ways out, addresses, quiet hours."""

    gateways: tuple[Gateway, ...]
    address_of: AddressOf
    quiet_hours: QuietHours


def read_quiet_hours(words: str) -> QuietHours:
    """Read "21:00-06:30"; nothing written means no quiet hours.

    Raises:
        Misconfigured: it is written otherwise.
    """
    try:
        begin, end = (time.fromisoformat(part.strip()) for part in (words or "00:00-00:00").split("-"))
    except ValueError as error:
        raise Misconfigured(
            f"LMS_QUIET_HOURS đang là “{words}”, không đọc được. Hãy viết như 21:00-06:30, hoặc bỏ trống."
        ) from error
    return QuietHours(begin, end)


def plan_deliveries(session: Session, touched: Mapping[str, Iterable[Any]]) -> None:
    """Ask for the sending of what a unit has told people who gave an address, before it commits.

    Called by the door. So a notice older than the switching on of a gateway is never sent by it.
    """
    events, post = list(touched.get("notices", ())), current_app.extensions["lms"].post
    if not events or not post.gateways:
        return
    told = session.execute(select(Notice.id, Notice.person_id, Notice.created_at).where(Notice.event.in_(events))).all()
    reached = post.address_of(session, {row.person_id for row in told})
    rows = [
        {"notice_id": row.id, "gateway": gateway.name, "not_before": post.quiet_hours.over(row.created_at)}
        | {"tries": 0, "failure": ""}
        for row in told
        if row.person_id in reached
        for gateway in post.gateways
    ]
    if rows:
        insert = insert_into(session, NoticeDelivery.__table__).on_conflict_do_nothing()
        session.connection().execute(insert, rows)


def deliver_due_notices(now: datetime) -> int:
    """Hand over what is due, outside of any unit; return how many were sent.

    A gateway that is down is left alone for the rest of the round.
    """
    post = current_app.extensions["lms"].post
    sent = 0
    for gateway in post.gateways if post.quiet_hours.over(now) == now else ():
        for _ in range(MOST_A_ROUND):
            outcome = _deliver_next(gateway)
            sent += outcome == "sent"
            if outcome in ("none", "down"):
                break
    return sent


def deliveries_in_doubt(session: Session, now: datetime) -> list[NoticeDelivery]:
    """Return what was tried and neither sent nor refused, and is not being sent right now."""
    return list(session.scalars(select(NoticeDelivery).where(_in_doubt(now)).order_by(NoticeDelivery.id)))


def count_deliveries(session: Session, now: datetime) -> dict[str, int]:
    """Return how many wait, were sent, failed and are in doubt."""
    ended = (NoticeDelivery.sent_at.is_not(None), NoticeDelivery.failed_at.is_not(None))
    counts = session.execute(
        select(
            func.count().filter(~or_(*ended), ~_in_doubt(now)),
            *(func.count().filter(end) for end in ended),
            func.count().filter(_in_doubt(now)),
        ).select_from(NoticeDelivery)
    ).one()
    return dict(zip(("waiting", "sent", "failed", "in_doubt"), counts, strict=True))


def settle_doubt(session: Session, *, delivery_id: int, send_again: bool, now: datetime) -> None:
    """Decide by hand what nobody can know: send once more, or leave it.

    Raises:
        NotFound: this delivery is not in doubt.
    """
    values: dict[str, Any] = {"failed_at": now, "failure": "không rõ đã gửi hay chưa, người quản trị cho thôi"}
    if send_again:
        values = {"tried_at": None, "not_before": now, "tries": 0}
    done = session.execute(
        update(NoticeDelivery).where(NoticeDelivery.id == delivery_id, _in_doubt(now)).values(values)
    )
    if done.rowcount != 1:  # type: ignore[attr-defined]
        raise NotFound(f"thư {delivery_id}")


def _deliver_next(gateway: Gateway) -> str:
    """Claim one delivery, commit, hand it over, and note how it ended."""
    claimed = in_unit(lambda s: _claim(s, gateway, utc_now()))
    if claimed is None:
        return "none"
    delivery_id, message, tries = claimed
    if message is None:
        return _end(delivery_id, failed_at=utc_now(), failure="người nhận không còn địa chỉ")
    try:
        gateway.deliver(message)
    except GatewayRefused as refusal:
        return _end(delivery_id, failed_at=utc_now(), failure=str(refusal)[:300])
    except GatewayDown as fault:
        if tries >= MOST_TRIES:
            return _end(delivery_id, "down", failed_at=utc_now(), failure=str(fault)[:300])
        later = current_app.extensions["lms"].post.quiet_hours.over(utc_now() + _PAUSES[tries - 1])
        return _end(delivery_id, "down", tried_at=None, not_before=later, failure=str(fault)[:300])
    except Exception:
        # Whether it went out is unknown: the row stays as it is, tried and not sent, for the operator.
        log.exception("delivery %s by %s is in doubt", delivery_id, gateway.name)
        return "down"
    return _end(delivery_id, "sent", sent_at=utc_now(), failure="")


def _claim(session: Session, gateway: Gateway, now: datetime) -> tuple[int, Message | None, int] | None:
    """Take the delivery that is due first and note that it is tried.

    Several workers may ask at once: on PostgreSQL they skip each other's rows, on SQLite the unit is alone.
    """
    fresh = and_(NoticeDelivery.tried_at.is_(None), NoticeDelivery.not_before <= now)
    again = and_(NoticeDelivery.tried_at < now - IN_DOUBT_AFTER, NoticeDelivery.tries < MOST_TRIES)
    row = session.scalar(
        select(NoticeDelivery)
        .where(
            NoticeDelivery.gateway == gateway.name,
            NoticeDelivery.sent_at.is_(None),
            NoticeDelivery.failed_at.is_(None),
            or_(fresh, again) if gateway.is_idempotent else fresh,
        )
        .order_by(NoticeDelivery.not_before, NoticeDelivery.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    if row is None:
        return None
    row.tried_at, row.tries = now, row.tries + 1
    notice = session.get_one(Notice, row.notice_id)
    to = current_app.extensions["lms"].post.address_of(session, {notice.person_id}).get(notice.person_id)
    return row.id, _message(notice, to) if to else None, row.tries


def _message(notice: Notice, to: str) -> Message:
    where = public_url("lms.front").rstrip("/") + (notice.path or "/")
    return Message(
        key=f"thong-bao-{notice.id}",
        to=to,
        subject=_subject(notice.text),
        text=f"{nfc(notice.text)}\n\nXem và trả lời tại: {where}\n\n{_FAREWELL}\n",
    )


def _subject(text: str) -> str:
    """Return the first sentence, shortened at a word."""
    words = " ".join(nfc(text).split())
    first = words.split(". ")[0].rstrip(".")
    if len(first) <= _SUBJECT_LENGTH:
        return first
    return first[:_SUBJECT_LENGTH].rsplit(" ", 1)[0] + "…"


def _end(delivery_id: int, outcome: str = "failed", **values: Any) -> str:
    in_unit(lambda s: s.execute(update(NoticeDelivery).where(NoticeDelivery.id == delivery_id).values(values)))
    db_session().rollback()
    return outcome


def _in_doubt(now: datetime) -> Any:
    return and_(
        NoticeDelivery.tried_at < now - IN_DOUBT_AFTER,
        NoticeDelivery.sent_at.is_(None),
        NoticeDelivery.failed_at.is_(None),
    )
