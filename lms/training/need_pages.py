"""Pages of one need, for leader, deputy, clerk and officer; and of handing the team over for a while."""

from datetime import timedelta
from typing import Any

from flask import request, url_for
from sqlalchemy.orm import Session

from lms.access import Actor, the_actor
from lms.areas.models import Area
from lms.clock import utc_now, vn_date
from lms.db import db_session
from lms.errors import NotFound, Refused
from lms.pages import deed, render
from lms.training import need_queries, queries, rules
from lms.training.approvals import why_not_confirm
from lms.training.delegations import OnlyTheLeader
from lms.training.forms import DelegationForm, ReasonForm, choices
from lms.training.models import Call, Delegation, Need, NeedProposal
from lms.training.need_words import order_words, weight_words
from lms.training.needs import why_not_edit
from lms.training.proposals import ANSWER_WITHIN, why_not_accept, why_not_decide
from lms.training.registrations import changes_directly, why_not_sign
from lms.training.standing import Standing, speak_for_team, team_with_province
from lms.training.team_pages import words
from lms.training.timelines import timeline_of
from lms.training.unplaced import why_unplaced
from lms.training.withdrawals import why_not_object, why_not_withdraw
from lms.training.wording import REJECTIONS

_USUAL_DELEGATION = timedelta(days=30)


def show_need(need_id: int) -> Any:
    """Show where the need stands, who signed, what is proposed, and what can be done now or why not."""
    return _need_page(need_id, ReasonForm())


def sign(need_id: int) -> Any:
    """Put one's name under the need."""
    actor = the_actor()
    return deed(
        lambda s: rules.sign_need(s, by=actor, need_id=need_id, now=utc_now()),
        then=_page_of(need_id),
        say="Đã ký chung nhu cầu của tổ.",
    )


def submit(need_id: int) -> Any:
    """Send the team's draft."""
    actor = the_actor()
    return deed(
        lambda s: rules.submit_need(s, by=actor, need_id=need_id, now=utc_now()),
        then=_page_of(need_id),
        say=lambda done: f"Đã đăng ký. Nhu cầu của tổ là số {done.need.queue_seq} trong đợt.",
    )


def object_to(need_id: int) -> Any:
    """Say that the team does not stand behind what the commune registered."""
    actor, form = the_actor(), ReasonForm()
    if not form.validate_on_submit():
        return _need_page(need_id, form)
    return deed(
        lambda s: rules.object_to_need(s, by=actor, need_id=need_id, reason=form.reason.data, now=utc_now()),
        then=_page_of(need_id),
        say="Đã báo xã là tổ không đồng ý. Nhu cầu đã được rút.",
    )


def answer_proposal(proposal_id: int) -> Any:
    """Say yes or no to what a deputy would change."""
    actor, session = the_actor(), db_session()
    proposal = session.get(NeedProposal, proposal_id)
    if proposal is None:
        raise NotFound(f"proposal {proposal_id}")
    says_yes = request.form.get("answer") == "accept"
    verb = rules.accept_proposal if says_yes else rules.refuse_proposal
    return deed(
        lambda s: verb(s, by=actor, proposal_id=proposal_id, now=utc_now()),
        then=_page_of(proposal.need_id),
        say="Đã nhận đề xuất và sửa nhu cầu." if says_yes else "Không nhận đề xuất. Nhu cầu vẫn như cũ.",
    )


def delegation(team_id: int) -> Any:
    """Let the leader hand the team over to a deputy for a while."""
    actor, session, form = the_actor(), db_session(), DelegationForm()
    standing = speak_for_team(session, actor, team_id)
    if standing.role != "leader":
        raise OnlyTheLeader
    form.person.choices = choices(need_queries.deputies_of(session, team_id))
    if request.method == "GET":
        form.until.data = vn_date(utc_now()) + _USUAL_DELEGATION
    refusal = None
    if form.validate_on_submit():
        try:
            return deed(
                lambda s: rules.delegate(
                    s,
                    by=actor,
                    team_id=team_id,
                    person_id=form.person.data,
                    until=form.until.data,
                    reason=form.reason.data or "",
                    now=utc_now(),
                ),
                then=url_for("lms.training.delegation", team_id=team_id),
                say="Đã ủy quyền. Tổ phó đã được báo.",
            )
        except rules.DelegationNotPossible as no:
            refusal = no
    return render(
        "training/delegation.html",
        422 if form.errors or refusal else 200,
        form=form,
        refusal=refusal,
        team=standing.team,
        held=need_queries.delegations_of(session, team_id, utc_now()),
    )


def end_delegation(delegation_id: int) -> Any:
    """Take the leader's word back."""
    actor, given = the_actor(), db_session().get(Delegation, delegation_id)
    if given is None:
        raise NotFound(f"delegation {delegation_id}")
    return deed(
        lambda s: rules.end_delegation(s, by=actor, delegation_id=delegation_id, now=utc_now()),
        then=url_for("lms.training.delegation", team_id=given.team_id),
        say="Đã thôi ủy quyền. Tổ phó đã được báo.",
    )


def explain_order(call_id: int) -> Any:
    """Tell anybody of the province how places are given out in a call, before it happens."""
    actor, session = the_actor(), db_session()
    call = session.get(Call, call_id)
    if call is None or call.province_code not in _provinces(session, actor):
        raise NotFound(f"call {call_id}")
    if call.state == "draft" and call.province_code not in actor.provinces:
        raise NotFound(f"call {call_id}")
    return render("training/order.html", call=call, rules=order_words(call), weights=weight_words(call))


def found_need(session: Session, actor: Actor, need_id: int) -> tuple[Need, Call, Standing]:
    """Return a need with its call, and in what capacity the person sees it.

    Raises:
        NotFound: a stranger's need.
        NotLeader, NoLongerInTeam: people of the team who do not lead it.
    """
    need = session.get(Need, need_id)
    if need is None:
        raise NotFound(f"need {need_id}")
    call = session.get_one(Call, need.call_id)
    if call.province_code in actor.provinces and need.team_id not in actor.led_team_ids:
        team, _ = team_with_province(session, need.team_id)
        return need, call, Standing(team, call.province_code, "officer")
    return need, call, speak_for_team(session, actor, need.team_id)


def _need_page(need_id: int, form: ReasonForm) -> Any:
    actor, session, now = the_actor(), db_session(), utc_now()
    need, call, standing = found_need(session, actor, need_id)
    is_team = standing.role in ("leader", "deputy")
    why_not: dict[str, Refused | None] = {
        "edit": why_not_edit(call, need, now),
        "sign": why_not_sign(session, actor, standing, need),
        "object": why_not_object(session, actor, standing, need),
        "withdraw": why_not_withdraw(need),
        "confirm": why_not_confirm(session, call, need),
        "decide": why_not_decide(session, actor, standing, now) if standing.role != "officer" else None,
    }
    proposals = [
        (proposal, name, proposal.proposed_at + ANSWER_WITHIN, why_not_accept(session, call, need, proposal))
        for proposal, name in need_queries.proposals_of(session, need_id)
    ]
    return render(
        "training/show_need.html",
        422 if form.errors else 200,
        need=need,
        call=call,
        standing=standing,
        is_team=is_team,
        topic=queries.skill_titles(session)[need.topic],
        why_not=why_not,
        is_at_once=is_team and (need.state == "draft" or changes_directly(session, actor, standing, need, now)),
        proposals=proposals,
        why=why_unplaced(session, need),
        rejections=REJECTIONS,
        steps=timeline_of(session, "need", need_id, for_staff=not is_team),
        form=form,
        **need_queries.wishes_shown(session, [need]),
        **words(),
    )


def _page_of(need_id: int) -> str:
    return url_for("lms.training.show_need", need_id=need_id)


def _provinces(session: Session, actor: Actor) -> set[str | None]:
    """Return the provinces in which the person learns, teaches or works."""
    homes = {session.get_one(Area, code).parent_code for code in actor.communes}
    return {m.province_code for m in actor.memberships} | set(actor.trainer_provinces) | homes
