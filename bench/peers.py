"""Other ways to make the same certificate: the same lines at the same places, sizes, fonts and code.

Each is used warm, as its makers advise: one compiler, one browser, fonts registered once. Reportlab has no
reader for drawings and sets letters without kerning, so its paper lacks the background; that favours it.
"""

import io
import json
import shutil
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from lms.press import Facts, Template, qr
from lms.press.laying_out import VARIANT, assets_of, fitted_lines, page_of, style_of
from lms.press.layout import FONTS, PAGE_MM, design
from lms.printing.paper import closed_fetcher

Maker = Callable[[Facts], bytes]
_POINTS_PER_MM = 72 / 25.4
_TYPST = """
#set page(width: 297mm, height: 210mm, margin: 0mm, background: image("background.svg", width: 297mm, height: 210mm))
#set document(title: sys.inputs.title)
#let lines = json(bytes(sys.inputs.lines))
#for line in lines {
  place(top + left, dx: line.left * 1mm, dy: line.top * 1mm, box(width: line.width * 1mm, height: line.height * 1mm,
    align(horizon + (left: left, center: center, right: right).at(line.align),
      text(font: line.family, weight: line.weight, style: line.style, size: line.points * 1pt, fill: rgb(line.colour),
        lang: "vi", line.text))))
}
#place(top + left, dx: QR_LEFT, dy: QR_TOP, image(bytes(sys.inputs.qr), format: "svg", width: QR_WIDTH))
"""
_CSS_FAMILIES = {
    "BeVietnamPro-SemiBold": ("Be Vietnam Pro", 600, "normal"),
    "BeVietnamPro-Bold": ("Be Vietnam Pro", 700, "normal"),
    "BeVietnamPro-Regular": ("Be Vietnam Pro", 400, "normal"),
    "LiberationSerif-Bold": ("Liberation Serif", 700, "normal"),
    "LiberationSerif-Regular": ("Liberation Serif", 400, "normal"),
    "LiberationSerif-Italic": ("Liberation Serif", 400, "italic"),
}


def plain_weasyprint(template: Template) -> Maker:
    """WeasyPrint as its tutorial shows it: one call with everything in it."""
    from weasyprint import HTML

    style = style_of(design(template.design))

    def make(facts: Facts) -> bytes:
        text = page_of(template, facts, fitted_lines(template, facts))
        text = text.replace("</head>", f"<style>{style}</style></head>")
        made: bytes = HTML(string=text, url_fetcher=closed_fetcher(assets_of(template, facts))).write_pdf(
            pdf_variant=VARIANT
        )
        return made

    return make


def typst(template: Template, folder: Path) -> Maker | None:
    """Typst with one warm compiler."""
    if find_spec("typst") is None:
        return None
    import typst

    look = design(template.design)
    (folder / "background.svg").write_bytes(look.background)
    source = _TYPST.replace("QR_LEFT", f"{look.qr.left}mm").replace("QR_TOP", f"{look.qr.top}mm")
    (folder / "paper.typ").write_text(source.replace("QR_WIDTH", f"{look.qr.width}mm"), "utf-8")
    compiler = typst.Compiler(
        input=str(folder / "paper.typ"), root=str(folder), font_paths=[str(FONTS)], ignore_system_fonts=True
    )

    def make(facts: Facts) -> bytes:
        inputs = {
            "lines": json.dumps(_placed(template, facts), ensure_ascii=False),
            "qr": qr.svg(facts.address).decode(),
            "title": facts.number,
        }
        made: bytes = compiler.compile(format="pdf", sys_inputs=inputs)
        return made

    return make


def reportlab(template: Template) -> Maker | None:
    """Reportlab's canvas with fonts registered once."""
    if find_spec("reportlab") is None:
        return None
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.pdfgen.canvas import Canvas

    look = design(template.design)
    for font in look.fonts:
        pdfmetrics.registerFont(TTFont(Path(font).stem, str(FONTS / font)))
    box = look.qr

    def make(facts: Facts) -> bytes:
        out = io.BytesIO()
        canvas = Canvas(out, pagesize=tuple(side * _POINTS_PER_MM for side in PAGE_MM))
        for line in _placed(template, facts):
            canvas.setFont(line["file"], line["points"])
            canvas.setFillColor(line["colour"])
            high = (PAGE_MM[1] - line["top"] - line["height"] / 2) * _POINTS_PER_MM - line["points"] / 3
            left, width = line["left"] * _POINTS_PER_MM, line["width"] * _POINTS_PER_MM
            if line["align"] == "center":
                canvas.drawCentredString(left + width / 2, high, line["text"])
            else:
                canvas.drawString(left, high, line["text"])
        _draw_code(canvas, facts.address, box)
        canvas.save()
        return out.getvalue()

    return make


class Chromium:
    """A browser that stays open and prints one page after the other."""

    def __init__(self, template: Template) -> None:
        from playwright.sync_api import sync_playwright

        program = shutil.which("chromium")
        assert program, "Chromium is missing: apt-get install chromium"
        # A browser knows no background of a page box, so it gets one on the page itself.
        background = 'html{background:url("asset:background.svg") 0 0/297mm 210mm no-repeat}'
        self._template, self._style = template, style_of(design(template.design)) + background
        self._driver = sync_playwright().start()
        quiet = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--no-first-run"]
        self._browser = self._driver.chromium.launch(executable_path=program, args=quiet)
        self._page = self._browser.new_page()
        self._page.route("**/*", lambda route: route.fulfill(**self._asset(route.request.url)))

    def make(self, facts: Facts) -> bytes:
        """Print the same HTML."""
        self._assets = assets_of(self._template, facts)
        text = page_of(self._template, facts, fitted_lines(self._template, facts))
        text = text.replace("</head>", f"<style>{self._style}</style></head>").replace("asset:", "http://asset/")
        self._page.set_content(text, wait_until="load")
        made: bytes = self._page.pdf(prefer_css_page_size=True, print_background=True, tagged=True)
        return made

    def close(self) -> None:
        """Let the browser go."""
        self._browser.close()
        self._driver.stop()

    def _asset(self, address: str) -> dict[str, Any]:
        name = address.rsplit("/", 1)[1]
        if name in self._assets:
            return {"body": self._assets[name].data, "content_type": self._assets[name].media_type}
        return {"body": (FONTS / name).read_bytes(), "content_type": "font/ttf"}


def _placed(template: Template, facts: Facts) -> list[dict[str, Any]]:
    look, placed = design(template.design).lines, []
    for key, fitted in fitted_lines(template, facts).items():
        style = look[key]
        family, weight, slant = _CSS_FAMILIES[style.family]
        placed.append(
            {
                "text": " ".join(fitted.rows), "points": fitted.points, "left": style.left, "top": style.top,
                "width": style.width, "height": style.height, "align": style.align, "colour": style.colour,
                "file": style.family, "family": family, "weight": weight, "style": slant,
            }
        )  # fmt: skip
    return placed


def _draw_code(canvas: Any, address: str, box: Any) -> None:
    matrix = qr.reference(address).matrix
    module = box.width / (len(matrix) + 2 * qr.QUIET_ZONE) * _POINTS_PER_MM
    left = box.left * _POINTS_PER_MM + qr.QUIET_ZONE * module
    top = (PAGE_MM[1] - box.top) * _POINTS_PER_MM - qr.QUIET_ZONE * module
    canvas.setFillColor("#000000")
    for row, modules in enumerate(matrix):
        for column, is_dark in enumerate(modules):
            if is_dark:
                canvas.rect(left + column * module, top - (row + 1) * module, module, module, stroke=0, fill=1)


def each(make: Maker, papers: list[Facts], *, by_the_clock: bool = False) -> float:
    """Return the processor seconds of one paper, or those of the clock."""
    watch = time.perf_counter if by_the_clock else time.process_time
    begun = watch()
    for facts in papers:
        make(facts)
    return (watch() - begun) / len(papers)
