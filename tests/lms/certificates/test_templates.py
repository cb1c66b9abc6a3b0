"""The look and the words of papers: drafted, published once, then fixed."""

import io

import pytest
from PIL import Image
from sqlalchemy import func, select

from lms.certificates import templates
from lms.certificates.models import CertificateTemplate
from lms.certificates.templates import (
    DesignUnknown,
    PictureUnusable,
    TemplatePublished,
    WordingUnusable,
    current_template,
    ensure_template,
    press_template,
)
from lms.db import db_session, in_unit
from lms.errors import NotFound
from lms.files.models import StoredFile
from lms.files.rules import GRACE, sweep
from lms.press.wording import DEFAULT_WORDING
from lms.rooms import HOLDERS
from tests.factories import THANH_HOA, actor_of, officer
from tests.lms.certificates.world import ISSUER, NOW, the_officer

WORDS = DEFAULT_WORDING["class"]


def ensure(**changes):
    issuer = ISSUER.__class__(**{**ISSUER.__dict__, **changes})
    return in_unit(lambda s: ensure_template(s, province_code=THANH_HOA, kind="class", issuer=issuer, now=NOW).id)


def draft(by=None):
    actor = by or the_officer()
    return in_unit(
        lambda s: (
            templates.draft_template(s, by=actor, province_code=THANH_HOA, kind="class", issuer=ISSUER, now=NOW).id
        )
    )


def edit(template_id, *, design="le-hoi", by=None, **lines):
    actor = by or the_officer()
    return in_unit(
        lambda s: (
            templates.edit_template(
                s, by=actor, template_id=template_id, design=design, wording={**WORDS, **lines}
            ).wording
        )
    )


def publish(template_id, by=None):
    actor = by or the_officer()
    return in_unit(
        lambda s: templates.publish_template(s, by=actor, template_id=template_id, issuer=ISSUER, now=NOW).digest
    )


def picture(size=(40, 30), form="PNG"):
    out = io.BytesIO()
    Image.new("RGB", size, "red").save(out, form)
    return out.getvalue()


def test_without_a_choice_the_house_design_is_put_in_force_once(session):
    first, second = ensure(), ensure()

    assert first == second
    row = session.get_one(CertificateTemplate, first)
    assert (row.design, row.number, row.published_by_id) == ("trang-trong", 1, None)
    assert row.job_id is not None


def test_a_new_director_or_a_key_gives_a_new_version_and_leaves_the_old_one(session):
    first = ensure()

    second = ensure(signer_name="Lê Văn Mới")
    third = ensure(signer_name="Lê Văn Mới", is_unsigned=False)

    assert len({first, second, third}) == 3
    assert session.get_one(CertificateTemplate, first).replaced_at == NOW
    assert current_template(session, THANH_HOA, "class").id == third
    assert session.get_one(CertificateTemplate, first).letterhead["signer"] == ISSUER.signer_name


def test_the_departments_words_survive_a_change_of_settings(session):
    template_id = draft()
    edit(template_id, deed="đã học xong lớp")
    publish(template_id)

    again = ensure(signer_name="Lê Văn Mới")

    row = session.get_one(CertificateTemplate, again)
    assert (row.design, row.wording["deed"]) == ("le-hoi", "đã học xong lớp")


def test_two_officers_who_begin_get_the_same_draft(session):
    assert draft() == draft(actor_of(officer(name="Người thứ hai")))
    assert session.scalar(select(func.count()).select_from(CertificateTemplate)) == 1


@pytest.mark.parametrize(
    ("line", "text", "why"),
    [
        ("course", "{tên tuổi}", "không có trong danh sách"),
        ("course", "{{ 7*7 }}", "không có trong danh sách"),
        ("course", "{họ tên", "không có trong danh sách"),
        ("name", "Ông Bà", "phải có chỗ trống {họ tên}"),
        ("number", "Số:", "phải có chỗ trống {số giấy}"),
        ("deed", "x" * 201, "dài quá 200"),
        ("deed", "đã học 😀", "không in được"),
    ],
)
def test_a_line_that_cannot_be_printed_is_refused_by_name(session, line, text, why):
    template_id = draft()

    with pytest.raises(WordingUnusable, match=why):
        edit(template_id, **{line: text})

    session.expire_all()
    assert session.get_one(CertificateTemplate, template_id).wording[line] == WORDS[line]


def test_a_design_that_does_not_exist_is_refused(session):
    with pytest.raises(DesignUnknown):
        edit(draft(), design="../don-gian")


def test_published_it_is_fixed(session):
    template_id = draft()
    digest = publish(template_id)

    with pytest.raises(TemplatePublished):
        edit(template_id)
    with pytest.raises(TemplatePublished):
        publish(template_id)

    row = session.get_one(CertificateTemplate, template_id)
    assert press_template(session, row).digest == digest == row.digest


def test_a_draft_thrown_away_leaves_what_is_in_force(session):
    in_force = ensure()
    template_id = draft()
    actor = the_officer()

    in_unit(lambda s: templates.drop_draft(s, by=actor, template_id=template_id, now=NOW))

    assert current_template(session, THANH_HOA, "class").id == in_force
    assert session.get(CertificateTemplate, template_id) is None


def test_another_province_sees_no_template(session):
    template_id, stranger = draft(), actor_of(officer("01", name="Người tỉnh khác"))

    with pytest.raises(NotFound):
        edit(template_id, by=stranger)
    with pytest.raises(NotFound):
        publish(template_id, by=stranger)
    with pytest.raises(NotFound):
        draft(stranger)


def test_a_picture_is_written_anew_and_nothing_but_its_pixels_is_left(session):
    template_id, actor = draft(), the_officer()
    poisoned = picture(form="JPEG") + b"<script>alert(1)</script>"

    in_unit(lambda s: templates.set_picture(s, by=actor, template_id=template_id, name="logo", data=poisoned, now=NOW))

    kept = press_template(session, session.get_one(CertificateTemplate, template_id)).pictures["logo"]
    assert kept.media_type == "image/png"
    assert b"script" not in kept.data
    assert Image.open(io.BytesIO(kept.data)).size == (40, 30)


def test_a_picture_replaced_in_a_draft_is_forgotten_and_one_that_a_version_is_printed_with_stays(session):
    actor = the_officer()

    def put(template_id, width):
        data = picture((width, 30))
        in_unit(lambda s: templates.set_picture(s, by=actor, template_id=template_id, name="seal", data=data, now=NOW))
        session.expire_all()
        return session.get_one(CertificateTemplate, template_id).pictures["seal"]

    first = draft()
    unused, printed = put(first, 40), put(first, 41)
    publish(first)
    second = draft()
    after = put(second, 42)
    in_unit(lambda s: templates.remove_picture(s, by=actor, template_id=second, name="seal", now=NOW))
    dropped = put(second, 43)
    in_unit(lambda s: templates.drop_draft(s, by=actor, template_id=second, now=NOW))

    session.expire_all()
    assert [session.get(StoredFile, file_id) is not None for file_id in (unused, printed, after, dropped)] == [
        False, True, False, False,
    ]  # fmt: skip
    in_unit(lambda s: sweep(s, holders=HOLDERS, now=NOW + GRACE))
    assert press_template(session, session.get_one(CertificateTemplate, first)).pictures["seal"].data


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"%PDF-1.7",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        picture((3000, 2000)),
        picture(form="GIF"),
        picture()[:60],
    ],
    ids=["empty", "pdf", "svg", "huge", "gif", "broken"],
)
def test_what_is_no_usable_picture_is_refused(session, data):
    template_id, actor = draft(), the_officer()

    with pytest.raises(PictureUnusable):
        in_unit(lambda s: templates.set_picture(s, by=actor, template_id=template_id, name="seal", data=data, now=NOW))

    db_session().expire_all()
    assert session.get_one(CertificateTemplate, template_id).pictures == {}
