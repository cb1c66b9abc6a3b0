"""Papers to sign: what WeasyPrint lays out, finished as PDF/A-3a and PDF/UA-1, with a table or a stream at its end."""

import io
import re
import struct
import warnings
from functools import cache

import pikepdf
import weasyprint

PAGE = """<html lang="vi"><head><title>Giấy chứng nhận</title>
<style>@page { size: A4 landscape }</style></head>
<body><h1>GIẤY CHỨNG NHẬN</h1><p>Nguyễn Văn An</p></body></html>"""
_UA = b"""<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/">
<pdfuaid:part>1</pdfuaid:part></rdf:Description>
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA identification schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix><pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category><pdfaProperty:description>part</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>
</rdf:RDF>"""


@cache
def paper(listing: str = "stream") -> bytes:
    """Return one paper: `stream` has object streams and a cross-reference stream, `table` neither."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # WeasyPrint leaves its colour profile open
        laid_out = weasyprint.HTML(string=PAGE).write_pdf(pdf_variant="pdf/a-3a")
    with pikepdf.open(io.BytesIO(laid_out)) as pdf:
        words = pdf.Root.Metadata.read_bytes().replace(b"</rdf:RDF>", _UA)
        pdf.Root.Metadata = pdf.make_indirect(
            pikepdf.Stream(pdf, words, Type=pikepdf.Name.Metadata, Subtype=pikepdf.Name.XML)
        )
        return saved(pdf, pack=listing == "stream")


@cache
def untagged_paper() -> bytes:
    """Return what WeasyPrint writes when asked for nothing special."""
    return bytes(weasyprint.HTML(string=PAGE).write_pdf(pdf_identifier=b"(\\)"))


def template_papers(listing: str, *names: str) -> tuple[bytes, list[bytes]]:
    """Return the bytes all papers of a template begin with, and for each person what comes behind them."""
    whole = paper("table")
    objects = _objects(whole)
    with pikepdf.open(io.BytesIO(whole)) as pdf:
        own = pdf.pages[0].Contents.objgen[0]
        drawn = pdf.pages[0].Contents.read_bytes()
    stem, places = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", {}
    for number, written in objects.items():
        if number != own:
            places[number] = len(stem)
            stem += written
    trailer = re.search(rb"trailer\s*<<(.*?)/Size \d+(.*?)>>\s*startxref", whole, re.DOTALL)
    common = trailer[1] + trailer[2]
    return stem, [_rest(listing, name, own, drawn, stem, dict(places), common) for name in names]


def saved(pdf: pikepdf.Pdf, *, pack: bool) -> bytes:
    written = io.BytesIO()
    mode = pikepdf.ObjectStreamMode.generate if pack else pikepdf.ObjectStreamMode.disable
    pdf.save(written, object_stream_mode=mode, deterministic_id=True)
    return written.getvalue()


def _objects(whole: bytes) -> dict[int, bytes]:
    found = re.finditer(rb"(?<=\n)(\d+) 0 obj\n.*?\nendobj\n", whole, re.DOTALL)
    return {int(one[1]): one[0] for one in found}


def _rest(listing: str, name: str, own: int, drawn: bytes, stem: bytes, places: dict[int, int], common: bytes) -> bytes:
    drawn += b"\n% " + name.encode()
    rest = b"%d 0 obj\n<</Length %d>>\nstream\n%b\nendstream\nendobj\n" % (own, len(drawn), drawn)
    places[own] = len(stem)
    at, size = len(stem) + len(rest), max(places) + 1
    if listing == "table":
        rows = b"".join(b"%010d 00000 n \n" % places[number] for number in range(1, size))
        list_ = b"xref\n0 %d\n0000000000 65535 f \n%btrailer <<%b/Size %d>>\n" % (size, rows, common, size)
    else:
        places[size] = at
        rows = b"\0\0\0\0\0\xff\xff" + b"".join(struct.pack(">BIH", 1, places[n], 0) for n in range(1, size + 1))
        head = b"<</Type/XRef%b/Size %d/W[1 4 2]/Length %d>>" % (common, size + 1, len(rows))
        list_ = b"%d 0 obj\n%b\nstream\n%b\nendstream\nendobj\n" % (size, head, rows)
    return b"%b%bstartxref\n%d\n%%%%EOF\n" % (rest, list_, at)
