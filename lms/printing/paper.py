"""Lay out a template of this folder as a PDF, in a room without doors.

The layout engine would gladly fetch what a page names: pictures from the network, files of the
server as attachments. So it gets a fetcher that knows only the shipped fonts and the assets
handed over, and every failed fetch stops the paper: a certificate with a missing picture must
never leave the house silently.
"""

import atexit
import datetime
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from lms.clock import vn_day, vn_long_day
from lms.printing.letters import printable

if TYPE_CHECKING:
    from weasyprint import CSS, HTML
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import URLFetcher

_HERE = Path(__file__).parent
_TEMPLATES = _HERE / "templates" / "printing"
_FONTS = _HERE / "fonts"
_PLAIN = (str, int, float, bool, type(None), datetime.date)
_MM_PER_PIXEL = 25.4 / 96
one_at_a_time = Lock()


class PaperFault(Exception):
    """The paper could not be made: an asset is missing or the values are not plain data."""


@dataclass(frozen=True)
class Asset:
    """A picture handed over with the values, named `asset:<name>` in the template."""

    data: bytes
    media_type: str


def render_pdf(template: str, values: dict[str, Any], *, assets: Mapping[str, Asset] | None = None) -> bytes:
    """Return the PDF of `templates/printing/<template>.html` filled with plain values.

    Values are escaped; only strings, numbers, dates, lists and dictionaries may enter, so that
    a template can never reach an object of the application.

    Raises:
        PaperFault: an asset is missing, something else was to be fetched, a value is not plain.
    """
    _check_plain(values)
    html = _environment().get_template(f"{template}.html").render(values)
    with one_at_a_time:
        return _lay_out(html, template, assets or {})


def place_of(
    mark: str, template: str, values: dict[str, Any], *, assets: Mapping[str, Asset] | None = None
) -> tuple[int, float]:
    """Lay a paper out without writing it; return its pages, and how far down the last one `mark` stands, in mm.

    For papers that fill their page: `mark` is the id of the element that ends what must stand there.

    Raises:
        PaperFault: as for `render_pdf`.
    """
    _check_plain(values)
    html = _environment().get_template(f"{template}.html").render(values)
    with one_at_a_time, told_as_fault():
        pages = _source(html, assets or {}).render(**_options(template)).pages
    _left, top, *_far_side = pages[-1].anchors[mark]
    return len(pages), top * _MM_PER_PIXEL


def _lay_out(html: str, template: str, assets: Mapping[str, Asset]) -> bytes:
    with told_as_fault():
        pdf: bytes = _source(html, assets).write_pdf(**_options(template))
    return pdf


def _source(html: str, assets: Mapping[str, Asset]) -> "HTML":
    from weasyprint import HTML

    return HTML(string=html, url_fetcher=closed_fetcher(assets))


def _options(template: str) -> dict[str, Any]:
    return {
        "stylesheets": [_stylesheet("paper"), _stylesheet(template)],
        "font_config": font_configuration(),
        "pdf_variant": "pdf/ua-1",
    }


@contextmanager
def told_as_fault() -> Iterator[None]:
    """Turn a refused fetch, and whatever else the layout engine only notes as an error, into a `PaperFault`."""
    from weasyprint.urls import FatalURLFetchingError

    notes = _ErrorNotes(logging.ERROR)
    engine = logging.getLogger("weasyprint")
    engine.addHandler(notes)
    try:
        yield
    # A refused fetch is a BaseException on purpose; `except Exception` would let it through.
    except FatalURLFetchingError as fault:
        raise PaperFault(str(fault)) from fault
    finally:
        engine.removeHandler(notes)
    # Inside a drawing the engine swallows even that, and leaves out a picture it cannot read.
    if notes.told:
        raise PaperFault(notes.told[0])


class _ErrorNotes(logging.Handler):
    """Keeps the errors that the layout engine notes while it goes on."""

    def __init__(self, level: int) -> None:
        super().__init__(level)
        self.told: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.told.append(record.getMessage())


def _check_plain(value: Any) -> None:
    """Refuse whatever is not plain data; markup strings too, they would pass unescaped."""
    if type(value) is dict:
        for name, inner in value.items():
            _check_plain(name)
            _check_plain(inner)
    elif type(value) in (list, tuple):
        for inner in value:
            _check_plain(inner)
    elif type(value) not in _PLAIN:
        raise PaperFault(f"not plain data: {type(value).__name__}")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_only_printable,
    )
    environment.filters["day"] = vn_day
    environment.filters["long_day"] = vn_long_day
    return environment


def _only_printable(value: Any) -> Any:
    return printable(value) if type(value) is str else value


@cache
def font_configuration() -> "FontConfiguration":
    """Return the fonts of this process; loading them is a third of a paper's cost, so all papers share them."""
    from weasyprint.text.fonts import FontConfiguration

    # Its destructor needs fontconfig, which is already gone when the interpreter ends.
    atexit.register(_forget_fonts)
    return FontConfiguration()


def _forget_fonts() -> None:
    _stylesheet.cache_clear()
    font_configuration.cache_clear()


@cache
def _stylesheet(name: str) -> "CSS":
    """Parse a stylesheet and load its fonts once per process; that is half of a paper's cost."""
    from weasyprint import CSS

    return CSS(
        string=(_TEMPLATES / f"{name}.css").read_text("utf-8"),
        url_fetcher=closed_fetcher({}),
        font_config=font_configuration(),
    )


def closed_fetcher(assets: Mapping[str, Asset]) -> "URLFetcher":
    """Return a fetcher that knows the shipped fonts and these assets, and refuses everything else."""
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class OnlyOurAssets(URLFetcher):  # type: ignore[misc]
        """Answers `asset:<name>` from memory and refuses everything else."""

        def fetch(self, url: str, headers: object = None) -> URLFetcherResponse:
            scheme, _, name = url.partition(":")
            asset = _find_asset(name, assets) if scheme == "asset" else None
            if asset is None:
                raise ValueError(f"not one of our assets: {url}")
            return URLFetcherResponse(url, asset.data, {"Content-Type": asset.media_type})

    return OnlyOurAssets(allowed_protocols=("asset",), allow_redirects=False, fail_on_errors=True)


def _find_asset(name: str, assets: Mapping[str, Asset]) -> Asset | None:
    return assets.get(name) or _shipped_fonts().get(name)


@cache
def _shipped_fonts() -> dict[str, Asset]:
    return {path.name: Asset(path.read_bytes(), "font/ttf") for path in _FONTS.glob("*.ttf")}
