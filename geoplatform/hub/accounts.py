"""Accounts and groups: who is staff, the first staff account, and the OAuth application that GeoNode's pages need."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import transaction

from geoplatform import config
from geoplatform.access.names import REGISTERED_GROUP, STAFF_GROUP
from geoplatform.layers.definition import Level

#: GeoNode's group of those who may add resources.
CONTRIBUTORS_GROUP = "contributors"
STAFF_USERNAME = "staff"


def is_staff_member(user) -> bool:
    """Return whether `user` (of a request) belongs to the staff group or is an administrator."""
    if not user.is_authenticated or not user.is_active:
        return False
    return user.is_superuser or user.groups.filter(name=STAFF_GROUP).exists()


@transaction.atomic
def ensure_groups() -> None:
    """Make the staff group with its GeoNode profile, so that permission screens offer it. Idempotent."""
    from geonode.groups.models import GroupProfile

    GroupProfile.objects.get_or_create(
        slug=STAFF_GROUP,
        defaults={
            "title": "Працівники громади",
            "description": "Бачать шари рівня «для працівників», завантажують дані, читають звіти про оновлення. / "
            "Municipal staff: see layers of level staff, upload data, read sync reports.",
            "access": "private",
        },
    )
    for name in (REGISTERED_GROUP, CONTRIBUTORS_GROUP, "anonymous"):
        Group.objects.get_or_create(name=name)


@transaction.atomic
def ensure_staff() -> str | None:
    """Make the first staff account, an administrator, when there is no account of that name.

    Returns its generated password when the account was made now, else None. Idempotent: an existing account, its password
    included, is left alone.
    """
    from allauth.account.models import EmailAddress

    ensure_groups()
    people = get_user_model()
    if people.objects.filter(username=STAFF_USERNAME).exists():
        return None
    password = config.load().secret("staff_password")
    email = f"{STAFF_USERNAME}@{_mail_host()}"
    person = people.objects.create_superuser(STAFF_USERNAME, email, password, language=settings.LANGUAGE_CODE)
    # Accounts must confirm their address; the first one was made by whoever runs the machine.
    EmailAddress.objects.update_or_create(user=person, email=email, defaults={"verified": True, "primary": True})
    person.groups.add(*Group.objects.filter(name__in=(STAFF_GROUP, CONTRIBUTORS_GROUP, REGISTERED_GROUP)))
    return password


@transaction.atomic
def ensure_oauth() -> None:
    """Make the OAuth application that GeoNode issues its own sessions' tokens for; without it every signed-in page breaks.

    Idempotent; the secret is this installation's own.
    """
    from oauth2_provider.models import get_application_model

    application = get_application_model()
    application.objects.get_or_create(
        name=settings.OAUTH2_DEFAULT_BACKEND_CLIENT_NAME,
        defaults={
            "client_type": application.CLIENT_CONFIDENTIAL,
            "authorization_grant_type": application.GRANT_AUTHORIZATION_CODE,
            "client_secret": config.load().secret("oauth_client"),
            "redirect_uris": settings.SITEURL,
            "algorithm": application.RS256_ALGORITHM,
            "skip_authorization": False,
        },
    )


def _mail_host() -> str:
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2]
    return domain if "." in domain else "localhost.localdomain"


def level_of(user) -> Level:
    """Return the widest level of data that `user` (of a request) may see."""
    if is_staff_member(user):
        return Level.staff
    return Level.registered if user.is_authenticated and user.is_active else Level.public
