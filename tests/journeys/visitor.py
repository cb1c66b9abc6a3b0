"""A person with a browser: every page they see is looked over by axe, for sideways scrolling and for errors."""

import os
import re
from pathlib import Path

from playwright.sync_api import BrowserContext, Locator, Page

_AXE = (Path(__file__).parent / "axe" / "axe.min.js").read_text(encoding="utf-8")
_SHOTS = os.environ.get("LMS_SCREENSHOTS")
_RULES = "{runOnly: {type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']}}"


class Visitor:
    """One person's browser. `open`, `press` and `send` look over the page they arrive at."""

    def __init__(self, name: str, context: BrowserContext, url: str) -> None:
        self.name, self.context, self.url = name, context, url
        self.page: Page = context.new_page()
        self.faults: list[str] = []
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self._seen: set[str] = set()
        self._shot = 0

    def open(self, path: str) -> "Visitor":
        self.page.goto(path if path.startswith("http") else self.url + path)
        return self.look()

    def press(self, words: str, nth: int = 0) -> "Visitor":
        """Press the button or link with these words, and look at where it leads."""
        pattern = re.compile(rf"^\s*{re.escape(words)}", re.I)
        button = self.page.get_by_role("button", name=pattern).or_(self.page.get_by_role("link", name=pattern))
        button.nth(nth).click()
        self.page.wait_for_load_state("load")
        return self.look()

    def fill(self, label: str, value: str) -> "Visitor":
        self.page.get_by_label(label, exact=False).first.fill(value)
        return self

    def choose(self, label: str, option: str) -> "Visitor":
        self.page.get_by_label(label, exact=False).first.select_option(label=option)
        return self

    def tick(self, label: str) -> "Visitor":
        self.page.get_by_label(label, exact=False).first.check()
        return self

    def wait_for(self, words: str, seconds: int = 60) -> "Visitor":
        """Wait until the page, which may refresh itself, says these words."""
        self.page.get_by_text(words).first.wait_for(timeout=seconds * 1000)
        return self.look()

    def download(self, words: str) -> bytes:
        """Press what leads to a file and return the file."""
        pattern = re.compile(rf"^\s*{re.escape(words)}", re.I)
        button = self.page.get_by_role("button", name=pattern).or_(self.page.get_by_role("link", name=pattern))
        with self.page.expect_download() as arriving:
            button.first.click()
        return Path(arriving.value.path()).read_bytes()

    @property
    def text(self) -> str:
        return " ".join(self.page.inner_text("main").split())

    @property
    def h1(self) -> str:
        return " ".join(self.page.inner_text("h1").split())

    def table_row(self, words: str) -> Locator:
        return self.page.locator("tr", has_text=words).first

    def look(self) -> "Visitor":
        """Fail on anything axe finds, on sideways scrolling, and on any error of the browser's."""
        page = self.page
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{page.url} scrolls sideways by {wide} px"
        shape = re.sub(r"\d+", "N", page.url.split("?")[0]) + page.title()
        if shape not in self._seen:
            self._seen.add(shape)
            page.evaluate(_AXE)
            found = page.evaluate(f"axe.run(document, {_RULES})")["violations"]
            told = [(v["id"], v["help"], [n["html"][:160] for n in v["nodes"][:3]]) for v in found]
            assert not told, f"axe on {page.url}: {told}"
            self._keep_picture()
        assert not self.faults, f"{page.url}: {self.faults}"
        return self

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
