"""Residents say what is wrong at a place without an account, and see by a number what became of it."""

from __future__ import annotations

import base64
import json
from datetime import date, timedelta

import altcha.v1 as altcha
import pytest
from django.test import Client

from tests.integration.remarks.conftest import FORM

SCRIPT = "<script>alert(1)</script> & «лапки»"


def remarks():
    from geoplatform.remarks.models import Remark

    return Remark.objects


def solved() -> str:
    """Return the solution of a fresh task, as the browser sends it."""
    from geoplatform.remarks import limits

    task = limits.challenge()
    number = altcha.solve_challenge(task["challenge"], task["salt"], task["algorithm"], task["maxnumber"]).number
    payload = {name: task[name] for name in ("algorithm", "challenge", "salt", "signature")} | {"number": number}
    return base64.b64encode(json.dumps(payload).encode()).decode()


def test_a_remark_is_kept_and_found_by_its_number(send, anonymous_client):
    sent = send(kind="barrier")
    assert sent.status == 302 and len(sent.reference) == 10
    kept = remarks().get()
    assert (kept.layer, kept.feature, kept.kind, kept.state, kept.staff) == ("clinics", "c1", "barrier", "new", False)
    page = anonymous_client.get(f"/remarks/{sent.reference}/?new=1")
    text = page.content.decode()
    assert page.status_code == 200 and "Дякуємо!" in text and "Чекає на розгляд" in text
    assert "Немає пандуса" not in text, "nobody who finds the number reads what was written"
    assert page["Cache-Control"] == "no-store"
    typed = f"{sent.reference[:5].lower()} - {sent.reference[5:].lower()}"
    assert anonymous_client.get("/remarks/", {"number": typed}).headers["Location"] == f"/remarks/{sent.reference}/"
    assert "waits for staff" in anonymous_client.get(f"/en/remarks/{sent.reference}/").content.decode().lower()


def test_nothing_of_who_wrote_it_is_kept(send, control_db):
    from django.core.cache import caches
    from django.db import connection

    send(address="203.0.113.77")
    with connection.cursor() as cursor:
        cursor.execute("select row_to_json(r)::text from remarks_remark r")
        assert "203.0.113" not in cursor.fetchone()[0]
    client = caches["limits"]._cache.get_client()
    held = [key + (client.get(key) or b"") for key in client.keys("*remarks*")]
    assert held and not any(b"203.0.113" in item for item in held)


def test_an_address_has_another_hash_tomorrow(control_db):
    from geoplatform.remarks.limits import hashed

    today = date(2026, 11, 23)
    assert hashed("203.0.113.5", today) == hashed("203.0.113.5", today)
    assert hashed("203.0.113.5", today) != hashed("203.0.113.5", today + timedelta(days=1))
    assert hashed("2001:db8::1", today) == hashed("2001:db8::ffff", today) != hashed("2001:db8:0:1::1", today)


@pytest.mark.parametrize(("fields", "words"), [
    ({"text": ""}, "Напишіть кількома словами"),
    ({"text": " \n\t "}, "Напишіть кількома словами"),
    ({"text": "я" * 1001}, "Знаків у тексті: 1001, а можна щонайбільше 1000"),
    ({"kind": ""}, "Оберіть, про що зауваження"),
    ({"kind": "<script>"}, "Оберіть, про що зауваження"),
    ({"homepage": "https://spam.example"}, "Останнє поле має лишатися порожнім"),
])  # fmt: skip
def test_what_can_not_be_taken_is_told_and_the_text_stays_in_the_form(send, fields, words):
    sent = send(**{"text": SCRIPT, **fields})
    assert sent.status == 400 and words in sent.text
    assert remarks().count() == 0
    assert "<script>alert" not in sent.text
    if "text" not in fields:
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in sent.text


def test_a_script_is_shown_as_text_to_staff(send, staff_client):
    send(SCRIPT + "\x00\x08")
    page = staff_client.get("/hub/remarks/").content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; «лапки»" in page and "<script>alert" not in page
    assert "&lt;script&gt;" in page and "\x08" not in page


def test_a_place_that_is_not_there_has_no_form(send, anonymous_client):
    for path in ("/map/clinics/gone/remark/", "/map/no_layer/c1/remark/", "/map/clinics/%00/remark/"):
        assert anonymous_client.get(path).status_code == 404, path
        assert send(path=path).status == 404
    assert anonymous_client.get("/remarks/ABC/").status_code == 404
    assert anonymous_client.get("/remarks/", {"number": "\x00" * 50}).status_code == 404


def test_a_foreign_page_can_not_send_the_form(places):
    careful = Client(enforce_csrf_checks=True)
    assert careful.post(FORM, {"kind": "wrong", "text": "Немає пандуса"}).status_code == 403
    page = careful.get(FORM)
    token = page.content.decode().split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    answer = careful.post(FORM, {"kind": "wrong", "text": "Немає пандуса", "csrfmiddlewaretoken": token})
    assert answer.status_code == 302
    assert remarks().count() == 1


def test_a_form_sent_twice_is_one_remark(send):
    assert send().reference == send().reference
    assert remarks().count() == 1


def test_an_address_has_its_fill_and_a_proof_of_work_raises_it(send):
    for number in range(5):
        assert send(f"Зауваження {number}").status == 302
    refused = send("Шосте")
    assert refused.status == 429 and "Дякуємо! Решту надішліть завтра." in refused.text and "Шосте" in refused.text
    assert send("Сьоме", altcha=solved()).status == 302
    assert send("Восьме", address="198.51.100.9").status == 302


def test_a_proof_counts_once_and_a_false_one_not_at_all(places):
    from geoplatform.remarks import limits

    proof = solved()
    assert limits.proved(proof) and not limits.proved(proof)
    given = json.loads(base64.b64decode(solved()))
    for damaged in (
        given | {"number": given["number"] + 1}, given | {"signature": "0" * 64}, given | {"salt": "x?expires=99999999999&"},
        given | {"number": "1"}, {"number": 1}, [], 5, None,
    ):  # fmt: skip
        assert not limits.proved(base64.b64encode(json.dumps(damaged).encode()).decode()), damaged
    for rubbish in ("", "!!!", "e30=", base64.b64encode(b"\xff\xfe").decode(), "A" * 5000):
        assert not limits.proved(rubbish)


def test_ten_thousand_remarks_are_refused_politely_and_leave_room_for_others(send):
    from django.core.cache import cache

    from geoplatform.remarks import limits

    taken = refused = 0
    for number in range(10_000):
        try:
            limits.count(f"198.18.{number // 250 % 256}.{number % 250}", proved=False)
            taken += 1
        except limits.TooMany as full:
            assert full.reason == "everybody"
            refused += 1
    assert (taken, refused) == (limits.PER_HOUR[False], 10_000 - limits.PER_HOUR[False])
    cache.clear()  # as GeoNode does now and then: the counters stay
    answer = send("Ще одне")
    assert answer.status == 429 and "Зараз надходить дуже багато зауважень" in answer.text
    assert send("Справжнє", altcha=solved()).status == 302, "who brings a proof is not shut out by those who don't"


def test_no_more_than_staff_can_read_wait(send, monkeypatch):
    from geoplatform.remarks import limits

    monkeypatch.setattr(limits, "WAITING", 1)
    assert send("Перше").status == 302
    assert send("Друге").status == 429


def test_staff_have_no_limit_and_are_told_apart(places, staff_client):
    for number in range(7):
        assert staff_client.post(FORM, {"kind": "other", "text": f"Обхід {number}"}).status_code == 302
    assert remarks().filter(staff=True).count() == 7
