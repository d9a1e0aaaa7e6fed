"""The control plane starts on what prepare_hub leaves."""


def test_the_prepared_hub_has_its_staff_account_groups_and_oauth_application(control_db):
    from django.conf import settings
    from django.contrib.auth import get_user_model
    from django.contrib.auth.models import Group
    from geonode.base.models import TopicCategory
    from oauth2_provider.models import get_application_model

    assert get_user_model().objects.get(username="staff").is_superuser
    assert {"staff", "registered-members", "contributors", "anonymous"} <= set(Group.objects.values_list("name", flat=True))
    assert get_application_model().objects.filter(name=settings.OAUTH2_DEFAULT_BACKEND_CLIENT_NAME).count() == 1
    assert TopicCategory.objects.filter(identifier="health").exists()


def test_preparing_twice_changes_nothing_and_tells_no_password_again(control_db):
    from django.contrib.auth import get_user_model

    from geoplatform.hub.prepare import prepare

    before = get_user_model().objects.get(username="staff").password
    assert prepare() is None
    assert get_user_model().objects.get(username="staff").password == before


def test_the_data_database_holds_no_table_of_the_hub_but_those_of_uploads(control_db):
    found = control_db.execute("select tablename from pg_tables where schemaname = 'public' and tablename <> 'spatial_ref_sys'")
    assert {name for (name,) in found} == {"django_migrations", "dynamic_models_fieldschema", "dynamic_models_modelschema"}
