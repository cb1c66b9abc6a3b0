"""Every paper that can go out keeps the standards it claims: each design, made either way, signed or not.

All bear pictures. The judge is page-validation, a program of one author. veraPDF, the archives' own, cannot be had
here and was not run.
"""

from datetime import UTC, datetime

import page as validator
import pytest

from lms.certificates.signatures import Seal
from lms.press import Pressed, compile_template
from lms.press.pressing import press_compiled, press_laid_out
from lms.signing.keys import FileKey
from lms.signing.signers import Signer
from tests.lms.press.specimens import ADDRESS, DESIGNS, NOTE, facts, pictures, template
from tests.lms.signing import authorities

PROFILES = (validator.ValidationProfile.PDF_A_3A, validator.ValidationProfile.PDF_UA_1)
ISSUED = datetime(2026, 11, 20, 3, tzinfo=UTC)


@pytest.fixture(scope="module", params=DESIGNS)
def papers(request: pytest.FixtureRequest) -> dict[str, Pressed]:
    """One paper of a design, made both ways."""
    chosen = template(request.param, pictures=pictures())
    said = facts(note=NOTE)
    return {
        "compiled": press_compiled(compile_template(chosen, address=ADDRESS), said),
        "laid_out": press_laid_out(chosen, said),
    }


@pytest.fixture(scope="module")
def seal() -> Seal:
    """The department's ECDSA key."""
    return Seal(Signer(FileKey(authorities.signer("ecdsa").as_file(), None)), location="Gia Lai")


@pytest.mark.parametrize("way", ["compiled", "laid_out"])
@pytest.mark.parametrize("is_signed", [False, True], ids=["unsigned", "ecdsa"])
def test_every_paper_keeps_the_standards_it_claims(
    papers: dict[str, Pressed], seal: Seal, way: str, is_signed: bool
) -> None:
    pressed = papers[way]
    data = bytes(pressed) + (seal.sign(pressed, at=ISSUED)[0] if is_signed else b"")

    for profile in PROFILES:
        report = validator.validate_pdf_bytes(data, profile=profile)
        assert report.is_compliant, str(report)


@pytest.mark.parametrize(
    ("profile", "claim"), [(PROFILES[0], b'pdfaid:conformance="A"'), (PROFILES[1], b'pdfuaid:part="1"')]
)
def test_the_judge_finds_what_is_broken(papers: dict[str, Pressed], profile: object, claim: bytes) -> None:
    whole = bytes(papers["laid_out"])
    broken = whole.replace(claim, claim[:-2] + b'7"')

    assert broken != whole
    assert not validator.validate_pdf_bytes(broken, profile=profile).is_compliant
