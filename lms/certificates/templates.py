"""What certificates of a kind look like and say: drafted by an officer, published once, then fixed.

Letterhead, address and whether papers are signed come from the settings; design, wording and pictures
are the department's. When a list is approved, whatever has changed since gives a new version by itself,
so that a paper never names yesterday's director, and the papers of yesterday stay what they were.
"""

import io
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lms.access import SYSTEM, Actor
from lms.areas.models import Area
from lms.certificates.issuers import Issuer, site_of
from lms.certificates.models import CertificateTemplate
from lms.db import locked
from lms.errors import NotFound, Refused
from lms.files.models import StoredFile
from lms.files.rules import forget, keep
from lms.files.store import read
from lms.journal.rules import queue_job, record
from lms.press.facts import Facts
from lms.press.layout import designs
from lms.press.templates import KINDS, PICTURES, Letterhead, Picture, Template
from lms.press.wording import BLANKS, DEFAULT_WORDING, FIXED_LINES, LINES, fill, unknown_blanks
from lms.printing.letters import unprintable
from lms.words import nfc

PREPARE = "certificates.prepare"
PICTURE_LIMIT_MB = 2
OWN_DAY = "day"
_LONGEST_LINE = 200
_MOST_PIXELS = 4_000_000
_WIDEST = 1600


class WordingUnusable(Refused):
    """A line holds a blank that does not exist, lacks the one it must have, or cannot be printed."""

    status = 422


class PictureUnusable(Refused):
    """What was handed in is not a picture that can be printed."""

    status = 422

    def __init__(self) -> None:
        super().__init__(
            "Tệp này không phải ảnh PNG hoặc JPEG dùng được nên chưa nhận. Mẫu giấy chưa thay đổi gì.",
            remedy="Hãy chọn ảnh PNG nền trong suốt, cỡ dưới 2 MB.",
        )


class DesignUnknown(Refused):
    """There is no such design."""

    status = 422

    def __init__(self) -> None:
        super().__init__("Chưa chọn kiểu giấy nên chưa thay đổi gì.", remedy="Hãy chọn một trong các kiểu có sẵn.")


class TemplatePublished(Refused):
    """The version is published and stays as it is."""

    def __init__(self) -> None:
        super().__init__(
            "Mẫu này đã ban hành nên không sửa được nữa. Chưa thay đổi gì.", remedy="Hãy soạn một mẫu mới."
        )


def current_template(session: Session, province_code: str, kind: str) -> CertificateTemplate | None:
    """Return the version in force, or None before the first."""
    return session.scalar(
        select(CertificateTemplate).where(
            CertificateTemplate.province_code == province_code,
            CertificateTemplate.kind == kind,
            CertificateTemplate.published_at.is_not(None),
            CertificateTemplate.replaced_at.is_(None),
        )
    )


def open_draft(session: Session, province_code: str, kind: str) -> CertificateTemplate | None:
    """Return the version that is being written, if there is one."""
    return session.scalar(
        select(CertificateTemplate).where(
            CertificateTemplate.province_code == province_code,
            CertificateTemplate.kind == kind,
            CertificateTemplate.published_at.is_(None),
        )
    )


def ensure_template(
    session: Session, *, province_code: str, kind: str, issuer: Issuer, now: datetime
) -> CertificateTemplate:
    """Return the version in force that says what the settings say today; publish a new one if they changed.

    Without any choice of the department it is the house's own design and wording.
    """
    _hold_versions(session, province_code)
    current = current_template(session, province_code, kind)
    chosen = (
        {"design": issuer.design, "wording": dict(DEFAULT_WORDING[kind]), "pictures": {}}
        if current is None
        else {"design": current.design, "wording": current.wording, "pictures": current.pictures}
    )
    row = _row(session, province_code=province_code, kind=kind, issuer=issuer, by=SYSTEM, now=now, **chosen)
    if current is not None and press_template(session, row).digest == current.digest:
        return current
    session.add(row)
    return _publish(session, row, current, by=SYSTEM, now=now)


def draft_template(
    session: Session, *, by: Actor, province_code: str, kind: str, issuer: Issuer, now: datetime
) -> CertificateTemplate:
    """Return the draft of a kind, begun from the version in force or the house's own if there is none.

    Raises:
        NotFound: not the officer's province, or no such kind.
    """
    if province_code not in by.provinces or kind not in KINDS:
        raise NotFound(f"template {province_code} {kind}")
    _hold_versions(session, province_code)
    draft = open_draft(session, province_code, kind)
    if draft is not None:
        return draft
    current = current_template(session, province_code, kind)
    chosen = (
        {"design": current.design, "wording": current.wording, "pictures": current.pictures}
        if current
        else {"design": issuer.design, "wording": dict(DEFAULT_WORDING[kind]), "pictures": {}}
    )
    draft = _row(session, province_code=province_code, kind=kind, issuer=issuer, by=by, now=now, **chosen)
    session.add(draft)
    session.flush()
    return draft


def edit_template(
    session: Session, *, by: Actor, template_id: int, design: str, wording: Mapping[str, str]
) -> CertificateTemplate:
    """Store the design and the words of a draft.

    Raises:
        WordingUnusable, DesignUnknown, TemplatePublished: as they say.
        NotFound: not a template of the officer's province.
    """
    draft = _own_draft(session, by, template_id)
    if design not in designs():
        raise DesignUnknown
    draft.design, draft.wording = design, check_wording(draft.kind, wording)
    return draft


def check_wording(kind: str, wording: Mapping[str, str]) -> dict[str, str]:
    """Return the words of every line, clean. Without words of its own, the line of place and day is the issuer's.

    Raises:
        WordingUnusable: a line cannot be printed as it stands; the sentence names the line.
    """
    words = {key: nfc(wording.get(key, DEFAULT_WORDING[kind].get(key, ""))) for key in LINES}
    if not words[OWN_DAY]:
        del words[OWN_DAY]
    for key, text in words.items():
        if fault := _fault_of(key, text):
            raise WordingUnusable(f"Dòng “{LINES[key]}”: {fault} Mẫu giấy chưa thay đổi gì.", remedy=_KNOWN_BLANKS)
    return words


def set_picture(
    session: Session, *, by: Actor, template_id: int, name: str, data: bytes, now: datetime
) -> CertificateTemplate:
    """Keep a picture of the issuer for a draft: logo, seal or signature, decoded and written anew.

    The one before it is forgotten, unless another version is printed with it.

    Raises:
        PictureUnusable, TemplatePublished: as they say.
        NotFound: not a template of the officer's province, or no such picture.
    """
    draft = _own_draft(session, by, template_id)
    if name not in PICTURES:
        raise NotFound(f"picture {name}")
    kept = keep(session, clean_picture(data), name=f"{name}.png", media_type="image/png", by=by, now=now)
    return _with_pictures(session, draft, {**draft.pictures, name: kept.id}, now=now)


def remove_picture(session: Session, *, by: Actor, template_id: int, name: str, now: datetime) -> CertificateTemplate:
    """Take a picture out of a draft; published versions keep theirs.

    Raises:
        TemplatePublished, NotFound: as for setting one.
    """
    draft = _own_draft(session, by, template_id)
    others = {key: file_id for key, file_id in draft.pictures.items() if key != name}
    return _with_pictures(session, draft, others, now=now)


def publish_template(
    session: Session, *, by: Actor, template_id: int, issuer: Issuer, now: datetime
) -> CertificateTemplate:
    """Put a draft in force; certificates approved from now on are made by it.

    Raises:
        TemplatePublished, NotFound: as for editing.
    """
    _hold_versions(session, own_template(session, by, template_id).province_code)
    draft = _own_draft(session, by, template_id)
    current = current_template(session, draft.province_code, draft.kind)
    draft.letterhead, draft.site, draft.is_unsigned = _of_settings(issuer)
    published = _publish(session, draft, current, by=by, now=now)
    record(
        session, by=by, verb="publish", kind="certificate_template", object_id=draft.id, area=draft.province_code,
        detail={"kind": draft.kind, "number": draft.number, "digest": draft.digest}, now=now,
    )  # fmt: skip
    return published


def drop_draft(session: Session, *, by: Actor, template_id: int, now: datetime) -> None:
    """Throw a draft away; what is in force stays.

    Raises:
        TemplatePublished, NotFound: as for editing.
    """
    session.delete(_with_pictures(session, _own_draft(session, by, template_id), {}, now=now))
    session.flush()


def own_template(session: Session, by: Actor, template_id: int) -> CertificateTemplate:
    """Return a template of the officer's province.

    Raises:
        NotFound: it is not.
    """
    row = session.scalar(
        select(CertificateTemplate).where(
            CertificateTemplate.id == template_id, CertificateTemplate.province_code.in_(by.provinces)
        )
    )
    if row is None:
        raise NotFound(f"template {template_id}")
    return row


def press_template(session: Session, row: CertificateTemplate) -> Template:
    """Return a template as the press takes it."""
    return Template(
        design=row.design,
        kind=row.kind,
        wording=row.wording,
        letterhead=Letterhead(**{**row.letterhead, "authority": tuple(row.letterhead["authority"])}),
        site=f"{site_of(row.site)}/v",
        pictures={name: _picture(session, file_id) for name, file_id in sorted(row.pictures.items())},
        is_unsigned=row.is_unsigned,
    )


def sample_facts(kind: str) -> Facts:
    """Return an invented person, or team, for the preview."""
    return Facts(
        name="Tổ công nghệ số cộng đồng thôn Ngọc Lâm" if kind == "team" else "Nguyễn Thị Thanh Huyền",
        role="Tổ trưởng",
        team="Tổ công nghệ số cộng đồng thôn Ngọc Lâm",
        commune="Xã Ngọc Lặc",
        province="tỉnh Thanh Hóa",
        course="Dịch vụ công trực tuyến",
        class_name="Lớp 01",
        first_day="05/11/2026",
        last_day="06/11/2026",
        hours="16 giờ",
        result="12 trong 12 thành viên" if kind == "team" else "Đạt",
        number="0001/2026/GCN-SKHCN",
        book_entry="0001",
        decision="Quyết định số 45/QĐ-SKHCN ngày 20/11/2026",
        issued="2026-11-20",
        issued_words="ngày 20 tháng 11 năm 2026",
        code="7K3M9-QX2WD-8RZ4T-N6HPC-X",
        address="HTTPS://HOC.EXAMPLE.VN/V/7K3M9QX2WD8RZ4TN6HPCX",
    )


def clean_picture(data: bytes) -> bytes:
    """Return a picture decoded and written anew as PNG, so that nothing but its pixels is left.

    Raises:
        PictureUnusable: it is none, or unreasonably large.
    """
    from PIL import Image

    try:
        # Whether a file is whole is asked apart: the layout engine teaches Pillow to be content with half of one.
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG")) as opened:
            opened.verify()
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG")) as opened:
            if opened.width * opened.height > _MOST_PIXELS:
                raise PictureUnusable
            picture = opened.convert("RGBA")
    # Pillow raises whatever a broken file makes it stumble over.
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as fault:
        raise PictureUnusable from fault
    picture.thumbnail((_WIDEST, _WIDEST))
    bare = Image.new("RGBA", picture.size)
    bare.paste(picture)
    out = io.BytesIO()
    bare.save(out, "PNG", optimize=True)
    return out.getvalue()


def _fault_of(key: str, text: str) -> str:
    if strange := unknown_blanks(text):
        return f"chỗ trống “{strange[0]}” không có trong danh sách."
    if key in FIXED_LINES and f"{{{_MUST_NAME[key]}}}" not in text:
        return f"phải có chỗ trống {{{_MUST_NAME[key]}}}."
    if len(text) > _LONGEST_LINE:
        return f"dài quá {_LONGEST_LINE} ký tự."
    if letters := unprintable(text):
        return f"có ký tự không in được: {' '.join(letters)}."
    fill(text, sample_facts("class"))
    return ""


def _hold_versions(session: Session, province_code: str) -> None:
    """Lock the province: two who draft or publish at once come one after the other, and share or follow a version.

    Whoever only refers to the province, as nearly every row does, waits for nobody.
    """
    session.get_one(Area, province_code, with_for_update={"key_share": True}, populate_existing=True)


def _own_draft(session: Session, by: Actor, template_id: int) -> CertificateTemplate:
    own_template(session, by, template_id)
    draft = locked(session, CertificateTemplate, template_id)
    if draft.published_at is not None:
        raise TemplatePublished
    return draft


def _row(
    session: Session, *, province_code: str, kind: str, issuer: Issuer, by: Actor, now: datetime, **chosen: Any
) -> CertificateTemplate:
    last = session.scalar(
        select(func.max(CertificateTemplate.number)).where(
            CertificateTemplate.province_code == province_code, CertificateTemplate.kind == kind
        )
    )
    letterhead, site, is_unsigned = _of_settings(issuer)
    return CertificateTemplate(
        province_code=province_code,
        kind=kind,
        number=(last or 0) + 1,
        letterhead=letterhead,
        site=site,
        is_unsigned=is_unsigned,
        drafted_at=now,
        drafted_by_id=by.account_id,
        **chosen,
    )


def _of_settings(issuer: Issuer) -> tuple[dict[str, Any], str, bool]:
    letterhead = {
        "parent": issuer.parent,
        "agency": issuer.name,
        "place": issuer.place,
        "authority": issuer.authority,
        "signer": issuer.signer_name,
    }
    return letterhead, issuer.public_url, issuer.is_unsigned


def _publish(
    session: Session, row: CertificateTemplate, current: CertificateTemplate | None, *, by: Actor, now: datetime
) -> CertificateTemplate:
    if current is not None:
        current.replaced_at = now
        session.flush()
    digest = press_template(session, row).digest
    row.published_at, row.published_by_id, row.digest = now, by.account_id, digest
    session.flush()
    row.job_id = queue_job(
        session, kind=PREPARE, payload={"template_id": row.id}, by=by, now=now, province=row.province_code
    ).id
    return row


def _with_pictures(
    session: Session, draft: CertificateTemplate, pictures: dict[str, int], *, now: datetime
) -> CertificateTemplate:
    """Give a draft these pictures, and forget those it had that no version is printed with."""
    had, draft.pictures = draft.pictures, pictures
    session.flush()
    versions = session.scalars(
        select(CertificateTemplate.pictures).where(CertificateTemplate.province_code == draft.province_code)
    )
    used = {file_id for one in versions for file_id in one.values()}
    for file_id in set(had.values()) - used:
        forget(session, file_id, now=now)
    return draft


def _picture(session: Session, file_id: int) -> Picture:
    kept = session.get_one(StoredFile, file_id)
    return Picture(read(kept.sha256), kept.media_type)


_MUST_NAME = {key: next(words for words, fact in BLANKS.items() if fact == key) for key in FIXED_LINES}
_KNOWN_BLANKS = "Chỗ trống dùng được: " + ", ".join(f"{{{name}}}" for name in BLANKS) + "."
