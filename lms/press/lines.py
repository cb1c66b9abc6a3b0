"""What each line of one certificate says, from its template and its facts."""

import unicodedata

from lms.press.facts import Facts
from lms.press.layout import design
from lms.press.templates import Template
from lms.press.wording import DEFAULT_WORDING, FIXED_LINES, LINES, fill, has_blanks
from lms.printing.letters import printable

_NATION = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
_MOTTO = "Độc lập - Tự do - Hạnh phúc"
_WHERE_TO_CHECK = "Quét mã QR hoặc mở {site} rồi nhập mã này."
_UNSIGNED = "Bản điện tử chưa ký số"
_AUTHORITY = ("authority", "authority_2", "authority_3")


def lines_of(template: Template, facts: Facts) -> dict[str, str]:
    """Return the text of every line that says something, by its key; an empty line is left out.

    A letter that no shipped font holds becomes a box, an invisible mark is dropped: nothing reaches
    the page that the shipped fonts cannot show.
    """
    said = static_lines(template) | {key: fill(text, facts) for key, text in open_lines(template).items()}
    look = design(template.design).lines
    shown = {key: text.upper() if look[key].capitals else text for key, text in said.items()}
    return {key: printable(text) for key, text in shown.items() if text}


def open_lines(template: Template) -> dict[str, str]:
    """Return the wording of the lines that differ from paper to paper, blanks and all."""
    return {key: text for key, text in _wording(template).items() if has_blanks(text)}


def static_lines(template: Template) -> dict[str, str]:
    """Return the text of the lines that are the same on every paper of this template."""
    head = template.letterhead
    texts = {
        "nation": _NATION,
        "motto": _MOTTO,
        "parent": head.parent,
        "agency": head.agency,
        "signer": head.signer,
        "site": _WHERE_TO_CHECK.replace("{site}", template.site),
        "unsigned": _UNSIGNED if template.is_unsigned else "",
        **dict(zip(_AUTHORITY, head.authority, strict=False)),
        **{key: text for key, text in _wording(template).items() if not has_blanks(text)},
    }
    return {key: _tidy(text) for key, text in texts.items()}


def _wording(template: Template) -> dict[str, str]:
    """Return the wording of the lines the department may edit, and of those it may not."""
    fixed = {key: DEFAULT_WORDING[template.kind][key] for key in FIXED_LINES}
    day = f"{template.letterhead.place}, {{ngày cấp}}"
    chosen = {"day": day, **template.wording, **fixed}
    return {key: unicodedata.normalize("NFC", text) for key, text in chosen.items() if key in LINES}


def _tidy(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())
