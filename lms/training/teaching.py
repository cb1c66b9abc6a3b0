"""Who teaches a class, and where: both may change until it is over, and whoever counts on it is told."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from lms.access import Actor
from lms.errors import Refused
from lms.training.class_plans import ClassBadlyPlanned, check_trainer
from lms.training.classes import NotNow, allow, enter_own_hall, note_class, numbers, open_seats
from lms.training.models import ClassTrainer, TrainingClass
from lms.training.notices import teach_text, tell_seat, tell_trainers, trainers_of
from lms.training.transitions import BEFORE_START, move
from lms.words import nfc

_CHANGEABLE = BEFORE_START | {"running"}


def change_teaching(
    session: Session,
    *,
    by: Actor,
    class_id: int,
    venue: str,
    trainer_id: int | None,
    now: datetime,
    trainer_name: str = "",
    other_trainer_ids: Iterable[int] = (),
) -> TrainingClass:
    """Give a class another place, another chief trainer, others beside; where nothing differs nothing happens.

    Raises:
        ClassBadlyPlanned: no place, or a trainer from elsewhere.
        AlreadySettled: the class is over.
        NotFound: not a class of the officer's province.
    """
    hall = enter_own_hall(session, by, class_id)
    row, place = hall.row, nfc(venue)[:200]
    allow(why_not_change_teaching(row))
    if not place:
        raise ClassBadlyPlanned("Lớp phải có địa điểm. Chưa thay đổi gì.")
    name = nfc(trainer_name) if trainer_id is None else check_trainer(session, row.province_code, trainer_id)
    teach, taught = {*other_trainer_ids, *([trainer_id] if trainer_id is not None else [])}, trainers_of(session, row)
    changed = _differing(row, venue=place, trainer_id=trainer_id, trainer_name=name)
    if not changed and teach == taught:
        return row
    _replace_others(session, row, teach - {trainer_id}, by, now)
    told = {"changes": changed, "teachers": [sorted(taught), sorted(teach)]}
    snapshot = numbers(hall) | told
    values: dict[str, Any] = {field: new for field, (_, new) in changed.items()}
    move(session, row, row.state, by=by, now=now, reason="đổi giảng viên, địa điểm", snapshot=snapshot, **values)
    note_class(session, by, row, "change_teaching", now, **told)
    if row.state != "planned":
        _tell(session, row, set(changed), taught, teach, by, now)
    return row


def why_not_change_teaching(row: TrainingClass) -> Refused | None:
    """Say why teacher and place cannot change any more, or None."""
    return None if row.state in _CHANGEABLE else NotNow(row, "đổi giảng viên, địa điểm")


def _differing(row: TrainingClass, **values: object) -> dict[str, tuple[object, object]]:
    return {field: (getattr(row, field), new) for field, new in values.items() if getattr(row, field) != new}


def _replace_others(session: Session, row: TrainingClass, others: set[int], by: Actor, now: datetime) -> None:
    for account_id in sorted(others):
        check_trainer(session, row.province_code, account_id)
    session.execute(delete(ClassTrainer).where(ClassTrainer.class_id == row.id))
    for account_id in sorted(others):
        session.add(ClassTrainer(class_id=row.id, account_id=account_id, added_at=now, added_by_id=by.account_id))
    session.flush()


def _tell(
    session: Session, row: TrainingClass, changed: set[str], taught: set[int], teach: set[int], by: Actor, now: datetime
) -> None:
    """Tell whoever comes what is new for them, and whoever teaches, does so from now on, or no longer does."""
    news = f"Nay học tại {row.venue}." if "venue" in changed else ""
    chief = f"Giảng viên: {row.trainer_name}." if "trainer_name" in changed and row.trainer_name else ""
    text = " ".join(filter(None, [f"Lớp “{row.title}” có thay đổi.", news, chief]))
    if news or chief:
        for seat in open_seats(session, row.id):
            tell_seat(session, seat, row, template="class-changed", text=text, but=None, now=now)
    trainers = {"class-teach": (teach - taught, teach_text(row)),
                "class-teach-no-more": (taught - teach, f"Anh/chị thôi dạy lớp “{row.title}”. Cảm ơn anh/chị."),
                "class-changed-teach": (teach & taught if news else set(), text)}  # fmt: skip
    for template, (accounts, said) in trainers.items():
        tell_trainers(session, row, template=template, text=said, but=by.person_id, now=now, accounts=accounts)
