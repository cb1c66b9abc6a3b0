"""Time stamps: asked for where the settings name an authority; without an answer nothing is signed."""

import hashlib
import http.server
import threading
import time
from contextlib import contextmanager

import pytest
from asn1crypto import tsp
from pyhanko.sign.timestamps import DummyTimeStamper

from lms.signing import signers
from lms.signing.checking import check_signature
from lms.signing.refusals import StampBroken, StampSilent
from lms.signing.returns import judge_returned
from lms.signing.settings import SigningSettings
from lms.signing.signatures import sign
from lms.signing.signers import load_signer
from lms.signing.trust import Trust
from lms.signing.updates import plan_update
from tests.lms.signing.authorities import ISSUED, LAST, NOW, root, signer, stamper
from tests.lms.signing.clerk import certificate, private_key, sign_elsewhere
from tests.lms.signing.papers import paper

TRUST = Trust(allowed=frozenset({signer().der}), roots=frozenset({root().der}))


def authority(at=ISSUED):
    return DummyTimeStamper(certificate(stamper()), private_key(stamper()), fixed_dt=at)


@contextmanager
def served(answer):
    """Serve RFC 3161 over HTTP at an address of this machine; `answer` makes a response from a request."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            asked = self.rfile.read(int(self.headers["Content-Length"]))
            status, body = answer(asked)
            self.send_response(status)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *words):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *words: None  # whoever asked may not have waited
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def stamping(asked):
    return 200, authority().request_tsa_response(tsp.TimeStampReq.load(asked)).dump()


def signed(url, tmp_path, kind="ecdsa"):
    file = tmp_path / "khoa.p12"
    file.write_bytes(signer(kind).as_file())
    seal = load_signer(SigningSettings(way="pkcs12", key_file=file, stamp_url=url))
    base = paper()
    return base + sign(base, b"", plan_update(base), seal, at=ISSUED)


@pytest.mark.parametrize("kind", ["ecdsa", "rsa"])
def test_a_stamped_signature_is_good_and_says_when(tmp_path, kind):
    with served(stamping) as url:
        data = signed(url, tmp_path, kind)
    trust = Trust(allowed=frozenset({signer(kind).der}), roots=frozenset({root().der}))
    report = check_signature(data, trust, now=LAST)
    assert report.is_good
    [one] = report.signatures
    assert (one.is_stamped, one.is_stamp_good, one.at) == (True, True, ISSUED)


def test_a_stamp_by_an_authority_nobody_trusts_is_found(tmp_path):
    with served(stamping) as url:
        data = signed(url, tmp_path)
    report = check_signature(data, Trust(allowed=frozenset({signer().der})), now=NOW)
    assert report.signatures[0].is_stamped
    assert not report.signatures[0].is_stamp_good
    assert not report.is_good


def refusing(asked):
    status = tsp.PKIStatusInfo({"status": "rejection"})
    return 200, tsp.TimeStampResp({"status": status}).dump()


def answering_another(asked):
    other = tsp.TimeStampReq.load(asked).copy()
    other["nonce"] = 1
    return 200, authority().request_tsa_response(other).dump()


@pytest.mark.parametrize(
    "answer",
    [refusing, answering_another, lambda asked: (500, b""), lambda asked: (200, b""), lambda asked: (200, b"0\x03abc")],
)
def test_an_authority_that_answers_wrongly_leaves_nothing_signed(tmp_path, answer):
    with served(answer) as url, pytest.raises(StampSilent):
        signed(url, tmp_path)


def test_an_authority_that_stops_answering_leaves_nothing_signed(tmp_path):
    answers = []

    def once(asked):
        answers.append(asked)
        return stamping(asked) if len(answers) == 1 else (503, b"")

    with served(once) as url, pytest.raises(StampSilent):
        signed(url, tmp_path)
    assert len(answers) == 2


def test_an_authority_that_is_not_there_leaves_nothing_signed(tmp_path):
    with pytest.raises(StampSilent) as refused:
        signed("http://127.0.0.1:9/", tmp_path)
    assert "chưa được ký" in refused.value.sentence


def test_an_authority_that_is_too_slow_leaves_nothing_signed(tmp_path, monkeypatch):
    monkeypatch.setattr(signers, "STAMP_SECONDS", 0.1)

    def slowly(asked):
        time.sleep(0.4)
        return 200, b""

    with served(slowly) as url, pytest.raises(StampSilent):
        signed(url, tmp_path)


def test_a_stamp_keeps_a_returned_file_good_after_the_certificate_has_run_out():
    base = paper()
    data = sign_elsewhere(base, signer(), stamps=authority())
    told = {"base_sha256": hashlib.sha256(base).hexdigest(), "base_size": len(base), "now": LAST + LAST.resolution}
    assert judge_returned(data, trust=TRUST, **told).signatures[0].is_stamp_good
    with pytest.raises(StampBroken):
        judge_returned(data, trust=Trust(allowed=TRUST.allowed), **told)
