"""Who may enter: every endpoint has its row, every row is kept for every role."""

import contextvars
import itertools

import pytest
from werkzeug.routing import IntegerConverter

from lms.access import TABLE, may_enter
from lms.rooms import _LEARNER_MENU, _STAFF_MENU, menu
from tests.client import LintedClient
from tests.factories import (
    HAC_THANH,
    THANH_HOA,
    account_id_of,
    actor_of,
    clerk,
    join_team,
    make_person,
    make_team,
    officer,
    trainer,
)

ROLES = ("stranger", "nobody", "member", "leader", "deputy", "clerk", "trainer", "officer")


def endpoints(app):
    ours = [(rule.endpoint, rule) for rule in app.url_map.iter_rules() if rule.endpoint.startswith("lms.")]
    return sorted(ours, key=lambda pair: (pair[0], str(pair[1])))


def address(app, endpoint, rule):
    """A path of the endpoint whose row cannot exist."""
    numbers = {name for name, converter in rule._converters.items() if isinstance(converter, IntegerConverter)}
    values = {name: 999_999 if name in numbers else "khong-co" for name in rule.arguments}
    return app.url_map.bind("localhost").build(endpoint, values, method=method_of(rule))


def method_of(rule):
    return "GET" if "GET" in rule.methods else "POST"


@pytest.fixture
def people(app):
    """One person of each role, each at home in Hạc Thành, Thanh Hóa."""
    team = make_team("Tổ 1")
    accounts = {"stranger": None, "nobody": account_id_of(make_person("Không thuộc tổ nào"))}
    for role in ("member", "leader", "deputy"):
        person = make_person(f"Người {role}")
        join_team(team, person, role)
        accounts[role] = account_id_of(person)
    accounts.update(clerk=clerk(HAC_THANH), trainer=trainer(THANH_HOA), officer=officer(THANH_HOA))
    return accounts


def test_every_endpoint_has_its_row_and_every_row_its_endpoint(app):
    in_the_map = {endpoint for endpoint, _ in endpoints(app)}

    assert in_the_map - set(TABLE) == set()
    assert set(TABLE) - in_the_map == set()


def test_every_row_names_known_roles():
    known = {"anyone", "signed_in", "member", "leader", "deputy", "clerk", "trainer", "officer"}

    assert all(row and row <= known for row in TABLE.values())


def test_an_endpoint_without_a_row_is_closed_to_everybody(app, people):
    for account in people.values():
        assert not may_enter("lms.khong.co", actor_of(account) if account else None)


def test_the_table_is_kept_on_every_endpoint_for_every_role(app, people):
    """A page that a role may not enter answers 403 (or leads a stranger to the sign-in); never anything else."""
    wrong = []
    for role, account in people.items():
        client = LintedClient(app)
        if account:
            client.sign_in(account)
        token = client.csrf()
        for endpoint, rule in endpoints(app):
            if endpoint == "lms.people.sign_out":
                continue
            path, method = address(app, endpoint, rule), method_of(rule)
            data = {"csrf_token": token} if method == "POST" else None
            answer = contextvars.Context().run(client.browser.open, path, method=method, data=data)
            turned_away = answer.status_code == 403 or (
                account is None and (answer.status_code == 401 or "/dang-nhap" in answer.headers.get("Location", ""))
            )
            allowed = may_enter(endpoint, actor_of(account) if account else None)
            if allowed == turned_away or answer.status_code >= 500:
                wrong.append((role, endpoint, method, path, answer.status_code, allowed))
    assert not wrong


@pytest.mark.parametrize(("role", "may"), [("member", False), ("leader", True), ("deputy", True)])
def test_a_plain_member_never_enters_what_leaders_use(app, people, role, may):
    rows = [e for e, row in TABLE.items() if row == {"leader", "deputy"}]

    assert rows
    assert all(may_enter(e, actor_of(people[role])) is may for e in rows)


def test_staff_pages_are_closed_to_members_and_strangers(app, people):
    """Whatever stands under /quan-ly/ is for staff."""
    for (endpoint, rule), role in itertools.product(endpoints(app), ("nobody", "member", "leader", "deputy")):
        if str(rule).startswith("/quan-ly/"):
            assert not may_enter(endpoint, actor_of(people[role])), (endpoint, role)


def test_everything_on_the_menu_can_be_entered_by_whoever_sees_it(app, people):
    for role, account in people.items():
        actor = actor_of(account) if account else None
        client = LintedClient(app)
        with app.test_request_context():
            seen = menu(actor)
        assert seen, role
        for _, path in seen:
            (client.sign_in(account) if account else client).get(path)


def test_every_entry_of_the_menu_is_an_endpoint():
    assert {endpoint for _, endpoint in (*_LEARNER_MENU, *_STAFF_MENU)} <= set(TABLE)
