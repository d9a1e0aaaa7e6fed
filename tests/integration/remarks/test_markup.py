"""Each state of the form, of a remark's page and of the staff's queue is sound HTML, in both languages."""

from __future__ import annotations

import pytest

from tests.integration.remarks.conftest import FORM
from tests.markup import faults, keep

WORDS = "Немає <b>пандуса</b> & «поручнів»"


@pytest.mark.parametrize("prefix", ["", "/en"], ids=["uk", "en"])
def test_every_state_of_a_remark_is_sound_html(places, anonymous_client, staff_client, tmp_path, prefix):
    from geoplatform.remarks.models import Remark

    def look(name: str, answer) -> None:
        keep(tmp_path, name, answer.status_code, answer.headers, answer.content)

    def send(path: str = FORM, **fields: str):
        return anonymous_client.post(
            prefix + path, {"kind": "wrong", "text": WORDS, **fields}, HTTP_X_FORWARDED_FOR="203.0.113.9"
        )

    look("form", anonymous_client.get(prefix + FORM))
    look("form of a demonstration", anonymous_client.get(f"{prefix}/map/clinics/c2/remark/"))
    look("refused", send(kind="", text="", homepage="https://spam.example"))
    look("queue without remarks", staff_client.get(f"{prefix}/hub/remarks/"))
    sent = [send(text=f"{WORDS} {number}")["Location"] for number in range(5)]
    look("sent", anonymous_client.get(sent[0]))
    look("too many", send(text="шосте"))
    look("queue", staff_client.get(f"{prefix}/hub/remarks/"))
    first, *others = Remark.objects.order_by("made_at", "pk")
    decisions = [("accepted", {"answer": WORDS, "note": WORDS}), ("rejected", {}), ("merged", {"into": first.reference})]
    for remark, (decision, fields) in zip([first, *others], decisions, strict=False):
        staff_client.post(f"/hub/remarks/{remark.pk}/", {"decision": decision, **fields})
        look(f"queue after {decision}", staff_client.get(f"{prefix}/hub/remarks/?state={decision}"))
        look(decision, anonymous_client.get(f"{prefix}/remarks/{remark.reference}/"))
    staff_client.post(f"/hub/remarks/{first.pk}/", {"decision": "accepted"})
    look("queue after a refused decision", staff_client.get(f"{prefix}/hub/remarks/"))
    assert faults(tmp_path) == []
