"""What comes out of Markdown may stand in any page."""

import inspect
import re
import sys
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import Markup, escape

from courses.rendering import clean, raw_html_lines, render


class _Seen(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]


def _seen(html: str) -> _Seen:
    seen = _Seen()
    seen.feed(html)
    return seen


_HOSTILE = (
    "<script> </script> <img onerror=x> javascript: data: [a]( ) ![b]( media/a.svg <svg/onload=x> "
    "&lt; &#106;avascript: &#60;script&#62; <style> <iframe> ` ``` * _ # ## > - 1. | --- \n \n\n "
    "\" ' = { : .x } [r]: <a@b.c> <https://a.b> \\ \x02 \x03 \x00 href= onclick= ( < / "
    "vbscript:"
)
_PIECES = st.sampled_from(_HOSTILE.split(" "))


@given(st.lists(st.one_of(_PIECES, st.text(max_size=5)), max_size=25).map("".join))
def test_nothing_that_acts_gets_through(text):
    html = render(text).html

    seen = _seen(html)
    assert "<script" not in html.lower()
    assert not {"script", "style", "iframe", "svg", "form", "input", "object"} & set(seen.tags)
    for name, value in seen.attributes:
        assert name in {
            "href",
            "title",
            "src",
            "alt",
            "loading",
            "start",
            "rel",
            "class",
            "scope",
        } | {"data-label"}
        assert name != "href" or re.match(r"(https?://|tel:|mailto:)", value, re.IGNORECASE)
        assert name != "src" or re.fullmatch(r"\.\./media/[a-z0-9.-]+", value)


@pytest.mark.parametrize(
    "text",
    [
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](&#106;avascript:alert(1))",
        "[x](data:text/html,a)",
        "[x](//xau.vn)",
        "[x](/quan-ly/)",
    ],
)
def test_a_link_elsewhere_loses_its_address_and_is_reported(text):
    rendered = render(text)

    assert "href" not in rendered.html
    assert len(rendered.refused_links) == 1


def test_raw_html_comes_out_as_text():
    html = render("Bấm <b onclick=x>đây</b>").html

    assert html == "<p>Bấm &lt;b onclick=x&gt;đây&lt;/b&gt;</p>"
    assert isinstance(html, Markup)


def test_a_block_of_raw_html_comes_out_as_text():
    assert render("<div onclick=x>\na\n</div>").html.startswith("<p>&lt;div onclick=x&gt;")


def test_the_second_wall_holds_alone():
    html = clean(
        '<a href="/quan-ly/" onclick="x">a</a><a href="//xau.vn">b</a><img src="http://xau.vn/a.png">'
        '<img src="../media/../a.svg"><p style="x" class="y" id="z">c</p><script>d</script>'
    )

    assert html == ('<a rel="noopener noreferrer">a</a><a rel="noopener noreferrer">b</a><img><img><p>c</p>')


def test_raw_html_is_found_but_not_mail_numbers_or_code():
    text = "<b>a</b>\n5 < 6\n<a@b.vn> <https://a.vn>\n`<b>`\n</p>\n<!-- x -->"

    assert raw_html_lines(text) == [1, 5, 6]


def test_headings_begin_at_level_three_and_skip_none():
    html = render("# a\n\n##### b\n\n### c").html

    assert re.findall(r"<(h\d)>", html) == ["h3", "h4", "h3"]


def test_a_picture_is_shown_from_the_course_and_from_nowhere_else():
    rendered = render("![Một](media/mot.svg) ![Hai](http://xau.vn/hai.svg) ![Ba][b]\n\n[b]: media/ba.png")

    assert re.findall(r'src="([^"]*)"', rendered.html) == ["../media/mot.svg", "../media/ba.png"]
    assert "Hai" in rendered.html
    assert [picture.name for picture in rendered.pictures] == ["mot.svg", None, "ba.png"]


def test_links_out_do_not_hand_over_the_window():
    html = render("[Cổng](https://dichvucong.gov.vn) [Gọi](tel:18001096)").html

    assert html.count('rel="noopener noreferrer"') == 2
    assert 'href="tel:18001096"' in html


def test_table_cells_carry_their_heading_for_phones():
    html = render("| Bước | Việc |\n|---|---|\n| 1 | Mở máy |").html

    assert '<td data-label="Việc">Mở máy</td>' in html
    assert '<th scope="col">Bước</th>' in html


@given(st.text("[]()!`*_<>\\#-\n a", max_size=5_000))
@settings(deadline=None)
def test_every_mixture_of_signs_is_rendered(text):
    rendered = render(text)

    assert rendered.html or not text.strip(" \n")
    assert raw_html_lines(text) == [] or rendered.was_read


@given(
    st.lists(st.text("[]()!`*_<>\\#-+1.|\t\n a", min_size=1, max_size=6), min_size=1, max_size=4),
    st.integers(1, 5_000),
)
@settings(deadline=None)
def test_every_repetition_of_signs_is_rendered(pieces, size):
    text = ("".join(pieces) * size)[:size]

    rendered = render(text)

    assert isinstance(rendered.html, Markup)
    assert raw_html_lines(text) == [] or rendered.was_read


@pytest.mark.parametrize(
    "text",
    [
        "[" * 20_000,
        "![" * 20_000,
        "[a](" * 20_000,
        "`" * 20_000,
        "<b>" * 101,
        "* a" * 401,
        "+ " * 900,
        "a|" * 900 + "\n" + "-|" * 900 + "\na" * 300,
        "<script>" + "a" * 6_000,
    ],
)
def test_a_text_that_holds_too_much_comes_out_as_it_was_written(text):
    rendered = render(text)

    assert rendered.html == f"<p>{escape(text)}</p>"
    assert not rendered.was_read
    assert raw_html_lines(text) == []


def test_lists_too_deep_for_the_caller_come_out_as_they_were_written():
    text = "\n".join("    " * depth + "- a" for depth in range(50))
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack()) + 80)
    try:
        rendered = render(text)
    finally:
        sys.setrecursionlimit(limit)

    assert rendered.html == f"<p>{text}</p>"


def test_a_long_heading_of_a_table_is_cut_short_on_its_cells():
    html = render(f"| {'a' * 3_000} |\n|---|" + "\n| b |" * 300).html

    assert len(html) < 60_000
