"""A small province at work: one call, one topic, teams with leader, deputy and a member."""

import pytest

from lms.db import in_unit
from lms.library.models import Skill

from .world import World


@pytest.fixture
def world(app):
    """The province, with nothing registered yet."""
    add_topics()
    return World()


def add_topics() -> None:
    """Store the topics of the tests."""

    def skills(session):
        for position, (key, title) in enumerate(
            [("dich-vu-cong", "Dịch vụ công trực tuyến"), ("thanh-toan", "Thanh toán trực tuyến")], 1
        ):
            if session.get(Skill, key) is None:
                session.add(Skill(key=key, title=title, position=position))

    in_unit(skills)
