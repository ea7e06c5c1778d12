"""What comes from outside: whatever it is, the answer is JSON in Saleor's shape, no traceback, and nobody's data."""

import json
from base64 import b64encode
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from saleor_crm_plugin.contacts.models import Contact
from saleor_crm_plugin.graphql.demo import limits
from tests.graphql.asking import NOW, STAFF, URL, ask, customer, data, give, id_of, programme, refusal, token_of

pytestmark = pytest.mark.django_db
HISTORY = """query($first: Int, $after: String) { me { loyalty { history(first: $first, after: $after) {
    edges { node { points } } } } } }"""
CUSTOMER = "query($id: ID!) { crmCustomer(id: $id) { id email } }"
TIMELINE = """query($id: ID!, $after: String) { crmCustomer(id: $id) { timeline(first: 5, after: $after) {
    edges { node { id } } } } }"""
INTROSPECTION = "{ __schema { types { name fields { name type { name ofType { name ofType { name } } } } } } }"


def cursor(value: object) -> str:
    return b64encode(json.dumps(value).encode()).decode()


CURSORS = [
    "x", "é", "====", "MQ==", "A" * 1000,
    *(b64encode(raw).decode() for raw in (b"[" * 300, b"\xff\xfe", b"1e999")),
    *(cursor(value) for value in (
        [], {}, None, [1], ["1", "2", "3"], ["-1"], ["1' OR '1'='1"], ["1; DROP TABLE crm_contact"], ["9" * 19],
        ["9" * 400], ["²"], [["1"]], [True], ["2026-03-02", "x"], ["2026-03-02T12:00:00", "x"],
        ["0001-01-01T00:00:00+14:00", "x"], ["2026-03-02T12:00:00+00:00", "x\x00"], ["9999-12-31T23:59:59-23:59", "x"],
    )),
]  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5), st.lists, max_leaves=4
)
COUNT = "query($first: Int) { customers(first: $first) { totalCount } }"


@pytest.mark.parametrize("after", CURSORS)
def test_a_cursor_that_none_of_ours_can_be_is_refused_as_saleor_does(after: str) -> None:
    programme()
    user, contact = customer()
    give(contact, 7)
    for query, token, variables in (
        (HISTORY, token_of(user), {"first": 5}),
        (TIMELINE, STAFF, {"id": id_of(contact)}),
    ):
        answer = ask(query, token, after=after, **variables)
        assert refusal(answer) == ("GraphQLError", "Received cursor is invalid.")


@given(st.text(max_size=30) | st.binary(max_size=40).map(lambda raw: b64encode(raw).decode()) | st.builds(cursor, JSON))
@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_cursor_and_no_id_brings_it_down(text: str) -> None:
    contact, _ = Contact.objects.get_or_create(email="ada@example.com", created_at=NOW)
    for answer in (
        ask(TIMELINE, STAFF, id=id_of(contact), after=text),
        ask(CUSTOMER, STAFF, id=text),
        ask("query($id: ID!) { user(id: $id) { email } }", STAFF, id=text),
    ):
        for error in answer.get("errors", []):
            assert error["extensions"]["exception"] == {"code": "GraphQLError"}


@pytest.mark.parametrize(
    ("first", "message"),
    [
        (101, "Requesting 101 records on the `history` connection exceeds the `first` limit of 100 records."),
        (2**30, "Requesting 1073741824 records on the `history` connection exceeds the `first` limit of 100 records."),
        (0, "Argument `first` must be a non-negative integer."),
        (-1, "Argument `first` must be a non-negative integer."),
        (None, "You must provide a `first` value to properly paginate the `history` connection."),
    ],
)  # fmt: skip
def test_a_page_of_a_size_that_cant_be_had_is_refused_as_saleor_does(first: int | None, message: str) -> None:
    programme()
    user, _ = customer()
    assert refusal(ask(HISTORY, token_of(user), first=first)) == ("GraphQLError", message)


def test_edges_in_a_fragment_need_a_size_too_and_a_count_alone_does_not() -> None:
    programme()
    user, contact = customer()
    give(contact, 7)
    hidden = """{ me { loyalty { history { ... on CrmLoyaltyEntryCountableConnection { ...more } } } } }
        fragment more on CrmLoyaltyEntryCountableConnection { edges { cursor } }"""
    assert "You must provide" in refusal(ask(hidden, token_of(user)))[1]
    assert data("{ me { loyalty { history { totalCount } } } }", token_of(user))["me"]["loyalty"]["history"] == {
        "totalCount": 1
    }


@pytest.mark.parametrize(
    "text",
    ["", "1", "x", "é", "VXNlcg==", "VXNlcjo=", "VXNlcjoxIE9SIDE9MQ==", id_of.__name__, "VXNlcjotMQ==", "A" * 5000]
    + [b64encode(f"{kind}:{key}".encode()).decode() for kind, key in (("Order", 1), ("user", 1), ("CrmContact", "1.0"),
        ("CrmContact", "9" * 19), ("CrmContact", "9" * 4301), ("User", "²"), ("CrmContact", "1\x00"))],
)  # fmt: skip
def test_an_id_that_is_none_is_an_error_that_names_what_was_expected(text: str) -> None:
    code, message = refusal(ask(CUSTOMER, STAFF, id=text))
    assert code == "GraphQLError"
    assert message == f"Invalid ID: {text[:100]}. Expected: User or CrmContact."


def test_the_schema_can_be_asked_for() -> None:
    names = {kind["name"] for kind in data(INTROSPECTION)["__schema"]["types"]}
    assert {"Query", "User", "CrmLoyalty", "CrmCustomer", "CrmSegments"} <= names


def post(body: bytes | str, content_type: str = "application/json") -> Any:
    response = Client().generic("POST", URL, body or " ", content_type=content_type)  # it leaves the type out without
    assert response["Content-Type"] == "application/json"
    return response


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("", 400), ("{", 400), ("[]", 400), ("null", 400), ("{}", 400), ('{"query": 5}', 400), ('{"query": ""}', 400),
        ('{"query": "{ me { id } }", "variables": []}', 200), ('{"query": "{ me { id } }", "variables": [1]}', 400),
        ('{"query": "{ me { id } }", "operationName": {}}', 200),
        ('{"query": "{ me { id } }", "operationName": ["x"]}', 400),
        ('{"query": "{ me { id } }", "operationName": "other"}', 400), ('{"query": "{ me "}', 400),
        ('{"query": "{ nothing }"}', 400), ('{"query": "mutation { crash }"}', 400), (b"\xff\xfe", 400),
        (f'{{"query": "{COUNT}", "variables": {{"first": 1e999}}}}', 400),
        (f'{{"query": "{COUNT}", "variables": {{"first": NaN}}}}', 400),
        ('{"query": "query($id: ID!) { user(id: $id) { id } }"}', 400), ("[" * 5000, 400), ('{"a":' * 5000, 400),
        ('{"query": "' + "{a" * 20_000 + '"}', 400), ('{"query": "{ me { id } }", "x": "' + "x" * 100_000 + '"}', 413),
        ('{"query": "fragment a on User { ...a } { me { ...a } }"}', 400), ('{"query": "\\u0000"}', 400),
        ('{"query": "fragment a on User { ...b } fragment b on User { ...a } query { me { ...a ...missing } }"}', 400),
    ],
)  # fmt: skip
def test_a_body_that_is_no_question_is_told_so(body: bytes | str, status: int) -> None:
    response = post(body)
    assert response.status_code == status, response.content
    if status != 200:
        assert response.json()["errors"][0]["extensions"]["exception"]["code"]
        assert b"Traceback" not in response.content


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_what_another_site_could_send_without_being_asked_is_not_taken(content_type: str) -> None:
    assert post('{"query": "{ me { id } }"}', content_type).status_code == 415


def test_only_asking_and_looking_are_allowed() -> None:
    for method in ("put", "delete", "patch", "options"):
        assert getattr(Client(), method)(URL).status_code == 405
    assert Client().head(URL).status_code == 200


def test_a_query_that_is_too_deep_is_refused() -> None:
    inner = "{ name }"
    for _ in range(limits.DEEPEST):
        inner = f"{{ ofType {inner} }}"
    code, message = refusal(ask(f"{{ __schema {{ types {{ fields {{ type {inner} }} }} }} }}"))
    assert code == "GraphQLError"
    assert message == f"The query is {limits.DEEPEST + 5} levels deep; at most {limits.DEEPEST} are allowed."


def test_a_query_that_grows_by_fragments_is_refused_before_it_is_looked_at() -> None:
    # Each fragment spreads the next one twice: 2 ** 40 fields.
    fragments = [f"fragment f{n} on User {{ a: id ...f{n + 1} ...f{n + 1} }}" for n in range(40)]
    query = "{ me { ...f0 } } " + " ".join(fragments) + " fragment f40 on User { id }"
    code, message = refusal(ask(query))
    assert code == "GraphQLError"
    assert message.endswith(f"at most {limits.MOST_FIELDS} are allowed.")


def test_a_fragment_within_itself_is_told_so() -> None:
    query = "{ me { ...a } } fragment a on User { id ...b } fragment b on User { ...a }"
    assert refusal(ask(query)) == ("GraphQLError", 'Cannot spread fragment "a" within itself.')


@given(st.binary(max_size=60) | st.text(max_size=60).map(lambda text: json.dumps({"query": text}).encode()))
@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_body_brings_it_down(body: bytes) -> None:
    assert post(body).status_code in (200, 400)


@pytest.mark.parametrize(
    "header",
    [
        *("Bearer", "Bearer ", "Bearer x", "Bearer a:b:c", "Basic x", "x" * 5000, "Bearer \xe9"),
        *(f"Bearer {STAFF}x", f"Bearer x{STAFF}", STAFF, f"bearer {STAFF}"),
    ],
)
def test_a_token_that_is_none_is_nobodys(header: str) -> None:
    response = Client().post(
        URL, {"query": "{ customers(first: 1) { totalCount } }"}, content_type="application/json",
        headers={"Authorization": header},
    )  # fmt: skip
    assert refusal(response.json())[0] == "PermissionDenied"
