"""Pages of people: sign in, first entry by slip, my data."""

import json
from datetime import timedelta
from typing import Any

from flask import Blueprint, current_app, flash, redirect, request, session, url_for
from flask_login import login_user, logout_user
from sqlalchemy import select

from lms.access import current_actor, the_actor
from lms.clock import utc_now
from lms.db import db_session, in_unit
from lms.errors import NotFound, Refused
from lms.limits import SIGNING_IN, TooManyKnocks, knock
from lms.pages import deed, download, local_path, render, say_when
from lms.parking import parked_form
from lms.people import queries, rules, signing_in
from lms.people.forms import CONSENTS, ChangePinForm, EmailForm, EnterForm, SignInForm
from lms.people.models import Account, Person
from lms.people.pins import WeakPin
from lms.people.sessions import SignedIn, device_name
from lms.phones import normalise_phone

bp = Blueprint("people", __name__)


@bp.route("/dang-nhap", methods=["GET", "POST"])
def sign_in() -> Any:
    _only_our_own_sign_in()
    form = SignInForm()
    if not form.validate_on_submit():
        if request.method == "GET":
            form.tiep.data = request.args.get("tiep", "")
        return render("people/sign_in.html", 422 if form.errors else 200, form=form, refusal=None)
    try:
        knock(SIGNING_IN)
    except TooManyKnocks as refusal:
        # Not raised: the page may carry a form that was sent when the session had ended.
        return say_when(render("people/sign_in.html", refusal.status, form=form, refusal=refusal), refusal)
    tried = signing_in.try_pin(db_session(), login=_login(form.login.data), pin=form.pin.data, secret=_secret())
    outcome = in_unit(lambda s: signing_in.sign_in(s, tried, policy=_policy(), now=utc_now()))
    if isinstance(outcome, Refused):
        return render("people/sign_in.html", outcome.status, form=form, refusal=outcome)
    _begin(outcome, shared=form.shared.data)
    if form.parked.data:
        return _resume(form.parked.data)
    return redirect(local_path(form.tiep.data) or url_for("lms.front"), 303)


@bp.post("/dang-xuat")
def sign_out() -> Any:
    _only_our_own_sign_in()
    token = session.pop("lms_token", None)
    actor = current_actor()
    if actor is not None and actor.account_id is not None and token:
        in_unit(lambda s: rules.end_session(s, token, account_id=actor.account_id or 0, now=utc_now()))
    logout_user()
    session.clear()
    return redirect(url_for("lms.people.sign_in"), 303)


@bp.route("/vao", methods=["GET", "POST"], defaults={"code": ""})
@bp.route("/vao/<code>", methods=["GET", "POST"])
def enter(code: str) -> Any:
    _only_our_own_sign_in()
    typed = code or request.values.get("ma", "")
    if not typed:
        return render("people/enter_code.html")
    knock(SIGNING_IN)
    now, secret = utc_now(), _secret()
    slip = rules.find_slip(db_session(), typed, secret=secret, now=now)
    person = db_session().scalars(
        select(Person).join(Account, Account.person_id == Person.id).where(Account.id == slip.account_id)
    ).one()  # fmt: skip
    already = {c.purpose for c in queries.consents(db_session(), person.id) if c.withdrawn_at is None}
    form = EnterForm()
    page = {"form": form, "person": person, "already": already, "code": typed}
    if not form.validate_on_submit():
        return render("people/enter.html", 422 if form.errors else 200, **page, refusal=None)
    agreed = {p: text for p, text in CONSENTS.items() if form[p].data and p not in already}
    pin, hashed = form.pin.data, signing_in.make_pin_hash(form.pin.data, secret)
    try:
        account_id = in_unit(
            lambda s: (
                rules.enter_by_slip(s, typed, pin=pin, pin_hash=hashed, consents=agreed, secret=secret, now=now).id
            )
        )
    except (rules.ConsentMissing, WeakPin) as refusal:
        return render("people/enter.html", refusal.status, **page, refusal=refusal)
    _begin(account_id, shared=False)
    return redirect(url_for("lms.front"), 303)


@bp.get("/VAO/<code>")
def enter_scanned(code: str) -> Any:
    return redirect(url_for("lms.people.enter", code=code), 303)


@bp.post("/dang-nhap/tiep")
def resume() -> Any:
    return _resume(request.form.get("parked", ""))


@bp.get("/du-lieu-cua-toi")
def my_data() -> Any:
    return _my_data_page(None)


def _my_data_page(email_form: EmailForm | None) -> Any:
    actor = the_actor()
    person = db_session().get_one(Person, actor.person_id)
    if email_form is None:
        email_form = EmailForm()
        email_form.email.data = person.email
    account = db_session().get_one(Account, actor.account_id)
    return render(
        "people/my_data.html",
        422 if email_form.errors else 200,
        person=person,
        email_form=email_form,
        has_mail=bool(current_app.extensions["lms"].post.gateways),
        account=account,
        consents=queries.consents(db_session(), person.id),
        never_or_withdrawn=queries.open_purposes(db_session(), person.id, tuple(CONSENTS)),
        wordings=CONSENTS,
        devices=queries.devices(db_session(), account.id, utc_now()),
        this_token=session.get("lms_token"),
        form=ChangePinForm(),
        refusal=None,
    )


@bp.get("/du-lieu-cua-toi/tai-ve")
def my_data_file() -> Any:
    person_id = the_actor().person_id or 0
    kept = queries.kept_about(db_session(), person_id)
    for kept_about in current_app.extensions["lms"].keepers:
        kept |= kept_about(db_session(), person_id)
    text = json.dumps(kept, ensure_ascii=False, indent=2)
    return download(text.encode(), "du-lieu-cua-toi.json", "application/json")


@bp.post("/du-lieu-cua-toi/thu-dien-tu")
def change_email() -> Any:
    actor, form = the_actor(), EmailForm()
    if not form.validate_on_submit():
        return _my_data_page(form)
    return deed(
        lambda s: rules.change_email(s, by=actor, email=form.email.data or "", now=utc_now()),
        then=url_for("lms.people.my_data"),
        say="Đã lưu. Tin về tập huấn và chứng nhận sẽ gửi thêm qua thư." if form.email.data else "Đã bỏ địa chỉ thư.",
    )


@bp.post("/du-lieu-cua-toi/ma-pin")
def change_pin() -> Any:
    _only_our_own_sign_in()
    form = ChangePinForm()
    if not form.validate_on_submit():
        raise WeakPin("Hai lần nhập mã PIN mới chưa giống nhau, hoặc còn thiếu. Mã PIN chưa thay đổi.")
    actor, token, new = the_actor(), session.get("lms_token"), form.pin.data
    tried = signing_in.own_pin_try(db_session(), by=actor, pin=form.old_pin.data, secret=_secret())
    hashed = signing_in.make_pin_hash(new, _secret())
    refusal = in_unit(
        lambda s: signing_in.change_pin(
            s, tried, by=actor, new=new, new_hash=hashed, keep_token=token, policy=_policy(), now=utc_now()
        )
    )
    if refusal is not None:
        raise refusal
    flash("Đã đổi mã PIN. Các máy khác đã được đăng xuất.", "good")
    return redirect(url_for("lms.people.my_data"), 303)


@bp.post("/du-lieu-cua-toi/rut-dong-y/<purpose>")
def withdraw_consent(purpose: str) -> Any:
    if purpose not in CONSENTS:
        raise NotFound(purpose)
    actor = the_actor()
    return deed(
        lambda s: rules.withdraw_consent(s, by=actor, purpose=purpose, now=utc_now()),
        then=url_for("lms.people.my_data"),
        say="Đã rút lại sự đồng ý.",
    )


@bp.post("/du-lieu-cua-toi/dong-y-lai/<purpose>")
def give_consent(purpose: str) -> Any:
    if purpose not in CONSENTS:
        raise NotFound(purpose)
    person_id = the_actor().person_id or 0
    return deed(
        lambda s: rules.give_consent(
            s, person_id=person_id, purpose=purpose, wording=CONSENTS[purpose], means="trang dữ liệu", now=utc_now()
        ),
        then=url_for("lms.people.my_data"),
        say="Đã ghi lại sự đồng ý.",
    )


@bp.post("/du-lieu-cua-toi/may/<token>")
def end_device(token: str) -> Any:
    actor = the_actor()
    return deed(
        lambda s: rules.end_session(s, token, account_id=actor.account_id or 0, now=utc_now()),
        then=url_for("lms.people.my_data"),
        say="Đã đăng xuất máy đó.",
    )


def ask_to_sign_in(*, parked: str) -> Any:
    """Draw the sign-in page for somebody whose session ended while a form was open."""
    form = SignInForm()
    form.process(None, data={"parked": parked})
    ended = Refused(
        "Phiên đăng nhập đã hết. Nội dung anh/chị vừa điền vẫn còn.",
        remedy="Hãy đăng nhập lại để gửi tiếp.",
    )
    return render("people/sign_in.html", 401, form=form, refusal=ended)


def _resume(sealed: str) -> Any:
    kept = parked_form(sealed)
    if kept is None or local_path(kept["path"]) is None:
        return redirect(url_for("lms.front"), 303)
    return render("people/resume.html", action=kept["path"], fields=kept["fields"])


def _begin(account_id: int, *, shared: bool) -> None:
    device = device_name(request.user_agent.string)
    token = in_unit(
        lambda s: rules.begin_session(s, s.get_one(Account, account_id), device=device, policy=_policy(), now=utc_now())
    )
    session.clear()
    session["lms_token"] = token
    session.permanent = not shared
    login_user(SignedIn(token, None))


def _secret() -> str:
    secret: str = current_app.config["LMS_SECRET_KEY"]
    return secret


def _policy() -> signing_in.SignInPolicy:
    config = current_app.config
    return signing_in.SignInPolicy(
        tries=config["LMS_PIN_TRIES"],
        wait=timedelta(minutes=config["LMS_LOCK_MINUTES"]),
        stay=timedelta(days=config["LMS_SIGN_IN_DAYS"]),
    )


def _login(typed: str) -> str:
    """Return what was typed as a stored phone number or a member code."""
    digits = "".join(c for c in typed if c.isdigit())
    return digits if len(digits) == 9 and digits[0] != "0" else normalise_phone(typed).number or digits


def _only_our_own_sign_in() -> None:
    if current_app.extensions["lms"].identity is not None:
        raise NotFound("the host signs people in")
