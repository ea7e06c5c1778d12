"""The snippet of docs/tracking.md, run as it stands in Node: what it sends is taken, and it asks nobody who says no."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from saleor_crm_plugin.activity.models import View
from saleor_crm_plugin.graphql.ids import global_id
from tests.graphql.asking import URL

NODE = shutil.which("node")
pytestmark = [pytest.mark.django_db, pytest.mark.skipif(NODE is None, reason="there is no Node.js on this machine")]
PAGE = Path(__file__).parents[2] / "docs" / "tracking.md"
# As much of a browser as it uses. SENT tells which requests left; the first one fails.
BROWSER = """
const stored = { consent: "yes" }, SENT = [], listeners = {};
const put = (name, value) => Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
put("navigator", { doNotTrack: null });
put("localStorage", {
  getItem: (key) => stored[key] ?? null, setItem: (key, value) => { stored[key] = value; },
  removeItem: (key) => { delete stored[key]; },
});
put("document", { visibilityState: "visible", addEventListener: (name, act) => { listeners[name] = act; } });
put("fetch", (url, request) =>
  SENT.push(request) === 1 ? Promise.reject() : Promise.resolve());
"""
VIEW = f'track({{ kind: "PRODUCT_VIEW", productId: "{global_id("Product", 7)}" }});'
LEAVE = 'document.visibilityState = "hidden"; listeners.visibilitychange(); await new Promise((go) => setTimeout(go));'


def sent(visit: str) -> list[dict[str, Any]]:
    """The requests that leave during a visit."""
    (snippet,) = re.findall(r"```js\n(.+?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    script = f"{BROWSER}\n{snippet}\n{visit}\nconsole.log(JSON.stringify(SENT));"
    done = subprocess.run(
        [NODE or "", "--input-type=module"], input=script, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    requests: list[dict[str, Any]] = json.loads(done.stdout)
    return requests


def take(request: dict[str, Any]) -> int:
    """What the shop says of a request: how many events were new."""
    answer = Client().post(URL, request["body"], content_type=request["headers"]["Content-Type"]).json()
    assert answer["data"]["crmEventsTrack"]["errors"] == []
    return int(answer["data"]["crmEventsTrack"]["recorded"])


def test_what_a_visitor_looked_at_is_told_when_the_page_is_left_and_again_if_that_failed() -> None:
    first, second = sent(f"{VIEW} {VIEW} {LEAVE} {VIEW} {LEAVE}")

    assert [take(first), take(second)] == [2, 1]
    assert {(one.product_id, len(one.visitor_id)) for one in View.objects.all()} == {("7", 36)}
    assert View.objects.values("visitor_id").distinct().count() == 1


def test_many_views_leave_in_batches() -> None:
    assert [take(request) for request in sent(VIEW * 45 + LEAVE)] == [20, 20, 5]


@pytest.mark.parametrize(
    "no", ['navigator.doNotTrack = "1";', "navigator.globalPrivacyControl = true;", 'stored.consent = "no";']
)
def test_who_says_no_is_not_asked_and_gets_no_visitor_id(no: str) -> None:
    assert sent(f"{no} {VIEW} {LEAVE} if (visitorId() || stored['crm-visitor']) throw new Error('followed');") == []


def test_who_takes_the_consent_back_is_followed_no_more() -> None:
    assert sent(f"{VIEW} stored.consent = 'no'; {LEAVE}") == []


def test_after_a_log_out_it_is_another_visitor() -> None:
    assert sent("const one = visitorId(); forgetVisitor(); if (visitorId() === one) throw new Error('the same');") == []
