"""A worker of its own that gathers papers slowly, one to a part, until it is killed."""

import multiprocessing
import time

from lms.certificates import bundling
from lms.certificates.bundles import BUNDLE
from lms.journal.jobs import run_all
from tests.conftest import make_app

PROCESS = multiprocessing.get_context("forkserver")
PROCESS.set_forkserver_preload([__name__])


def bundle_until_killed(url, data_dir):
    """Make the bundles that wait."""
    read = bundling.paper_parts

    def read_slowly(session, certificate):
        time.sleep(0.05)
        return read(session, certificate)

    bundling.paper_parts, bundling.MOST_PAPERS = read_slowly, 1
    with make_app(url, data_dir).app_context():
        idle = {"certificates.prepare": lambda *_: {}, "certificates.render": lambda *_: {}}
        run_all({BUNDLE: bundling.HANDLERS[BUNDLE]} | idle)
