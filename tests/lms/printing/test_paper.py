"""The closed room in which papers are laid out: nothing fetched, nothing forgotten, same bytes."""

import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pypdfium2
import pytest
from markupsafe import Markup

from lms.printing.documents import attendance_pdf, slips_pdf
from lms.printing.letters import unprintable
from lms.printing.paper import PaperFault, render_pdf
from tests.lms.printing.papers import attendance, slip, text_of

ROOT = Path(__file__).parents[3]
PRINT_HASH = """
import hashlib
from lms.printing.documents import attendance_pdf, report_pdf, slips_pdf
from tests.lms.printing.papers import attendance, report, slip
papers = [slips_pdf([slip()] * 3), attendance_pdf(attendance()), report_pdf(report())]
print([hashlib.sha256(paper).hexdigest() for paper in papers])
"""


@pytest.fixture
def lure():
    """A server on this machine that remembers whoever knocks."""
    knocks = []

    class Trap(BaseHTTPRequestHandler):
        def do_GET(self):
            knocks.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Trap)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", knocks
    server.shutdown()
    server.server_close()


def test_markup_in_a_name_is_printed_as_text_and_nothing_is_fetched(lure):
    address, knocks = lure
    attacks = [
        f"<img src={address}/a>",
        "<link rel=attachment href=file:///etc/hostname>",
        f"<style>@import url({address}/b)</style>",
        "{{ 7 * 7 }}",
    ]

    for attack in attacks:
        pdf = attendance_pdf(attendance(class_name=attack))
        assert attack.replace(" ", "") in text_of(pdf).replace(" ", "").replace("\n", "")
        assert pypdfium2.PdfDocument(pdf).count_attachments() == 0
    slips_pdf([slip(name=attack, team=attack) for attack in attacks])

    assert knocks == []


def test_a_missing_picture_stops_the_paper():
    with pytest.raises(PaperFault, match=r"qr-0\.svg"):
        render_pdf("slips", {"pages": [[_card()]]}, assets={})


def test_only_plain_data_enters_a_template():
    for value in (Markup("<b>"), object(), {"x": {1, 2}}):
        with pytest.raises(PaperFault):
            render_pdf("slips", {"pages": value})


def test_an_unknown_placeholder_stops_the_paper():
    card = _card()
    del card["name"]

    with pytest.raises(Exception, match="no attribute 'name'"):
        render_pdf("slips", {"pages": [[card]]})


def test_the_same_facts_give_the_same_bytes_in_every_process():
    first, second = (_print_elsewhere(seed) for seed in ("1", "4242"))

    assert first == second
    assert first


def test_what_was_printed_before_leaves_no_trace():
    alone = attendance_pdf(attendance())
    attendance_pdf(attendance(class_name="Ỡ Ữ Ặ"))
    slips_pdf([slip()])

    assert attendance_pdf(attendance()) == alone


def test_papers_are_tagged_for_those_who_listen():
    pdf = attendance_pdf(attendance())

    assert b"/MarkInfo" in pdf or pypdfium2.PdfDocument(pdf).is_tagged()
    assert pypdfium2.PdfDocument(pdf).get_metadata_value("Title")


def test_letters_no_font_can_print_are_named():
    assert unprintable("Nguyễn Thị Đẹp, Rơ Châm H'Bĭa Ƀlơh") == []
    assert unprintable("Lê 李 An 😀") == ["李", "😀"]
    assert unprintable("Lê\u202eAn") == ["\u202e"]


def test_a_letter_no_font_can_print_shows_as_a_box_on_a_slip():
    assert "Lê □ An" in text_of(slips_pdf([slip(name="Lê 李 An")]))


def _card():
    from dataclasses import asdict

    card = asdict(slip()) | {"qr": "qr-0.svg", "groups": ["4821", "7093"], "expires": "17:00", "name_size": 13}
    del card["expires_at"]
    return card


def _print_elsewhere(seed: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", PRINT_HASH],
        cwd=ROOT,
        env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout
