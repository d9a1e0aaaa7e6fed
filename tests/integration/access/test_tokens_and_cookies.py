"""Tokens and cookies say who asks; what is forged, ended or revoked opens nothing; roles can't read the lists behind them."""

import base64
import time

import psycopg
import pytest

from geoplatform import access, config
from geoplatform.access import cookie, gate, grants, tokens
from geoplatform.access.principal import ANONYMOUS, Principal
from geoplatform.layers.definition import Level


@pytest.fixture
def account(data_db: psycopg.Connection):
    """Account 7, staff, in group 3."""
    gate.forget()
    data_db.execute("insert into access.account (id, level, groups) values (7, 'staff', '{3}')")
    data_db.commit()
    yield 7
    gate.forget()


def header(token: str, scheme: str = "Bearer") -> dict[str, str]:
    value = base64.b64encode(f"qgis:{token}".encode()).decode() if scheme == "Basic" else token
    return {"HTTP_AUTHORIZATION": f"{scheme} {value}"}


@pytest.mark.parametrize("scheme", ["Bearer", "Basic"])
def test_a_token_names_its_account_level_groups_and_layers(data_db, account, scheme):
    token = tokens.make(data_db, account, "QGIS", 30, ["wells"])
    data_db.commit()
    principal = access.principal_of(header(token, scheme))
    assert (principal.level, principal.account, principal.groups) == (Level.staff, 7, frozenset({3}))
    assert principal.layers == frozenset({"wells"})


def test_only_a_hash_is_stored(data_db, account):
    token = tokens.make(data_db, account, "QGIS", 30)
    text = data_db.execute("select row_to_json(t)::text from access.token t").fetchone()[0]
    assert token not in text
    assert token.removeprefix(tokens.PREFIX) not in text


@pytest.mark.parametrize(
    "spoil",
    [
        "update access.token set revoked_at = now()",
        "update access.token set expires_at = now() - interval '1 second'",
        "delete from access.account",
    ],
)
def test_a_token_that_ended_is_refused_and_not_taken_for_an_anonymous_visitor(data_db, account, spoil):
    token = tokens.make(data_db, account, "QGIS", 30)
    data_db.execute(spoil)
    data_db.commit()
    with pytest.raises(access.Unauthorized):
        access.principal_of(header(token))


@pytest.mark.parametrize(
    "value",
    [
        "Bearer x",
        "Bearer gpt_" + "a" * 43,
        "Basic !!!",
        "Basic " + base64.b64encode(b"\xff\xfe:x").decode(),
        "Digest a",
        "Bearer",
    ],
)
def test_forged_credentials_are_refused(data_db, account, value):
    with pytest.raises(access.Unauthorized):
        access.principal_of({"HTTP_AUTHORIZATION": value})


def test_a_revoked_token_is_refused_within_five_seconds_by_a_process_that_knew_it(data_db, account):
    token = tokens.make(data_db, account, "QGIS", 30)
    data_db.commit()
    assert access.principal_of(header(token)).account == 7
    (listed,) = tokens.of(data_db, account)
    assert tokens.revoke(data_db, account, listed.id)
    data_db.commit()
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            access.principal_of(header(token))
        except access.Unauthorized:
            return
        time.sleep(0.1)
    pytest.fail("the revoked token still opened something after 5 s")


def test_nobody_revokes_anothers_token(data_db, account):
    tokens.make(data_db, account, "QGIS", 30)
    (listed,) = tokens.of(data_db, account)
    assert not tokens.revoke(data_db, 8, listed.id)
    assert tokens.of(data_db, account)[0].active


@pytest.mark.parametrize(
    ("name", "days", "layers"), [("", 1, None), ("x" * 101, 1, None), ("a", 0, None), ("a", 367, None), ("a", 1, [])]
)
def test_a_token_that_makes_no_sense_is_refused(data_db, account, name, days, layers):
    with pytest.raises(tokens.TokenError):
        tokens.make(data_db, account, name, days, layers)


def test_an_account_has_a_bounded_number_of_tokens(data_db, account):
    for number in range(tokens.MAX_PER_ACCOUNT):
        tokens.make(data_db, account, f"t{number}", 1)
    with pytest.raises(tokens.TokenError):
        tokens.make(data_db, account, "one too many", 1)


@pytest.mark.parametrize("role", ["public", "registered", "staff"])
@pytest.mark.parametrize("table", ["token", "account", "permission", "audit", "approval", "narrowing"])
def test_a_level_role_reads_no_list_of_the_access_schema(data_db, account, services, role, table):
    with psycopg.connect(services.config.dsn(role)) as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute(f"select * from access.{table}")


def test_the_cookie_of_the_control_plane_names_the_account(data_db, account, services):
    key = config.load().secret("access_cookie")
    value = cookie.sign(account, time.time(), key)
    assert access.principal_of({"HTTP_COOKIE": f"a=b; {cookie.NAME}={value}"}).account == 7


def test_a_forged_or_old_cookie_is_an_anonymous_visitor(data_db, account, services):
    key = config.load().secret("access_cookie")
    good = cookie.sign(account, time.time(), key)
    for value in (
        cookie.sign(account, time.time() - cookie.LIFETIME - 1, key),
        cookie.sign(account, time.time(), "another key"),
        good.replace("1.7.", "1.8.", 1),
        good[:-1],
        "",
    ):
        assert access.principal_of({"HTTP_COOKIE": f"{cookie.NAME}={value}"}) is ANONYMOUS


def test_a_cookie_is_renewed_while_it_is_still_good():
    now = time.time()
    value = cookie.sign(7, now, "k")
    assert not cookie.due(value, 7, now + 10, "k")
    assert cookie.due(value, 7, now + cookie.RENEW_AFTER + 1, "k")
    assert cookie.due(value, 8, now, "k")


def test_the_narrower_of_ceiling_and_permission_wins():
    permissions = grants.Permissions(
        {
            "wells": {"view": frozenset({"anyone"}), "download": frozenset({"registered"})},
            "plans": {"view": frozenset({"group:3"}), "edit": frozenset({"account:7", "anyone"})},
        }
    )
    staff = Principal(Level.staff, 7, frozenset({3}))
    reader = Principal(Level.registered, 9)
    assert permissions.visible(ANONYMOUS, ["wells", "plans", "free"]) == {"wells", "free"}
    assert permissions.visible(reader, ["wells", "plans", "free"]) == {"wells", "free"}
    assert permissions.visible(staff, ["wells", "plans", "free"]) == {"wells", "plans", "free"}
    assert not permissions.allows(ANONYMOUS, "wells", "download")
    assert permissions.allows(reader, "wells", "download")
    assert permissions.allows(staff, "plans", "edit")
    assert not permissions.allows(ANONYMOUS, "plans", "edit"), "an anonymous visitor never edits"
    assert not permissions.allows(staff, "free", "edit"), "editing needs a permission"
    assert permissions.visible(Principal(Level.staff, 7, frozenset({3}), "t", frozenset({"wells"})), ["wells", "plans"]) == {
        "wells"
    }


def test_the_audit_log_is_only_added_to(data_db):
    data_db.execute("insert into access.audit (actor, action) values ('x', 'opened')")
    data_db.commit()
    for statement in ("update access.audit set actor = 'y'", "delete from access.audit", "truncate access.audit"):
        with pytest.raises(psycopg.errors.RaiseException):
            data_db.execute(statement)
        data_db.rollback()
