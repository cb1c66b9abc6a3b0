"""What a PDF says about itself: title, dates, and the standards it keeps."""

from xml.sax.saxutils import escape

from lms.press.facts import Facts

PRODUCER = "BDHVS LMS"
_TITLE = "Giấy chứng nhận"

# PDF/UA's namespace is not one PDF/A knows by itself, so its schema has to be told.
_XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/" pdfaid:part="3" pdfaid:conformance="A"/>
<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/" pdfuaid:part="1"/>
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title><rdf:Alt>\
<rdf:li xml:lang="x-default">{change}</rdf:li></rdf:Alt></dc:title></rdf:Description>
<rdf:Description rdf:about="" xmlns:pdf="http://ns.adobe.com/pdf/1.3/" pdf:Producer="{producer}"/>
<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:CreateDate="{change}"/>
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/" \
xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">\
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">\
<pdfaSchema:schema>PDF/UA identification</pdfaSchema:schema>\
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>\
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix><pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">\
<pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType>\
<pdfaProperty:category>internal</pdfaProperty:category>\
<pdfaProperty:description>Part of ISO 14289 this file keeps</pdfaProperty:description>\
</rdf:li></rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>
</rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>"""
_XMP_PARTS = [part.replace("{producer}", PRODUCER).encode() for part in _XMP.split("{change}")]


def title_of(facts: Facts) -> str:
    """Return the title a viewer shows in its window."""
    return f"{_TITLE} số {facts.number}"


def xmp(facts: Facts) -> bytes:
    """Return the metadata packet: PDF/A-3a and PDF/UA-1, title and day of issue."""
    before, between, after = _XMP_PARTS
    return b"".join((before, escape(title_of(facts)).encode(), between, facts.issued.encode(), after))


def information(facts: Facts) -> bytes:
    """Return the entries of the older information dictionary; they say the same."""
    title = title_of(facts).encode("utf-16-be").hex()
    day = facts.issued.replace("-", "")
    return b"/Title<feff%s>/Producer(%s)/CreationDate(D:%s)" % (title.encode(), PRODUCER.encode(), day.encode())
