"""What a call knows of its communes: clusters that may share a class, places hard to reach, places kept."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.access import Actor
from lms.areas.models import Area
from lms.errors import Refused
from lms.training.calls import CallBadlyPlanned, lock_call, note_call
from lms.training.models import Call, CallCommune
from lms.training.transitions import AlreadySettled, move
from lms.words import nfc


class CommunePlan(NamedTuple):
    """A commune's code and what the call says of it; nothing said is no cluster, easy to reach, none kept."""

    code: str
    cluster: str = ""
    is_remote: bool = False
    reserve: int = 0


def arrange_communes(
    session: Session, *, by: Actor, call_id: int, communes: Iterable[CommunePlan], now: datetime
) -> Call:
    """Say of these communes of the province what holds in the call; the others stay as they are.

    Raises:
        AlreadySettled: the classes of the call are planned.
        CallBadlyPlanned: a commune of another province, or fewer than no places kept.
        NotFound: not a call of the officer's province.
    """
    call = lock_call(session, by, call_id)
    no = why_not_arrange(call)
    if no is not None:
        raise no
    wanted = {plan.code: plan._replace(cluster=nfc(plan.cluster)[:80]) for plan in communes}
    if set(wanted) - {code for code, _ in communes_of_province(session, call.province_code)}:
        raise CallBadlyPlanned("Có xã, phường không thuộc tỉnh. Chưa đổi gì cả.")
    if any(plan.reserve < 0 for plan in wanted.values()):
        raise CallBadlyPlanned("Số chỗ để dành phải từ 0 trở lên. Chưa đổi gì cả.")
    changes = _write(session, call, wanted)
    if changes:
        move(session, call, call.state, by=by, now=now, snapshot={"communes": changes})
        note_call(session, by, call, "arrange_communes", {"communes": sorted(changes)}, now)
    return call


def why_not_arrange(call: Call) -> Refused | None:
    """Say why clusters and kept places cannot change any more, if they cannot."""
    return None if call.state in ("draft", "open", "closed") else AlreadySettled("call", call.state)


def communes_of_province(session: Session, province_code: str) -> Sequence[Any]:
    """Return (code, name) of the province's communes of today in Vietnamese order."""
    return session.execute(
        select(Area.code, Area.name)
        .where(Area.parent_code == province_code, Area.ended_on.is_(None))
        .order_by(Area.sort_key, Area.code)
    ).all()


def commune_plans(session: Session, call_id: int) -> dict[str, CommunePlan]:
    """Return what the call says of communes, by code."""
    rows = session.scalars(select(CallCommune).where(CallCommune.call_id == call_id))
    return {row.commune_code: CommunePlan(row.commune_code, row.cluster, row.is_remote, row.reserve) for row in rows}


def _write(session: Session, call: Call, wanted: dict[str, CommunePlan]) -> dict[str, list[Any]]:
    """Store what differs; return by code what was said before and what now."""
    before = commune_plans(session, call.id)
    changes = {}
    for code, plan in sorted(wanted.items()):
        old = before.get(code, CommunePlan(code))
        if plan != old:
            changes[code] = [list(old[1:]), list(plan[1:])]
            row = session.get(CallCommune, (call.id, code)) or CallCommune(call_id=call.id, commune_code=code)
            row.cluster, row.is_remote, row.reserve = plan[1:]
            session.add(row)
    session.flush()
    return changes
