"""Pages of the trainer's shelf: drafts, their text, preview on a phone, questions, publishing."""

from contextlib import closing
from typing import Any, BinaryIO, cast

from flask import Response, current_app, request, url_for
from wtforms import SelectChoice

import courses
from lms.access import the_actor
from lms.clock import utc_now
from lms.db import db_session
from lms.errors import NotFound, Refused
from lms.files import store
from lms.files.rules import read_upload
from lms.journal.models import Job
from lms.library import draft_packages, drafts, queries
from lms.library.fact_pages import count_due
from lms.library.forms import FORMS, KINDS, DraftTextForm, NewDraftForm, PublishForm
from lms.library.local_words import filled, words_for
from lms.library.models import Draft
from lms.library.rules import PackageRefused
from lms.pages import deed, render

_TYPES = {"webp": "image/webp", "png": "image/png", "jpg": "image/jpeg"}


def shelf() -> Response:
    """List the courses and the drafts of the trainer's province."""
    session = db_session()
    return render(
        "library/shelf.html",
        courses=queries.courses_now(session),
        drafts=queries.open_drafts(session, the_actor().trainer_provinces),
        due=count_due(),
    )


def new_draft() -> Any:
    """Begin a lesson: new or in place of an old one, from a document or from nothing."""
    now = queries.courses_now(db_session())
    form = NewDraftForm()
    form.course.choices = [SelectChoice(one.course.slug, one.course.title) for one in now]
    form.lesson.choices = [SelectChoice("", "Không, đây là bài mới")] + [
        SelectChoice(f"{one.course.slug}/{line.slug}", f"{one.course.title}: {line.title}")
        for one in now
        for line in one.course.lessons
    ]
    if request.method == "GET":
        form.course.data = request.args.get("khoa", "") or form.course.data
        form.lesson.data = request.args.get("bai", "")
    if not form.validate_on_submit():
        return render("library/new_draft.html", 422 if form.errors else 200, form=form, refusal=None)
    course, _, lesson = form.lesson.data.partition("/") if form.lesson.data else (form.course.data, "", "")
    actor = the_actor()
    try:
        upload = _upload()
        return deed(
            lambda s: drafts.start_draft(
                s, by=actor, course=course, title=form.title.data or "", lesson=lesson or None,
                upload=upload, now=utc_now(),
            ).id,
            then=lambda draft_id: url_for("lms.library.edit_draft", draft_id=draft_id),
            say="Đã tạo bài nháp. Chỉ giảng viên và cán bộ Sở thấy bài này.",
        )  # fmt: skip
    except Refused as refusal:
        return render("library/new_draft.html", refusal.status, form=form, refusal=refusal)


def edit_draft(draft_id: int) -> Any:
    """Show a draft's text with its questions; store what was written."""
    draft = _draft(draft_id)
    form = DraftTextForm(
        data={
            "title": draft.title,
            "goal": draft.front["goal"],
            "minutes": draft.front["minutes"],
            "pass_percent": draft.front["test"]["pass"],
            "body": draft.markdown,
        }
    )
    if not form.validate_on_submit():
        return _show(draft, form, 422 if form.errors else 200)
    actor = the_actor()
    return deed(
        lambda s: drafts.save_draft_text(
            s, by=actor, draft_id=draft_id, title=form.title.data, goal=form.goal.data,
            minutes=form.minutes.data, pass_percent=form.pass_percent.data, body=form.body.data, now=utc_now(),
        ),
        then=url_for("lms.library.edit_draft", draft_id=draft_id),
        say="Đã lưu bài nháp.",
    )  # fmt: skip


def preview(draft_id: int) -> Response:
    """Show the lesson as a phone will, with what is still to mend."""
    draft, session = _draft(draft_id), db_session()
    lesson = draft_packages.draft_lesson(session, draft, now=utc_now())
    course = queries.course_now(session, draft.course_slug)
    words = words_for(session, draft.province_code, course.course) if course else {}
    return render(
        "library/preview.html",
        draft=draft,
        lesson=lesson,
        cards=[(card, _nearby(filled(card.html, words), draft)) for card in lesson.cards] if lesson else [],
        faults=_words(draft_packages.draft_faults(db_session(), draft, now=utc_now())),
    )


def draft_media(draft_id: int, name: str) -> Response:
    """Send a picture of a draft, or of its course if the draft brought none so named."""
    draft = _draft(draft_id)
    found = queries.picture(db_session(), draft.course_slug, name)
    digest = draft.media.get(name) or (found.sha256 if found else None)
    if digest is None:
        raise NotFound(f"picture {name}")
    media_type = found.media_type if found and name not in draft.media else _TYPES.get(name.rpartition(".")[2], "")
    response = Response(store.read(digest), mimetype=media_type or "application/octet-stream")
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    return response


def new_question(draft_id: int, kind: str) -> Any:
    """Add a question of one kind."""
    draft = _draft(draft_id)
    if kind not in FORMS:
        raise NotFound(f"kind {kind}")
    form = FORMS[kind]()
    if not form.validate_on_submit():
        cards = [line[2:].strip() for line in draft.markdown.split("\n") if line.startswith("## ")]
        return render(
            "library/new_question.html", 422 if form.errors else 200,
            draft=draft, form=form, what=KINDS[kind], cards=cards,
        )  # fmt: skip
    actor = the_actor()
    return deed(
        lambda s: drafts.add_question(
            s, by=actor, draft_id=draft_id, use=form.use.data, question=form.question(), now=utc_now()
        ),
        then=url_for("lms.library.edit_draft", draft_id=draft_id, _anchor="cau-hoi"),
        say="Đã thêm câu hỏi.",
    )


def remove_question(draft_id: int) -> Any:
    """Take a question out."""
    actor, key = the_actor(), request.form.get("key", "")[:60]
    return deed(
        lambda s: drafts.remove_question(s, by=actor, draft_id=draft_id, key=key, now=utc_now()),
        then=url_for("lms.library.edit_draft", draft_id=draft_id, _anchor="cau-hoi"),
        say="Đã bỏ câu hỏi.",
    )


def publish(draft_id: int) -> Any:
    """Show what is to mend and what will change; publish."""
    draft = _draft(draft_id)
    form = PublishForm()
    if not form.validate_on_submit():
        return _ask_to_publish(draft, form, draft_packages.draft_faults(db_session(), draft, now=utc_now()), 200)
    actor = the_actor()
    try:
        return deed(
            lambda s: (
                drafts.publish_draft(s, by=actor, draft_id=draft_id, required=form.required.data, now=utc_now()).number
            ),
            then=url_for("lms.library.shelf"),
            say=lambda number: f"Đã phát hành bản số {number}. Kết quả đã có của mọi người giữ nguyên.",
        )
    except PackageRefused as refusal:
        draft = _draft(draft_id)
        faults = draft_packages.draft_faults(db_session(), draft, now=utc_now()) or list(refusal.faults)
        return _ask_to_publish(draft, form, faults, refusal.status)


def discard(draft_id: int) -> Any:
    """Put a draft aside."""
    actor = the_actor()
    return deed(
        lambda s: drafts.discard_draft(s, by=actor, draft_id=draft_id, now=utc_now()),
        then=url_for("lms.library.shelf"),
        say="Đã bỏ bài nháp. Bài đang phát hành giữ nguyên.",
    )


def _draft(draft_id: int) -> Draft:
    return draft_packages.own_draft(db_session(), by=the_actor(), draft_id=draft_id)


def _upload() -> drafts.Upload | None:
    sent = request.files.get("document")
    if sent is None or not sent.filename:
        return None
    with closing(sent):
        data = read_upload(cast(BinaryIO, sent.stream), limit_mb=current_app.config["LMS_MAX_UPLOAD_MB"])
    return drafts.Upload(data, sent.filename[:200])


def _show(draft: Draft, form: DraftTextForm, status: int) -> Response:
    job = db_session().get(Job, draft.job_id) if draft.job_id else None
    page = render(
        "library/draft.html",
        status,
        draft=draft,
        form=form,
        job=job,
        questions=[(use, one) for use in ("bank", "practice") for one in draft.questions.get(use, [])],
        uses={"bank": "Bài kiểm tra", "practice": "Luyện tập"},
        kinds=KINDS,
        course=queries.course_now(db_session(), draft.course_slug),
    )
    if job is not None and job.finished_at is None and job.failed_at is None:
        page.headers["Refresh"] = "2"
    return page


def _ask_to_publish(draft: Draft, form: PublishForm, faults: list[courses.Fault], status: int) -> Response:
    now = queries.course_now(db_session(), draft.course_slug)
    return render(
        "library/publish.html",
        status,
        draft=draft,
        form=form,
        faults=_words(faults),
        must_mend=any(fault.severity == "fault" for fault in faults),
        is_new=now is None or now.course.line(draft.lesson_slug) is None,
        course=now,
    )


def _words(faults: list[courses.Fault]) -> list[dict[str, Any]]:
    """Say where each fault is in the words of the form, not of the package's files."""
    return [
        {
            "where": _place(fault),
            "message": fault.message,
            "must": fault.severity == "fault",
        }
        for fault in faults
    ]


def _place(fault: courses.Fault) -> str:
    folder, _, name = fault.path.partition("/")
    words = {"lessons": f"Nội dung, dòng {fault.line}", "questions": "Câu hỏi", "media": f"Hình {name}"}
    return words.get(folder, "Khóa học")


def _nearby(html: str, draft: Draft) -> Any:
    """Return a card's HTML with the draft's own pictures, and with sister lessons as they are published."""
    published = url_for("lms.learning.show_course", course=draft.course_slug)
    here = str(html).replace('src="../media/', 'src="media/')
    return courses.stored_html(here.replace('href="../', f'href="{published}'))
