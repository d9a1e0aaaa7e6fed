"""Staff decide remarks: accept, reject, join; what is logged, what the writer reads, what is forgotten."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone


def remark(reference: str):
    from geoplatform.remarks.models import Remark

    return Remark.objects.get(reference=reference)


def decide(client, reference: str, decision: str, **fields):
    return client.post(f"/hub/remarks/{remark(reference).pk}/", {"decision": decision, **fields}, follow=True)


def test_the_queue_is_for_staff_alone(send, anonymous_client, resident_client):
    reference = send().reference
    number = remark(reference).pk
    assert anonymous_client.get("/hub/remarks/").status_code == 302
    assert resident_client.get("/hub/remarks/").status_code == 403
    assert anonymous_client.post(f"/hub/remarks/{number}/", {"decision": "accepted"}).status_code == 302
    assert resident_client.post(f"/hub/remarks/{number}/", {"decision": "accepted"}).status_code == 403
    assert remark(reference).state == "new"


def test_a_decision_is_kept_logged_and_told_to_who_knows_the_number(send, staff_client, staff, anonymous_client, places):
    reference = send().reference
    decide(staff_client, reference, "accepted", note="перевірено на місці", answer="Пандус дописано <b>")
    kept = remark(reference)
    assert (kept.state, kept.decided_by, kept.note) == ("accepted", staff.pk, "перевірено на місці")
    page = anonymous_client.get(f"/remarks/{reference}/").content.decode()
    assert "Прийнято" in page and "Пандус дописано &lt;b&gt;" in page and "перевірено на місці" not in page
    actor, detail = places.execute("select actor, detail from access.audit where action = 'remark'").fetchone()
    assert actor == f"account:{staff.pk}"
    assert detail == {"decision": "accepted", "feature": "c1", "remark": reference}
    assert "розглянуто зауваження щодо місця" in staff_client.get("/hub/publication/").content.decode()


def test_two_people_do_not_decide_the_same_remark(send, staff_client, places):
    reference = send().reference
    decide(staff_client, reference, "accepted")
    answer = decide(staff_client, reference, "rejected")
    assert "Тим часом це зауваження розглянув хтось інший." in answer.content.decode()
    assert remark(reference).state == "accepted"
    assert places.execute("select count(*) from access.audit where action = 'remark'").fetchone() == (1,)


def test_remarks_on_one_place_are_joined(send, staff_client, anonymous_client):
    first, second = send("Немає пандуса").reference, send("Пандуса нема", kind="missing").reference
    elsewhere = send("Не там", path="/map/clinics/c2/remark/").reference
    assert remark(first).shown_reference in staff_client.get("/hub/remarks/").content.decode()
    for wrong in (elsewhere, second, "", "ZZZZZZZZZZ", "\x00"):
        assert "щодо того самого місця" in decide(staff_client, second, "merged", into=wrong).content.decode()
    decide(staff_client, second, "merged", into=first)
    assert remark(second).merged_into == remark(first)
    decide(staff_client, first, "accepted", answer="Буде пандус")
    page = anonymous_client.get(f"/remarks/{second}/").content.decode()
    assert "Прийнято" in page and "Буде пандус" in page and "обидва зауваження розглядають разом" in page


def test_what_is_no_decision_changes_nothing(send, staff_client):
    reference = send().reference
    for decision, more in (("new", {}), ("", {}), ("<b>", {}), ("accepted", {"note": "я" * 1001})):
        assert decide(staff_client, reference, decision, **more).status_code == 200
        assert remark(reference).state == "new"
    assert staff_client.post("/hub/remarks/999999/", {"decision": "accepted"}).status_code == 302
    assert staff_client.get("/hub/remarks/?state=<b>&page=x").status_code == 200


def test_decided_remarks_are_forgotten_in_time_and_waiting_ones_are_not(send, staff_client, anonymous_client, places):
    from geoplatform.remarks import intake
    from geoplatform.remarks.models import Remark
    from geoplatform.remarks.tasks import purge_remarks

    old, fresh, waiting = (send(f"Зауваження {n}").reference for n in range(3))
    decide(staff_client, old, "accepted")
    decide(staff_client, fresh, "rejected")
    Remark.objects.filter(reference=old).update(decided_at=timezone.now() - intake.KEPT - timedelta(minutes=1))
    Remark.objects.filter(reference=waiting).update(made_at=timezone.now() - timedelta(days=1000))
    purge_remarks()
    assert set(Remark.objects.values_list("reference", flat=True)) == {fresh, waiting}
    assert anonymous_client.get(f"/remarks/{old}/").status_code == 404
    detail = places.execute("select detail from access.audit where action = 'remark' order by id desc limit 1").fetchone()
    assert detail == ({"decision": "purged", "count": 1},)


def test_the_model_and_its_migrations_agree(control_db):
    from django.core.management import call_command

    call_command("makemigrations", "remarks", "--check", "--dry-run")
