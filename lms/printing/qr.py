"""QR codes that a cheap phone's camera reads from a worn paper."""

from io import BytesIO

from lms.printing.paper import Asset


def qr_asset(address: str) -> Asset:
    """Return the QR code of an address as an SVG asset, quiet zone included.

    An address in capitals stays in alphanumeric mode: fewer, larger modules. Level M stands a
    stain on a sixth of the code.
    """
    import segno

    out = BytesIO()
    code = segno.make_qr(address, error="m", boost_error=False)
    code.save(
        out,
        kind="svg",
        scale=1,
        border=4,
        xmldecl=False,
        svgclass=None,
        lineclass=None,
        omitsize=True,
        dark="#000",
        light="#fff",
    )
    return Asset(out.getvalue(), "image/svg+xml")
