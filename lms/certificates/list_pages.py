"""Pages of lists: what waits to be proposed, a proposal, and a list with its two persons and its papers."""

from typing import Any

from flask import Response, current_app, request, url_for
from wtforms import SelectChoice

from lms.access import the_actor
from lms.areas.models import Area
from lms.certificates import queries, rules
from lms.certificates.approvals import changed_since
from lms.certificates.bundle_papers import count_public, find_scope
from lms.certificates.candidates import Candidate, candidate_subjects, candidates, count_candidates, waiting
from lms.certificates.earning import Matter
from lms.certificates.forms import AnswerForm, BundleForm, ProposalForm
from lms.certificates.issuers import Issuer
from lms.certificates.models import ApprovalList, CertificateTemplate
from lms.certificates.page_reads import communes_of, list_standing, names_of, once_revoked, replaced_numbers
from lms.certificates.printing_facts import preview_facts
from lms.certificates.template_pages import paper_picture, the_issuer
from lms.certificates.templates import press_template, sample_facts
from lms.clock import utc_now
from lms.db import db_session
from lms.errors import NotFound, Refused
from lms.pages import deed, render

A_PAGE = 500
_SHOWN_LISTS = 50
_KINDS = {"lop": "class", "khoa-hoc": "course", "bo-ky-nang": "skills", "to": "team"}
_PATHS = {kind: path for path, kind in _KINDS.items()}


def index() -> Response:
    """Show what waits to be proposed, what waits for the second person, the lists and the books."""
    session, actor = db_session(), the_actor()
    start = max(0, request.args.get("tu", 0, int))
    lists = queries.approval_lists(session, actor.provinces, offset=start, limit=_SHOWN_LISTS + 1)
    more, lists = len(lists) > _SHOWN_LISTS, lists[:_SHOWN_LISTS]
    asked = queries.open_requests(session, actor.provinces)
    return render(
        "certificates/index.html",
        waiting=[(found, path_of(found.matter)) for found in waiting(session, actor)],
        lists=lists,
        start=start,
        step=_SHOWN_LISTS,
        more=more,
        asked=asked,
        books=queries.number_books(session, actor.provinces),
        names=names_of(session, {found.row.proposed_by_id for found in lists} | {row.asked_by_id for row, _ in asked}),
        outcome_of=rules.outcome_of,
        **words(),
    )


def propose(kind: str, about: str) -> Any:
    """Propose people or teams for a certificate, by a decision."""
    actor, session, form = the_actor(), db_session(), ProposalForm()
    if kind not in _KINDS or (kind == "lop" and not about.isdigit()):
        raise NotFound(f"certificates for {kind} {about}")
    of: dict[str, Any] = {"kind": _KINDS[kind], "about": "" if kind == "lop" else about}
    of["class_id"] = int(about) if kind == "lop" else None
    commune = request.args.get("xa", "") or None
    matter, found = candidates(session, by=actor, commune=commune, limit=A_PAGE, **of)
    form.chosen.choices = [SelectChoice(one.subject, _line(one)) for one in found]
    if request.method == "GET":
        form.chosen.data = [one.subject for one in found if not one.note]
    everybody = count_candidates(session, matter, commune=commune)
    form.everybody.label.text = f"Đề nghị cả {everybody} trường hợp, không chỉ {len(found)} trường hợp dưới đây"
    page = {
        "matter": matter,
        "found": found,
        "everybody": everybody,
        "commune": commune,
        "communes": communes_of(session, matter.province_code) if kind != "lop" else [],
        "has_second": queries.has_second_officer(session, actor, matter.province_code),
        **words(),
    }
    chosen = _chosen(form, matter, commune)
    issuer = issuer_of(matter.province_code)
    return do(
        form, "certificates/propose.html", page,
        lambda s: rules.propose(
            s, by=actor, chosen=chosen, decision=form.decision, issuer=issuer, now=utc_now(), **of
        ),
        then=lambda proposed: url_for(".show_list", list_id=proposed.id),
        say="Đã lập danh sách đề nghị. Chưa cấp số nào cho tới khi người thứ hai duyệt.",
    )  # fmt: skip


def show_list(list_id: int) -> Response:
    """Show a list: who stands on it, what waits for whom, and how far the papers are."""
    return _list_page(_own_list(list_id), AnswerForm())


def approve_list(list_id: int) -> Any:
    """Say yes as the second person: numbers are given, papers ordered."""
    issuer = issuer_of(_own_list(list_id).province_code)
    return deed(
        lambda s: rules.approve_list(s, by=the_actor(), list_id=list_id, is_unsigned=issuer.is_unsigned, now=utc_now()),
        then=url_for(".show_list", list_id=list_id),
        say="Đã duyệt. Hệ thống đang vào sổ và làm giấy chứng nhận.",
    )


def refuse_list(list_id: int) -> Any:
    """Say no as the second person, with the reason."""
    listed, form = _own_list(list_id), AnswerForm()
    if not form.validate():
        return _list_page(listed, form)
    return deed(
        lambda s: rules.refuse_list(s, by=the_actor(), list_id=list_id, answer=form.answer.data or "", now=utc_now()),
        then=url_for(".show_list", list_id=list_id),
        say="Đã ghi là không duyệt và báo người đề nghị. Không cấp số nào.",
    )


def take_back_list(list_id: int) -> Any:
    """Take back one's own proposal."""
    return deed(
        lambda s: rules.take_back_list(s, by=the_actor(), list_id=list_id, now=utc_now()),
        then=url_for(".show_list", list_id=list_id),
        say="Đã rút danh sách. Không cấp số nào.",
    )


def order_again(list_id: int) -> Any:
    """Order the missing papers once more."""
    return deed(
        lambda s: rules.order_papers_again(s, by=the_actor(), list_id=list_id, now=utc_now()),
        then=url_for(".show_list", list_id=list_id),
        say="Hệ thống đang làm các giấy còn thiếu.",
    )


def issuer_of(province_code: str) -> Issuer:
    """Return how the papers of a province name the body that issues."""
    return the_issuer(db_session().get_one(Area, province_code))


def do(form: Any, template: str, values: dict[str, Any], work: Any, *, then: Any, say: str) -> Any:
    """Carry out the form's deed; if it does not hold or is refused, show it again as it was filled."""
    if not form.validate_on_submit():
        status = 422 if request.method == "POST" else 200
        return render(template, status, form=form, extra="", **values)
    try:
        return deed(work, then=then, say=say)
    except Refused as refusal:
        extra = f"{refusal.sentence} {refusal.remedy}".strip()
        return render(template, refusal.status, form=form, extra=extra, **values)


def words() -> dict[str, Any]:
    """Return the words and chips of states, kinds and answers."""
    return {
        "state_words": queries.STATE_WORDS,
        "state_chips": queries.STATE_CHIPS,
        "list_words": queries.LIST_WORDS,
        "kind_words": queries.KIND_WORDS,
    }


def path_of(matter: Matter) -> dict[str, str]:
    """Return the parts of the address where this matter is proposed."""
    return {"kind": _PATHS[matter.kind], "about": str(matter.class_id) if matter.kind == "class" else matter.about}


def _own_list(list_id: int) -> ApprovalList:
    return queries.one_list(db_session(), the_actor().provinces, list_id)


def _changed(listed: ApprovalList, people: int) -> list[str]:
    """Return whose facts have changed since the list was proposed; long lists are not compared while one waits."""
    if listed.state != "proposed" or people > A_PAGE:
        return []
    try:
        return changed_since(db_session(), by=the_actor(), listed=listed, issuer=issuer_of(listed.province_code))
    except Refused:
        # What stands in the way is said when the list is approved; the page itself must open.
        return []


def _picture(listed: ApprovalList) -> str:
    """Return how the first paper of a proposed list will look; nothing for lists already answered."""
    session = db_session()
    first = queries.first_entry(session, listed)
    if listed.state != "proposed" or listed.template_id is None or first is None:
        return ""
    template = press_template(session, session.get_one(CertificateTemplate, listed.template_id))
    return paper_picture(template, preview_facts(first, sample_facts(listed.kind)))


def _list_page(listed: ApprovalList, form: AnswerForm) -> Response:
    session, actor = db_session(), the_actor()
    start = max(0, request.args.get("tu", 0, int))
    standing = list_standing(session, listed)
    page = render(
        "certificates/list.html",
        422 if form.errors else 200,
        listed=listed,
        entries=queries.list_entries(session, listed, offset=start, limit=A_PAGE),
        start=start,
        a_page=A_PAGE,
        standing=standing,
        picture=_picture(listed),
        changed=_changed(listed, standing.people),
        is_compared=standing.people <= A_PAGE,
        names=names_of(session, [listed.proposed_by_id, listed.approved_by_id, listed.refused_by_id]),
        outcome=rules.outcome_of(listed) if listed.state != "proposed" else "proposed",
        why_not=rules.why_not_approve(listed, actor),
        may_take_back=rules.why_not_take_back(listed, actor) is None,
        has_second=queries.has_second_officer(session, actor, listed.province_code),
        form=form,
        bundle_form=BundleForm(),
        replaced=replaced_numbers(session, listed),
        is_signed_elsewhere=current_app.config["LMS_SIGN"] == "elsewhere",
        papers=count_public(session, find_scope(session, by=actor, list_id=listed.id), now=utc_now()),
        **words(),
    )
    if standing.is_at_work and standing.job is not None and standing.job.paused_at is None:
        page.headers["Refresh"] = "5"
    return page


def _chosen(form: ProposalForm, matter: Matter, commune: str | None) -> list[str]:
    if request.method != "POST" or not form.everybody.data:
        return list(form.chosen.data or [])
    revoked = once_revoked(db_session(), matter)
    return [subject for subject in candidate_subjects(db_session(), matter, commune=commune) if subject not in revoked]


def _line(candidate: Candidate) -> str:
    place = ", ".join(part for part in (candidate.team, candidate.commune) if part and part != candidate.name)
    line = f"{candidate.name} – {place}"
    return f"{line} ({candidate.note})" if candidate.note else line
