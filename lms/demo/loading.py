"""Load the demonstration step by step; each step is stored on its own and skips what is there.

So a run that was killed is finished by the next one, and a run after the last changes nothing.
"""

from collections.abc import Callable
from datetime import datetime

from flask import current_app

from lms.db import db_session, in_unit
from lms.demo import learners, marker, people, training
from lms.demo.province import ROSTER_FILES
from lms.journal.jobs import run_all

Tell = Callable[[str], None]


def load(tell: Tell, *, now: datetime) -> bool:
    """Load what is missing; return whether anything was.

    Raises:
        RealTeamsHere: the database holds teams of its own.
        CourseMissing: the built-in course is not published.
    """
    learners.lessons_of_course(db_session())
    anchor = in_unit(lambda s: marker.begin(s, now=now))
    if marker.is_complete(db_session()):
        return False
    for words, step in _steps(tell):
        tell(words)
        step(anchor)
    in_unit(lambda s: marker.finish(s, now=now))
    return True


def _steps(tell: Tell) -> tuple[tuple[str, Callable[[datetime], None]], ...]:
    return (
        ("Tạo tài khoản cán bộ, giảng viên.", people.employ_staff),
        ("Nạp danh sách tổ của bốn xã, phường.", _load_rosters),
        ("Mở đợt đăng ký, các tổ gửi nhu cầu tập huấn.", _call_and_needs),
        ("Thành viên học bài và làm kiểm tra.", lambda anchor: learners.let_everybody_learn(anchor, _silent)),
        ("Mở hai lớp tập huấn, điểm danh, chốt kết quả.", _classes),
        ("Cấp giấy chứng nhận.", training.certify),
        ("Làm nốt việc chờ.", _finish_jobs),
    )


def _load_rosters(anchor: datetime) -> None:
    for file in ROSTER_FILES:
        people.load_roster(file, anchor)


def _call_and_needs(anchor: datetime) -> None:
    training.open_call(anchor)
    training.register_needs(anchor)


def _classes(anchor: datetime) -> None:
    training.hold_first_class(anchor)
    training.invite_to_next_class(anchor)


def _finish_jobs(_anchor: datetime) -> None:
    run_all(current_app.extensions["lms"].handlers)


def _silent(_done: int, _total: int) -> None:
    """Learning takes seconds; one line for it is enough."""
