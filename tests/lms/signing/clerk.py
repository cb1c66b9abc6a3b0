"""A clerk's own tools, played by pyHanko: signs a copy of our file in the ways such tools do, and in wrong ways."""

import asyncio
import io
from datetime import datetime

from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pyhanko.pdf_utils.generic import (
    ArrayObject,
    DictionaryObject,
    FloatObject,
    NameObject,
    NumberObject,
    StreamObject,
    pdf_name,
)
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter, append_signature_field
from pyhanko_certvalidator.registry import SimpleCertificateStore

from tests.lms.signing.authorities import ISSUED, Holder

COVER = "Che"


def private_key(holder: Holder) -> asn1_keys.PrivateKeyInfo:
    written = holder.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return asn1_keys.PrivateKeyInfo.load(written)


def certificate(holder: Holder) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(holder.der)


def sign_elsewhere(
    data: bytes, holder: Holder, *, at: datetime = ISSUED, name: str = "Sig1",
    box: tuple[int, int, int, int] | None = None, is_certifying: bool = False,
    subfilter: SigSeedSubFilter = SigSeedSubFilter.ADOBE_PKCS7_DETACHED,
    digest: str = "sha256", stamps: object = None, writer: IncrementalPdfFileWriter | None = None,
) -> bytes:  # fmt: skip
    """Return the file with a signature behind it; with a box it shows on the page, as a seal does."""
    store = SimpleCertificateStore()
    store.register_multiple(asn1_x509.Certificate.load(one.public_bytes(Encoding.DER)) for one in holder.issuers)
    own = SimpleSigner(certificate(holder), private_key(holder), store)
    words = PdfSignatureMetadata(
        field_name=name, md_algorithm=digest, subfilter=subfilter, certify=is_certifying,
        docmdp_permissions=MDPPerm.FILL_FORMS,
    )  # fmt: skip
    field = SigFieldSpec(name, box=box, on_page=0) if box else None
    signer = PdfSigner(words, own, timestamper=stamps, new_field_spec=field)
    writer = writer or IncrementalPdfFileWriter(io.BytesIO(data))
    signed = asyncio.run(_at(signer, writer, at))
    return signed.getvalue()


async def _at(signer: PdfSigner, writer: IncrementalPdfFileWriter, at: datetime) -> io.BytesIO:
    import time_machine

    with time_machine.travel(at, tick=False):
        return await signer.async_sign_pdf(writer)


def draw_over(data: bytes, words: bytes = b"q 0 0 400 400 re f Q") -> bytes:
    """Return the file with something else drawn on its page, as an update behind it."""
    writer = drawing_over(data, words)
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


def drawing_over(data: bytes, words: bytes = b"q 0 0 400 400 re f Q") -> IncrementalPdfFileWriter:
    writer = IncrementalPdfFileWriter(io.BytesIO(data))
    page = writer.root["/Pages"]["/Kids"][0]
    page[pdf_name("/Contents")] = writer.add_object(StreamObject(stream_data=words))
    writer.update_container(page)
    return writer


def rename(data: bytes) -> bytes:
    """Return the file with another title in its catalog's language: the smallest of changes."""
    writer = IncrementalPdfFileWriter(io.BytesIO(data))
    writer.root[pdf_name("/PageMode")] = NameObject("/UseNone")
    writer.update_root()
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


def with_field(
    data: bytes, *, box: tuple[int, int, int, int], look: tuple[int, int, int, int] | None = None,
    matrix: tuple[int, ...] = (1, 0, 0, 1, 0, 0), key: str = "/N", entry: tuple[str, object] | None = None,
) -> bytes:  # fmt: skip
    """Return the file with an empty signature field that paints its place white and writes another word on it."""
    writer = IncrementalPdfFileWriter(io.BytesIO(data))
    append_signature_field(writer, SigFieldSpec(COVER, box=box, on_page=0))
    form = writer.root["/AcroForm"]
    form[pdf_name("/SigFlags")] = NumberObject(3)
    field = form["/Fields"][0]
    size = look or (0, 0, box[2] - box[0], box[3] - box[1])
    shown = {
        "/Type": NameObject("/XObject"), "/Subtype": NameObject("/Form"), "/BBox": _numbers(size),
        "/Matrix": _numbers(matrix),
    }  # fmt: skip
    drawn = StreamObject({pdf_name(name): value for name, value in shown.items()}, b"1 1 1 rg 0 0 800 500 re f")
    field[pdf_name("/AP")] = DictionaryObject({pdf_name(key): writer.add_object(drawn)})
    if entry:
        field[pdf_name(entry[0])] = entry[1]
    writer.update_container(field)
    writer.update_root()
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


def _numbers(values: tuple[int, ...]) -> ArrayObject:
    return ArrayObject([FloatObject(value) for value in values])
