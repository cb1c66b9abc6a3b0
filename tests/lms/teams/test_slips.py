"""Login slips of a team: for whom, printed how, and gone when they should be."""

from datetime import timedelta

import pypdfium2
import pytest
from sqlalchemy import select

from lms.access import SYSTEM
from lms.clock import utc_now
from lms.errors import NotFound
from lms.files import store
from lms.files.models import StoredFile
from lms.files.rules import sweep
from lms.journal.models import Job
from lms.people import rules as people
from lms.people.models import LoginSlip
from lms.rooms import HOLDERS
from lms.teams import slips
from tests.conftest import SECRET
from tests.factories import HAC_THANH, NOON, THANH_HOA, actor_of, clerk, make_team, member_of, officer


def issue(unit, by, team, person=None):
    return unit(
        lambda s: (
            slips.issue_team_slips(
                s, by=actor_of(by), team_id=team, person_id=person, secret=SECRET, days=30, now=utc_now()
            ).id
        )
    )


@pytest.fixture
def team(app):
    return make_team("Tổ dân phố 1")


def text_of(data):
    document = pypdfium2.PdfDocument(data)
    return " ".join(page.get_textpage().get_text_range() for page in document), len(document)


def test_everybody_without_a_pin_gets_a_slip_nine_to_a_page(client, unit, run_jobs, session, team):
    for number in range(10):
        member_of(team, f"Lò Thị Mai {number}")
    client.sign_in(clerk())
    page = client.get(f"/quan-ly/to/{team}")

    job = client.send(page.form("/phieu"))
    run_jobs()
    paper = client.get(job.location + "/tep")

    text, pages = text_of(paper.data)
    assert pages == 2
    assert text.count("Lò Thị Mai") == 10


def test_a_clerk_prints_no_slip_for_an_official_who_sits_in_a_team(unit, session, team):
    """A slip opens its account: the clerk would become the officer."""
    person, account = member_of(team, "Cán bộ Sở")
    member_of(team, "Tổ viên")
    unit(lambda s: people.grant_role(s, account_id=account, role="officer", area_code=THANH_HOA, by=SYSTEM, now=NOON))

    issue(unit, clerk(), team)
    with pytest.raises(NotFound):
        issue(unit, clerk(name="Cán bộ xã khác"), team, person)

    assert account not in set(session.scalars(select(LoginSlip.account_id)))
    issue(unit, officer(), team, person)
    session.rollback()
    assert account in set(session.scalars(select(LoginSlip.account_id)))


def test_a_clerk_whose_task_ended_fetches_no_paper_any_more(client, unit, run_jobs, team):
    member_of(team, "Tổ viên")
    account = clerk()
    job = issue(unit, account, team)
    run_jobs()
    client.sign_in(account).get(f"/viec/{job}/tep")

    unit(lambda s: people.end_role(s, account_id=account, role="clerk", area_code=HAC_THANH, by=SYSTEM, now=NOON))

    client.get(f"/viec/{job}/tep", 404)


def test_printed_slips_are_gone_from_the_disk_after_a_day(unit, run_jobs, session, team):
    member_of(team, "Tổ viên")
    job = issue(unit, clerk(), team)
    run_jobs()
    digest = session.scalar(select(StoredFile.sha256))
    assert store.read(digest)

    unit(lambda s: slips.forget_printed_slips(s, utc_now() + timedelta(hours=23)))
    assert store.read(digest)
    unit(lambda s: slips.forget_printed_slips(s, utc_now() + timedelta(hours=25)))
    unit(lambda s: sweep(s, holders=HOLDERS, now=utc_now() + timedelta(hours=27)))

    with pytest.raises(NotFound):
        store.read(digest)
    assert "file_id" not in session.get(Job, job).result


def test_a_team_in_which_everybody_has_a_pin_needs_no_slips(unit, team):
    with pytest.raises(slips.NobodyToPrint):
        issue(unit, clerk(), team)
