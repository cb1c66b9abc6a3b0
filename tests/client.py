"""A browser without JavaScript that looks over every page any test opens."""

import contextvars
import itertools
import re
import unicodedata
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from bs4 import BeautifulSoup
from flask import Flask, session
from flask_wtf.csrf import generate_csrf

from lms.clock import utc_now
from lms.db import db_session, in_unit
from lms.people.models import Account
from lms.people.rules import begin_session
from lms.people.signing_in import SignInPolicy

_ENGLISH = re.compile(
    r"\b(upload|download|click|login|logout|submit|error|password|link|file|email|OK|the|and)\b", re.I
)


class Page:
    """A page that was opened: parsed, and found in order."""

    def __init__(self, response: Any) -> None:
        self.response = response
        self.status: int = response.status_code
        self.headers = response.headers
        self.data: bytes = response.data
        response.close()
        self.is_html = response.mimetype == "text/html"
        self.soup = BeautifulSoup(response.data, "html.parser") if self.is_html else None
        self.text = " ".join(self.soup.get_text(" ").split()) if self.soup else ""
        if self.soup is not None and self.status not in (301, 302, 303, 308):
            look_over(self.soup, self.text)

    @property
    def h1(self) -> str:
        return " ".join(self.soup.h1.get_text(" ").split())

    @property
    def location(self) -> str:
        return self.headers.get("Location", "")

    def form(self, action_ends: str = "") -> Any:
        """Return the first form whose action ends so."""
        for form in self.soup.find_all("form"):
            if form.get("action", "").split("?")[0].endswith(action_ends):
                return form
        raise AssertionError(f"no form leads to …{action_ends}; forms: {[f.get('action') for f in self.soup('form')]}")


class LintedClient:
    """Opens pages and sends forms as a person does; `sign_in` is the short way past the PIN."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.browser = app.test_client()

    def get(self, path: str, status: int = 200, follow: bool = False, **more: Any) -> Page:
        page = self._open(self.browser.get, path, follow_redirects=follow, **more)
        assert page.status == status, f"GET {path}: {page.status}, not {status}: {page.text[:300]}"
        return page

    def status_of(self, path: str) -> int:
        """Open a page of any kind and return only how it answered."""
        return int(self._open(self.browser.get, path).status)

    def post(self, path: str, data: dict[str, Any] | None = None, status: int = 303, follow: bool = False,
             **more: Any) -> Page:  # fmt: skip
        """Send a form with a CSRF token of its own."""
        fields = {"csrf_token": self.csrf(), **(data or {})}
        page = self._open(self.browser.post, path, data=fields, follow_redirects=follow, **more)
        assert page.status == status, f"POST {path}: {page.status}, not {status}: {page.text[:400]}"
        return page

    def send(self, form: Any, status: int = 303, follow: bool = False, button: str = "", **changes: Any) -> Page:
        """Send a form of a page as a browser would, with what is filled in and the changes."""
        fields: dict[str, Any] = filled_in(form)
        fields.update(changes)
        page = self._open(
            self.browser.post, form["action"], data=fields, follow_redirects=follow, content_type=form.get("enctype")
        )
        assert page.status == status, f"POST {form['action']}: {page.status}, not {status}: {page.text[:400]}"
        return page

    def csrf(self) -> str:
        def token_for(kept: Any) -> str:
            with self.app.test_request_context():
                session.update(kept)
                token: str = generate_csrf()
                kept["csrf_token"] = session["csrf_token"]
            return token

        with self.browser.session_transaction() as kept:
            return contextvars.Context().run(token_for, kept)

    def sign_in(self, account: Account | int) -> "LintedClient":
        """Be this person from now on."""
        account_id = account if isinstance(account, int) else account.id
        policy = SignInPolicy(5, timedelta(minutes=15), timedelta(days=30))
        token = in_unit(
            lambda s: begin_session(s, s.get_one(Account, account_id), device="thử", policy=policy, now=utc_now())
        )
        with self.browser.session_transaction() as kept:
            kept.clear()
            kept["lms_token"] = token
            kept["_user_id"] = token
            kept["_fresh"] = True
        return self

    def _open(self, send: Callable[..., Any], path: str, **more: Any) -> Page:
        """Send in a context of its own, as a server does, and forget what the test's session had read."""
        db_session().rollback()
        page = Page(contextvars.Context().run(send, path, **more))
        db_session().rollback()
        return page

    def sign_out(self) -> None:
        with self.browser.session_transaction() as kept:
            kept.clear()


def filled_in(form: Any) -> dict[str, Any]:  # noqa: C901 - one branch for each kind of control
    """Return what a browser would send for a form nobody touched."""
    fields: dict[str, Any] = {}

    def add(name: str, value: str) -> None:
        if name in fields:
            fields[name] = [*(fields[name] if isinstance(fields[name], list) else [fields[name]]), value]
        else:
            fields[name] = value

    for tag in form.find_all(["input", "textarea", "select"]):
        name = tag.get("name")
        if not name or tag.has_attr("disabled"):
            continue
        if tag.name == "textarea":
            add(name, tag.get_text())
        elif tag.name == "select":
            chosen = tag.find_all("option", selected=True) or (
                [] if tag.has_attr("multiple") else tag.find_all("option")[:1]
            )
            for option in chosen:
                add(name, option.get("value", option.get_text()))
        elif tag.get("type") in ("checkbox", "radio"):
            if tag.has_attr("checked"):
                add(name, tag.get("value", "on"))
        elif tag.get("type") not in ("file", "submit", "button"):
            add(name, tag.get("value", ""))
    return fields


def look_over(soup: BeautifulSoup, text: str) -> None:
    """Fail on what no page of ours may have; the browser journeys add axe to it."""
    assert soup.html.get("lang") == "vi", "the page does not say it is Vietnamese"
    headings = soup.find_all("h1")
    assert len(headings) == 1, f"{len(headings)} h1"
    h1 = " ".join(headings[0].get_text(" ").split())
    title = " ".join(soup.title.get_text().split())
    assert title.startswith(h1), f"title {title!r} does not start with h1 {h1!r}"
    ids = [tag["id"] for tag in soup.find_all(id=True)]
    assert len(ids) == len(set(ids)), f"ids twice: {[i for i in set(ids) if ids.count(i) > 1]}"
    assert not soup.find_all(style=True), "inline style"
    assert not [s for s in soup.find_all("script") if not s.get("src")], "inline script"
    assert not [t for t in soup.find_all(True) for a in t.attrs if a.startswith("on")], "inline handler"
    for form in soup.find_all("form"):
        assert form.get("action"), "a form without action"
        if form.get("method", "get").lower() == "post":
            assert form.find("input", attrs={"name": "csrf_token"}), f"no CSRF token in {form['action']}"
    labelled = {label.get("for") for label in soup.find_all("label")}
    for tag in soup.find_all(["input", "select", "textarea"]):
        if tag.get("type") in ("hidden", "submit"):
            continue
        named = (
            tag.get("id") in labelled or tag.get("aria-label") or tag.get("aria-labelledby") or tag.find_parent("label")
        )
        assert named, f"no label: {tag}"
    for image in soup.find_all("img"):
        assert image.has_attr("alt"), f"no alt: {image}"
    levels = [int(h.name[1]) for h in soup.find_all(re.compile("^h[1-6]$"))]
    for before, after in itertools.pairwise(levels):
        assert after <= before + 1, f"heading order {levels}"
    for bad in ("{{", "}}", "{%", " None ", "Undefined", "&lt;"):
        assert bad not in f" {text} ", f"{bad!r} in the text"
    assert unicodedata.is_normalized("NFC", text), "text is not NFC"
    for link in soup.find_all("a"):
        assert link.get_text(strip=True) or link.get("aria-label"), f"a link without words: {link}"
