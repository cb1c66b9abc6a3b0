"""The holder's pages: my certificates, the paper, its picture for a chat; and what is still missing."""

from flask import Response

from lms.access import the_actor
from lms.certificates import queries
from lms.certificates.models import Certificate
from lms.certificates.page_reads import earned_and_waiting
from lms.certificates.papers import note_taken, paper_bytes, paper_name
from lms.certificates.public_id import normalise
from lms.certificates.sources import told_of
from lms.clock import utc_now
from lms.db import db_session, in_unit
from lms.learning.queries import CourseProgress, home
from lms.pages import download, render
from lms.press.image import certificate_image, media_type


def mine() -> Response:
    """Show the member's own certificates, what waits for a decision, and what to learn next."""
    session, person_id = db_session(), the_actor().person_id
    own = queries.own_certificates(session, the_actor())
    return render(
        "certificates/mine.html",
        certificates=[(row, told_of(row)) for row in own],
        waiting=earned_and_waiting(session, person_id) if person_id is not None else [],
        lacking=_lacking(person_id),
        now=utc_now(),
        state_words=queries.STATE_WORDS,
        state_chips=queries.STATE_CHIPS,
    )


def download_paper(public_id: str) -> Response:
    """Hand out the very bytes that were issued."""
    certificate = _handed_out(public_id, "pdf")
    return download(paper_bytes(db_session(), certificate), paper_name(certificate), "application/pdf")


def download_image(public_id: str) -> Response:
    """Hand out the paper as a picture, small enough for a chat."""
    certificate = _handed_out(public_id, "image")
    picture = certificate_image(paper_bytes(db_session(), certificate))
    kind = media_type(picture)
    name = paper_name(certificate).removesuffix(".pdf") + (".png" if kind == "image/png" else ".jpg")
    return download(picture, name, kind)


def _handed_out(public_id: str, form: str) -> Certificate:
    """Return the certificate; the journal says so first when it is not the holder who takes it."""
    actor, session = the_actor(), db_session()
    certificate = queries.downloadable(session, actor, normalise(public_id) or "")
    if not queries.is_holder(certificate, actor):
        in_unit(lambda s: note_taken(s, by=actor, certificate=certificate, form=form, now=utc_now()))
    return certificate


def _lacking(person_id: int | None) -> list[CourseProgress]:
    """Return the courses that the person has not completed, those begun first."""
    if person_id is None:
        return []
    courses = [course for course in home(db_session(), person_id).courses if course.done < course.total]
    return sorted(courses, key=lambda course: course.done == 0)
