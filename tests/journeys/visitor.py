"""A person with a browser: every page they see is looked over by axe, for sideways scrolling and for errors."""

import hashlib
import json
import os
import re
from pathlib import Path
from typing import ClassVar

from playwright.sync_api import BrowserContext, Error, Locator, Page

PIN = "482913"
_AXE = (Path(__file__).parent / "axe" / "axe.min.js").read_text(encoding="utf-8")
_SHOTS = os.environ.get("LMS_SCREENSHOTS")
_RULES = "{runOnly: {type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']}}"
_WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
_SHAPE = """() => [...document.querySelectorAll('*')].map(e => e.tagName + '.' + e.className + '#' + [...e.attributes]
    .map(a => a.name + (['role', 'type', 'lang', 'tabindex', 'alt', 'scope'].includes(a.name) ? a.value : '')).join()
    + (e.children.length || e.textContent.trim() ? '' : '0')).join('\\n')"""
_ENGLISH = re.compile(
    r"\b(upload|download|click|login|logout|submit|error|password|link|file|email|OK|the|and|invalid|required)\b", re.I
)


class Visitor:
    """One person's browser. `open`, `press` and `send` look over the page they arrive at."""

    _looked_over: ClassVar[set[str]] = set()
    """Shapes of pages that axe has passed in this run: tags, classes and attributes at one width."""

    def __init__(self, name: str, context: BrowserContext, url: str, *, scripts: bool = True) -> None:
        self.name, self.context, self.url, self._scripts = name, context, url, scripts
        self.page: Page = context.new_page()
        self.faults: list[str] = []
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self._seen: set[str] = set()
        self._shot = 0

    def open(self, path: str) -> "Visitor":
        self.page.goto(path if path.startswith("http") else self.url + path)
        return self.look()

    def sign_in(self, phone: str, pin: str = PIN) -> "Visitor":
        """Sign in by phone and PIN and arrive at one's first page."""
        self.open("/dang-nhap").fill("Số điện thoại", phone).fill("Mã PIN", pin)
        return self.send("Đăng nhập")

    def press(self, words: str, nth: int = 0) -> "Visitor":
        """Press the button or link with these words, and look at where it leads."""
        self.find(words).nth(nth).click()
        self.page.wait_for_load_state("load")
        return self.look()

    def send(self, words: str, nth: int = 0) -> "Visitor":
        """Press the button, never a link, with these words, and look at where it leads."""
        with self.page.expect_navigation(wait_until="load"):
            self._button(words).nth(nth).click()
        return self.look()

    def press_twice(self, words: str) -> "Visitor":
        """Press the button twice as fast as an impatient hand does."""
        self._button(words).first.dblclick()
        self.page.wait_for_load_state("networkidle")
        return self.look()

    def find(self, words: str) -> Locator:
        """Return the buttons and links that begin with these words."""
        return self._button(words).or_(self.page.get_by_role("link", name=_beginning(words)))

    def fill(self, label: str, value: str) -> "Visitor":
        self.page.get_by_label(label, exact=False).first.fill(value)
        return self

    def choose(self, label: str, option: str) -> "Visitor":
        self.page.get_by_label(label, exact=False).first.select_option(label=option)
        return self

    def tick(self, label: str) -> "Visitor":
        self.page.get_by_label(label, exact=False).first.check()
        return self

    def attach(self, label: str, name: str, data: bytes) -> "Visitor":
        """Choose a file of this name and content."""
        sent = {"name": name, "mimeType": "application/octet-stream", "buffer": data}
        self.page.get_by_label(label, exact=False).first.set_input_files(sent)
        return self

    def wait_for(self, words: str, seconds: int = 60) -> "Visitor":
        """Wait until the page, which may refresh itself, says these words."""
        self.page.get_by_text(words).first.wait_for(timeout=seconds * 1000)
        self.page.wait_for_load_state("load")
        return self.look()

    def download(self, words: str) -> bytes:
        """Press what leads to a file and return the file."""
        with self.page.expect_download() as arriving:
            self.find(words).first.click()
        return Path(arriving.value.path()).read_bytes()

    def order(self, words: str, seconds: int = 60) -> bytes:
        """Press what is made in the background, wait until it is done, and return the file."""
        self.send(words)
        self.page.get_by_role("link", name="Tải tệp về").wait_for(timeout=seconds * 1000)
        self.look()
        return self.download("Tải tệp về")

    @property
    def text(self) -> str:
        return " ".join(self.page.inner_text("main").split())

    @property
    def h1(self) -> str:
        return " ".join(self.page.inner_text("h1").split())

    @property
    def path(self) -> str:
        return self.page.url.removeprefix(self.url)

    def table_row(self, words: str) -> Locator:
        return self.page.locator("tr", has_text=words).first

    def numbers(self) -> list[str]:
        """Return the figures that stand large on top of a page."""
        return [" ".join(line.split()) for line in self.page.locator("ul.numbers li").all_inner_texts()]

    def look(self) -> "Visitor":
        """Fail on anything axe finds, on sideways scrolling, on English, and on any error of the browser's."""
        for _ in range(5):
            try:
                return self._look()
            except Error as gone:
                # A page that waits for background work refreshes itself, perhaps while we look.
                if not any(words in gone.message for words in ("destroyed", "navigat", "Unable to adopt", "of null")):
                    raise
                self.page.wait_for_load_state("load")
        raise AssertionError(f"{self.page.url} does not stand still")

    def _look(self) -> "Visitor":
        page = self.page
        wide = page.evaluate(_WIDE)
        assert wide <= 0, f"{page.url} scrolls sideways by {wide} px"
        shown = re.sub(r"\d+", "N", page.url.split("?")[0]) + page.title()
        if shown not in self._seen:
            self._seen.add(shown)
            self._keep_picture()
            self._look_closely()
            english = _ENGLISH.search(" ".join(page.inner_text("body").split()))
            assert not english, f"English on {page.url}: {english}"
        assert not self.faults, f"{page.url}: {self.faults}"
        return self

    def _look_closely(self) -> None:
        """Let axe look at a page unless it has passed one of the very same shape at the same width."""
        page = self.page
        shape = json.dumps([page.viewport_size, page.evaluate(_SHAPE)])
        mark = hashlib.sha256(shape.encode()).hexdigest()
        if mark in Visitor._looked_over or not self._scripts:
            return
        page.evaluate(_AXE)
        found = page.evaluate(f"axe.run(document, {_RULES})")["violations"]
        told = [(v["id"], v["help"], [n["html"][:160] for n in v["nodes"][:3]]) for v in found]
        assert not told, f"axe on {page.url}: {told}"
        Visitor._looked_over.add(mark)

    def _button(self, words: str) -> Locator:
        return self.page.get_by_role("button", name=_beginning(words))

    def _note(self, message: object) -> None:
        if message.type == "error" and "status of 4" not in message.text:  # type: ignore[attr-defined]
            self.faults.append(message.text)  # type: ignore[attr-defined]

    def _keep_picture(self) -> None:
        if _SHOTS:
            self._shot += 1
            width = (self.page.viewport_size or {"width": 0})["width"]
            slug = re.sub(r"\W+", "-", self.page.url.split("/", 3)[-1])[:60] or "dau"
            folder = Path(_SHOTS)
            folder.mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=folder / f"{self.name}-{self._shot:02d}-{slug}-{width}.png", full_page=True)


def _beginning(words: str) -> re.Pattern[str]:
    return re.compile(rf"^\s*{re.escape(words)}", re.I)
