"""What somebody does who has the database in hand, and these sources."""

from sqlalchemy import select, update

from lms.certificates.book import digest, hash_line
from lms.certificates.models import BookLine, Certificate, NumberBook
from lms.db import in_unit


def tamper(certificate, **columns):
    """Change a certificate's row as somebody with the database in hand would."""
    row = certificate.id
    in_unit(lambda s: s.execute(update(Certificate).where(Certificate.id == row).values(**columns)))


def tamper_line(number, **columns):
    """Change a line of the book, and leave the chain as it is."""
    in_unit(lambda s: s.execute(update(BookLine).where(BookLine.line == number).values(**columns)))


def forge_chain(session):
    """Make every line and the head anew, as a forger with time would."""
    book = session.scalars(select(NumberBook)).one()
    before, lines = "", session.scalars(select(BookLine).order_by(BookLine.line)).all()
    hashes = {}
    for number, line in enumerate(lines, 1):
        row = session.get_one(Certificate, line.certificate_id)
        said = (number, line.kind, line.at, line.by_id, line.detail, before)
        hashes[line.id] = (number, before, hash_line(book, row.number, row.public_id, digest(row.snapshot), said))
        before = hashes[line.id][2]
    session.rollback()

    def work(s):
        for line_id, (number, prev, own) in hashes.items():
            s.execute(update(BookLine).where(BookLine.id == line_id).values(line=number, prev_hash=prev, line_hash=own))
        for row in s.scalars(select(Certificate)):
            row.snapshot_sha256 = digest(row.snapshot)
        s.execute(update(NumberBook).values(head=before, lines=len(hashes)))

    in_unit(work)
