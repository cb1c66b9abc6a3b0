"""Signing: papers of the press signed with keys of our own, beside OpenSSL, pyHanko and WeasyPrint by themselves."""

import asyncio
import io
import subprocess
import time
from collections.abc import Callable

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko_certvalidator.registry import SimpleCertificateStore

from bench import peers
from bench.figure import Figure, middle
from bench.press import person
from bench.school import Schools
from bench.web import Pace
from lms.press import Frozen, Pressed, compile_template, press
from lms.signing.checking import check_signature
from lms.signing.keys import FileKey
from lms.signing.signatures import sign
from lms.signing.signers import Signer
from lms.signing.trust import Trust
from lms.signing.updates import UpdatePlan, plan_update
from tests.lms.press.specimens import template
from tests.lms.signing.authorities import ISSUED, NOW, Holder, signer
from tests.lms.signing.clerk import certificate, private_key

DESIGN, PROVINCE_OF_PEOPLE = "trang-trong", 16_000
PAPERS, RSA_PAPERS, SLOW_PAPERS = 2_000, 400, 10


def measure(_made: Schools, pace: Pace) -> list[Figure]:
    """Measure in turns, by processor time; the papers are pressed before, but for the figure that says otherwise."""
    bench = _Bench()
    taken: dict[str, list[float]] = {name: [] for name in ("ecdsa", "whole", "rsa", "openssl", "pyhanko", "plain")}
    for _ in range(pace.rounds):
        taken["ecdsa"].append(_each(PAPERS, lambda at: bench.sign(at, "ecdsa")))
        taken["whole"].append(_each(PROVINCE_OF_PEOPLE, bench.press_and_sign))
        taken["rsa"].append(_each(RSA_PAPERS, lambda at: bench.sign(at, "rsa")))
        taken["openssl"].append(1 / _openssl_rate())
        taken["pyhanko"].append(_each(SLOW_PAPERS, bench.sign_with_pyhanko))
        taken["plain"].append(_each(SLOW_PAPERS, bench.lay_out_plainly))
    ecdsa, whole, rsa, openssl, pyhanko, plain = (middle(taken[name]) for name in taken)
    note = "Ký số: mỗi tệp đã ký được pyHanko kiểm tra là đúng, ký lại cho ra đúng từng byte."
    return [
        Figure("ky-so/ecdsa", "Ký ECDSA P-256 một giấy, bên pyHanko tự ký cùng giấy", ecdsa * 1000, pyhanko * 1000,
               "ms CPU", pyhanko / ecdsa, 100, notes=(note,)),
        Figure("ky-so/16000", "In và ký ECDSA 16.000 giấy, một nhân", whole * PROVINCE_OF_PEOPLE, None, "giây CPU",
               whole * PROVINCE_OF_PEOPLE, 5, at_least=False, is_ratio=False),
        Figure("ky-so/mot-giay", "In và ký ECDSA một giấy, bên WeasyPrint gọi thường và chưa ký", whole * 1000,
               plain * 1000, "ms CPU", plain / whole, 400),
        Figure("ky-so/rsa", "Ký RSA-2048 một giấy, bên openssl speed", 1 / rsa, 1 / openssl, "chữ ký/giây",
               openssl / rsa, 0.75),
    ]  # fmt: skip


class _Bench:
    """The papers, the plan, the signers; every kind is signed and checked once before anything is measured."""

    def __init__(self) -> None:
        self._template = template(DESIGN)
        self._frozen: Frozen = compile_template(self._template, address=person(0).address)
        self._facts = [person(turn) for turn in range(PROVINCE_OF_PEOPLE)]
        self._papers: list[Pressed] = [press(self._template, one, self._frozen) for one in self._facts[:PAPERS]]
        self._plain = peers.plain_weasyprint(self._template)
        first = self._papers[0]
        assert first.way == "compiled", "the paper was not covered by the compiled template"
        self._plan: UpdatePlan = plan_update(bytes(first), len(first.stem))
        self._signers = {kind: Signer(FileKey(signer(kind).as_file(), None)) for kind in ("ecdsa", "rsa")}
        self._pyhanko = _pyhanko_signer(signer("ecdsa"))
        for kind in self._signers:
            self._prove(kind)

    def sign(self, at: int, kind: str) -> bytes:
        paper = self._papers[at % PAPERS]
        return sign(
            paper.stem, paper.rest, self._plan, self._signers[kind], at=ISSUED, reason="Cấp", location="Gia Lai"
        )

    def press_and_sign(self, at: int) -> bytes:
        paper = press(self._template, self._facts[at], self._frozen)
        return sign(paper.stem, paper.rest, self._plan, self._signers["ecdsa"], at=ISSUED)

    def lay_out_plainly(self, at: int) -> bytes:
        return self._plain(self._facts[at])

    def sign_with_pyhanko(self, at: int) -> bytes:
        writer = IncrementalPdfFileWriter(io.BytesIO(bytes(self._papers[at])))
        signed: io.BytesIO = asyncio.run(self._pyhanko.async_sign_pdf(writer, bytes_reserved=8192))
        return signed.getvalue()

    def _prove(self, kind: str) -> None:
        trust = Trust(allowed=frozenset({signer(kind).der}))
        for at in range(3):
            behind = self.sign(at, kind)
            assert check_signature(bytes(self._papers[at]) + behind, trust, now=NOW).is_good
            assert behind == self.sign(at, kind)


def _pyhanko_signer(holder: Holder) -> PdfSigner:
    words = PdfSignatureMetadata(
        field_name="ChuKySo", md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES, certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
    )  # fmt: skip
    return PdfSigner(words, SimpleSigner(certificate(holder), private_key(holder), SimpleCertificateStore()))


def _each(times: int, work: Callable[[int], object]) -> float:
    """Return the processor seconds of one."""
    begun = time.process_time()
    for at in range(times):
        work(at)
    return (time.process_time() - begun) / times


def _openssl_rate() -> float:
    """Return how many RSA-2048 signatures OpenSSL makes in a second of processor time."""
    said = subprocess.run(["openssl", "speed", "-mr", "-seconds", "1", "rsa2048"], capture_output=True, text=True,
                          timeout=30, check=True).stdout  # fmt: skip
    return float(next(line for line in said.splitlines() if line.startswith("+F2:")).split(":")[3])
