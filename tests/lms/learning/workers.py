"""What the other processes of a test do, each with an app of its own on the same database."""

import multiprocessing

from lms.db import in_unit
from lms.learning.class_credits import settle_credits
from tests.conftest import make_app

# One server process imports the school once; each worker is forked from it, clean of this test's connections.
PROCESS = multiprocessing.get_context("forkserver")
PROCESS.set_forkserver_preload([__name__])


def settle(url, data_dir, now):
    """Settle what is due, as the worker does every minute; return how many credits that were."""
    app = make_app(url, data_dir)
    with app.app_context():
        try:
            return in_unit(lambda s: settle_credits(s, now))
        finally:
            app.extensions["lms"].db.session.remove()
            app.extensions["lms"].db.engine.dispose()
