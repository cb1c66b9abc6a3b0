"""The layout engine fetches nothing but what a certificate needs, however it is asked."""

from io import BytesIO
from pathlib import Path

import pikepdf
import pytest

from lms.errors import Misconfigured
from lms.press import PaperFault, Picture, press, require_subsetter
from lms.press.laying_out import assets_of, fitted_lines, page_of, write_page
from tests.lms.press.specimens import facts, template

WAYS_TO_FETCH = (
    "<link rel=stylesheet href='{secret}'>",
    "<style>@import url('{secret}');</style>",
    "<style>@font-face {{ font-family: x; src: url('{secret}') }}</style><i style='font-family:x'>a</i>",
    "<div style=\"background: url('{secret}'); height: 1cm\">a</div>",
    "<img src='{secret}' alt=''>",
    "<embed src='{secret}'>",
    "<object data='{secret}'></object>",
    "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'><image href='{secret}' width='9' height='9'/></svg>",
    "<link rel=attachment href='{secret}'>",
    "<ul style=\"list-style-image: url('{secret}')\"><li>a</ul>",
)


@pytest.fixture
def secret(tmp_path: Path) -> str:
    path = tmp_path / "secret.txt"
    path.write_text("rất bí mật")
    return path.as_uri()


@pytest.mark.parametrize("way", WAYS_TO_FETCH)
@pytest.mark.parametrize("where", ["file", "http"])
def test_nothing_is_fetched(way: str, where: str, secret: str) -> None:
    plain = template("don-gian")
    address = secret if where == "file" else "http://127.0.0.1:9/secret.txt"
    page = page_of(plain, facts(), fitted_lines(plain, facts()))
    page = page.replace("</body>", way.format(secret=address) + "</body>")
    with pytest.raises(PaperFault):
        write_page(page, plain.design, assets_of(plain, facts()))


@pytest.mark.parametrize("way", WAYS_TO_FETCH)
def test_asking_by_name_only_prints_the_question(way: str, secret: str) -> None:
    asked = facts(name=way.format(secret=secret)[:80], note=way.format(secret=secret))
    with pikepdf.open(BytesIO(bytes(press(template("don-gian"), asked)))) as file:
        assert list(file.attachments) == ["thong-tin.json"]
        assert "rất bí mật".encode() not in b"".join(
            item.read_bytes() for item in file.objects if isinstance(item, pikepdf.Stream)
        )


def test_a_picture_may_not_fetch_either(secret: str) -> None:
    drawing = (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'><image href='{secret}' width='9' height='9'/></svg>"
    )
    sly = template("don-gian", pictures={"logo": Picture(drawing.encode(), "image/svg+xml")})
    with pytest.raises(PaperFault):
        press(sly, facts())


def test_a_picture_that_cannot_be_read_stops_the_paper() -> None:
    broken = template("don-gian", pictures={"seal": Picture(b"no picture", "image/png")})
    with pytest.raises(PaperFault):
        press(broken, facts())


def test_the_subsetter_is_there() -> None:
    require_subsetter()


def test_without_the_subsetter_the_worker_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ctypes.util.find_library", lambda name: None)
    with pytest.raises(Misconfigured, match="apt-get install libharfbuzz-subset0"):
        require_subsetter()
