"""Features written by a signed-in person's browser: only with the CSRF token of the session."""

import json

from tests.integration.hub.test_features_api import ATTRIBUTES, GEOJSON, ITEMS, feature
from tests.integration.layers.benches import establish


def test_a_session_writes_only_with_its_csrf_token(control_db, staff):
    from django.test import Client

    control_db.autocommit = True
    establish(control_db, attributes=ATTRIBUTES)
    control_db.execute("insert into access.account (id, level) values (%s, 'staff')", [staff.pk])
    for operation in ("view", "edit"):
        control_db.execute("insert into access.permission values ('benches', %s, %s)", [operation, f"account:{staff.pk}"])
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    body = json.dumps(feature())
    assert browser.post(ITEMS, body, content_type=GEOJSON).status_code == 403
    browser.get("/hub/")
    token = browser.cookies["csrftoken"].value
    assert browser.post(ITEMS, body, content_type=GEOJSON, headers={"X-CSRFToken": token}).status_code == 201
    assert control_db.execute("select count(*) from layers.benches").fetchone() == (1,)
