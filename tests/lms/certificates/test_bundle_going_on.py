"""A bundle whose work has failed: its parts stay, and the work goes on where it stood."""

import pytest

from lms.certificates import bundles
from lms.certificates.models import Bundle
from lms.db import in_unit
from lms.errors import NotFound
from lms.journal.rules import fail_job
from tests.factories import actor_of, clerk, officer
from tests.lms.certificates.world import NOW, published, the_officer


@pytest.fixture
def failed(app):
    """A bundle of a list whose work has failed; return its id."""
    list_id, by = published()[0].list_id, the_officer()
    bundle = in_unit(lambda s: bundles.order_bundle(s, by=by, form="zip", list_id=list_id, now=NOW))
    bundle_id, job_id = bundle.id, bundle.job_id
    in_unit(lambda s: fail_job(s, job_id=job_id, sentence="Ổ đĩa đầy.", now=NOW))
    return bundle_id


def go_on(bundle_id, by):
    in_unit(lambda s: bundles.go_on_with_bundle(s, by=by, bundle_id=bundle_id, now=NOW))


def test_a_failed_bundle_goes_on_and_is_made(session, run_jobs, client, failed):
    client.sign_in(officer())
    page = client.get(f"/quan-ly/chung-nhan/bo/{failed}")
    assert "Ổ đĩa đầy." in page.text

    client.send(page.form("/lam-tiep"))
    run_jobs()

    session.expire_all()
    made = session.get_one(Bundle, failed)
    assert made.made_at is not None
    assert [part["count"] for part in made.parts] == [3]


def test_a_bundle_at_work_or_made_does_not_go_on_twice(session, run_jobs, failed):
    by = the_officer()
    go_on(failed, by)

    with pytest.raises(bundles.BundleUnderWay):
        go_on(failed, by)
    run_jobs()
    session.expire_all()
    with pytest.raises(NotFound):
        go_on(failed, by)


def test_only_who_may_take_a_bundle_lets_it_go_on(failed):
    for stranger in (actor_of(officer("52", "Siu Black")), actor_of(clerk())):
        with pytest.raises(NotFound):
            go_on(failed, stranger)
