"""Pages of the papers' look: choose a design, edit the words, see it at once, put it in force."""

import base64
from dataclasses import replace
from typing import Any, BinaryIO, cast

from flask import Response, current_app, request, url_for
from wtforms import RadioField, SelectChoice, StringField
from wtforms.validators import Length

from lms.access import the_actor
from lms.areas.models import Area
from lms.certificates import templates
from lms.certificates.issuers import Issuer, issuer_from
from lms.certificates.models import CertificateTemplate
from lms.certificates.proofs import is_outdated
from lms.clock import utc_now
from lms.db import db_session
from lms.errors import NotFound, Refused
from lms.files.rules import read_upload
from lms.pages import Form, deed, public_url, render
from lms.press.facts import Facts
from lms.press.layout import design, designs
from lms.press.preview import preview_svg
from lms.press.templates import PICTURES, Template
from lms.press.wording import BLANKS, LINES

KIND_WORDS = {
    "class": "Lớp tập huấn",
    "course": "Khóa học tự học",
    "skills": "Bộ kỹ năng",
    "team": "Tổ đạt 100 %",
}
PICTURE_WORDS = {"logo": "Biểu trưng", "seal": "Dấu", "signature": "Chữ ký"}


class WordingForm(Form):
    """The design of a draft and the words of each line."""

    design = RadioField("Kiểu giấy", validate_choice=False)


for _key, _words in LINES.items():
    setattr(WordingForm, f"line_{_key}", StringField(_words, [Length(max=200, message="Dòng này dài quá 200 ký tự.")]))


def template_kinds() -> Response:
    """Show for each kind of certificate what is in force and whether a draft waits."""
    session, province = db_session(), _province()
    rows = [
        (kind, words, templates.current_template(session, province.code, kind), _draft(province.code, kind))
        for kind, words in KIND_WORDS.items()
    ]
    outdated = {row.id for _, _, row, _ in rows if row is not None and is_outdated(session, row)}
    titles = {key: design(key).title for key in designs()}
    return render("certificates/template_kinds.html", rows=rows, titles=titles, outdated=outdated)


def begin_template(kind: str) -> Any:
    """Begin a draft from what is in force."""
    return deed(
        lambda session: templates.draft_template(
            session, by=the_actor(), province_code=_province().code, kind=kind, issuer=the_issuer(_province()),
            now=utc_now(),
        ),
        then=lambda draft: url_for(".edit_template", template_id=draft.id),
    )  # fmt: skip


def edit_template(template_id: int) -> Any:
    """Edit a draft; what was saved last is shown as it will be printed."""
    row = _own(template_id)
    form = _form_of(row)
    if not form.validate_on_submit():
        return _editor(row, form, 422 if request.method == "POST" else 200)
    try:
        return deed(
            lambda session: templates.edit_template(
                session, by=the_actor(), template_id=template_id, design=form.design.data or "", wording=_typed(form)
            ),
            then=url_for(".edit_template", template_id=template_id, _anchor="xem-thu"),
            say="Đã lưu bản nháp. Giấy đã cấp không đổi.",
        )
    except Refused as refusal:
        return _editor(row, form, refusal.status, f"{refusal.sentence} {refusal.remedy}".strip())


def preview_template(template_id: int) -> Response:
    """Answer with the picture of what is typed; nothing is stored."""
    row = _own(template_id)
    form = _form_of(row)
    if row.published_at is not None or form.design.data not in designs():
        raise NotFound(f"draft {template_id}")
    typed = templates.check_wording(row.kind, _typed(form))
    stored = templates.press_template(db_session(), row)
    return Response(_picture(replace(stored, design=form.design.data, wording=typed)), mimetype="text/plain")


def publish_template(template_id: int) -> Any:
    """Put a draft in force."""
    _own(template_id)
    issuer = the_issuer(_province())
    return deed(
        lambda session: templates.publish_template(
            session, by=the_actor(), template_id=template_id, issuer=issuer, now=utc_now()
        ),
        then=url_for(".template_kinds"),
        say="Đã ban hành mẫu mới. Danh sách duyệt từ bây giờ in theo mẫu này.",
    )


def drop_template(template_id: int) -> Any:
    """Throw a draft away."""
    return deed(
        lambda session: templates.drop_draft(session, by=the_actor(), template_id=template_id, now=utc_now()),
        then=url_for(".template_kinds"),
        say="Đã bỏ bản nháp. Mẫu đang dùng không đổi.",
    )


def set_picture(template_id: int, name: str) -> Any:
    """Take a picture of the issuer for a draft, or take it away if none was chosen."""
    then = url_for(".edit_template", template_id=template_id, _anchor="anh")
    uploaded = request.files.get("picture")
    if uploaded is None or not uploaded.filename:
        return deed(
            lambda session: templates.remove_picture(
                session, by=the_actor(), template_id=template_id, name=_picture_name(name), now=utc_now()
            ),
            then=then,
            say="Đã bỏ ảnh này khỏi bản nháp.",
        )
    data = read_upload(cast(BinaryIO, uploaded.stream), limit_mb=templates.PICTURE_LIMIT_MB)
    return deed(
        lambda session: templates.set_picture(
            session, by=the_actor(), template_id=template_id, name=_picture_name(name), data=data, now=utc_now()
        ),
        then=then,
        say="Đã nhận ảnh cho bản nháp.",
    )


def the_issuer(province: Area) -> Issuer:
    """Return the issuer the settings name, with the address where this school is mounted."""
    site = public_url("lms.certificates.enter_code").removesuffix("/v")
    return issuer_from(current_app.config, province, public_url=site)


def _province() -> Area:
    """The officer's province; an officer has one."""
    code = next(iter(sorted(the_actor().provinces)), None)
    if code is None:
        raise NotFound("province")
    return db_session().get_one(Area, code)


def _own(template_id: int) -> CertificateTemplate:
    return templates.own_template(db_session(), the_actor(), template_id)


def _draft(province_code: str, kind: str) -> CertificateTemplate | None:
    return templates.open_draft(db_session(), province_code, kind)


def _picture_name(name: str) -> str:
    if name not in PICTURES:
        raise NotFound(f"picture {name}")
    return name


def _form_of(row: CertificateTemplate) -> WordingForm:
    stored = {f"line_{key}": text for key, text in row.wording.items()}
    form = WordingForm(data={"design": row.design, **stored})
    form.design.choices = [SelectChoice(key, design(key).title) for key in designs()]
    return form


def _typed(form: WordingForm) -> dict[str, str]:
    return {key: form[f"line_{key}"].data or "" for key in LINES}


def _editor(row: CertificateTemplate, form: WordingForm, status: int, extra: str = "") -> Response:
    return render(
        "certificates/template_editor.html", status, row=row, form=form, extra=extra, picture=_picture_of(row),
        kind=KIND_WORDS[row.kind], blanks=list(BLANKS), lines=list(LINES), pictures=PICTURE_WORDS,
        own_day=templates.OWN_DAY,
    )  # fmt: skip


def paper_picture(template: Template, facts: Facts) -> str:
    """Return how a paper will look as an address that needs no second request."""
    svg = preview_svg(template, facts)
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


def _picture_of(row: CertificateTemplate) -> str:
    return _picture(templates.press_template(db_session(), row))


def _picture(template: Template) -> str:
    return paper_picture(template, templates.sample_facts(template.kind))
