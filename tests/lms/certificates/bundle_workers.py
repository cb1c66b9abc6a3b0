"""Workers of their own that gather papers slowly until they are killed."""

import multiprocessing
import time

from lms.certificates import bundling, paper_files
from lms.certificates.bundles import BUNDLE
from lms.journal.jobs import run_all
from tests.conftest import make_app

PROCESS = multiprocessing.get_context("forkserver")
PROCESS.set_forkserver_preload([__name__])


def bundle_until_killed(url, data_dir):
    """Make the bundles that wait, one paper to a part."""
    bundling.MOST_PAPERS = 1
    _gather(bundling, url, data_dir)


def publish_until_killed(url, data_dir):
    """Write the papers of the bundles that wait as files."""
    _gather(paper_files, url, data_dir)


def _gather(module, url, data_dir):
    read = module.paper_parts

    def read_slowly(session, certificate):
        time.sleep(0.05)
        return read(session, certificate)

    module.paper_parts = read_slowly
    with make_app(url, data_dir).app_context():
        idle = {"certificates.prepare": lambda *_: {}, "certificates.render": lambda *_: {}}
        run_all({BUNDLE: bundling.HANDLERS[BUNDLE]} | idle)
