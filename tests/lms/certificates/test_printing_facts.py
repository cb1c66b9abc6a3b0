"""What a paper cannot hold is refused before anybody gets a number."""

import pytest
from sqlalchemy import select

from lms.certificates.models import ApprovalList, NumberBook
from lms.certificates.printing_facts import TextTooLong
from tests.lms.certificates.world import approve, certificates, finalised_class, propose

pytestmark = pytest.mark.usefixtures("app")


def test_a_name_too_long_for_its_line_is_refused_and_nothing_is_written(session):
    made = finalised_class(("Lê Thị Hoa", "W" * 110))

    with pytest.raises(TextTooLong, match="Dòng “Họ tên” dài quá"):
        propose(made)

    assert session.scalars(select(ApprovalList)).all() == []
    assert session.scalars(select(NumberBook)).all() == []


def test_a_long_name_that_breaks_into_rows_is_certified(session):
    name = " ".join(["Nguyễn"] * 17)

    approve(finalised_class(("Lê Thị Hoa", name)))

    assert [row.snapshot["name"] for row in certificates()] == ["Lê Thị Hoa", name]
