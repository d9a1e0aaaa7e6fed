"""Features written by a signed-in person's browser: only with the CSRF token of the session."""

import json

import yaml

from tests.integration.hub.test_features_api import BENCHES, GEOJSON, ITEMS, feature


def test_a_session_writes_only_with_its_csrf_token(control_db, staff):
    from django.test import Client

    from geoplatform import config
    from geoplatform.layers import engine
    from geoplatform.layers.definition import LayerDefinition
    from geoplatform.layers.library import load_library
    from geoplatform.publishing import pipeline

    library = load_library()
    definition = LayerDefinition.model_validate(yaml.safe_load(BENCHES))
    source = (definition.source, "source")
    job = pipeline.make_job(library, definition, config.load(), source, publish=pipeline.publisher(library))
    control_db.autocommit = True
    assert engine.establish(control_db, job).status == "applied"
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
