"""What certificates leave to the background, gathered from the modules named by their noun."""

from collections.abc import Mapping

from lms.certificates import book_papers, bundling, elsewhere, nightly, pressing, proofs
from lms.journal.jobs import Handler

HANDLERS: Mapping[str, Handler] = {
    **elsewhere.HANDLERS,
    **proofs.HANDLERS,
    **pressing.HANDLERS,
    **nightly.HANDLERS,
    **bundling.HANDLERS,
    **book_papers.HANDLERS,
}
