"""GeoNode's settings with every deviation stated and why; the installation's facts come from geoplatform.config."""

import os
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from psycopg.conninfo import conninfo_to_dict

from geoplatform import config as _config

_installation = _config.load()
_https = _installation.site_url.startswith("https://")
_host = urlsplit(_installation.site_url).hostname or "localhost"
_HUB = Path(__file__).resolve().parent.parent / "hub"

# --- What GeoNode reads from the environment rather than from settings, hence before the import ---------------------------
# There is no GeoServer: our resource manager reads PostGIS.
os.environ["RESOURCE_MANAGER_CONCRETE_CLASS"] = "geoplatform.hub.manager.HubResourceManager"
# The upload handlers look the data database's alias up here.
os.environ["DEFAULT_BACKEND_DATASTORE"] = "datastore"
os.environ["SITEURL"] = _installation.site_url + "/"
# GeoNode parses this address at import and would run `spatialite` for its own default; DATABASES below replaces the result.
os.environ["DATABASE_URL"] = "postgis:///replaced-below"
os.environ["GEODATABASE_URL"] = "postgis:///replaced-below"

from geonode.settings import *  # noqa: E402, F403
from geonode.settings import (  # noqa: E402 - named, so that linters know where they come from
    CELERY_TASK_QUEUES,
    INSTALLED_APPS,
    LANGUAGE_MAPPINGS,
    LOGGING,
    MIDDLEWARE,
    OAUTH2_PROVIDER,
    OGC_SERVER,
    PERMISSIONS_HANDLERS,
    PYCSW,
    REST_FRAMEWORK,
    TEMPLATES,
)

from geoplatform.hub.keys import oidc_private_key  # noqa: E402

# --- Addresses and parts ---------------------------------------------------------------------------------------------------
SITEURL = _installation.site_url + "/"
SITENAME = "geoplatform"
ROOT_URLCONF = "geoplatform.urls"
WSGI_APPLICATION = "geoplatform.wsgi.application"
FORCE_SCRIPT_NAME = None  # GeoNode's "" makes Django write no script name at all under some servers


def _database(name: str) -> dict:
    dsn = conninfo_to_dict(_installation.dsn("owner", name))
    return {
        "ENGINE": "django.contrib.gis.db.backends.postgis",
        "NAME": dsn["dbname"],
        "HOST": dsn["host"],
        "PORT": dsn["port"],
        "USER": dsn["user"],
        "PASSWORD": dsn["password"],
        "CONN_MAX_AGE": 60,  # GeoNode opens a connection per request
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"connect_timeout": 5, "application_name": "geoplatform-control"},
    }


# `datastore` holds uploads beside our layers; GeoNode's router sends its dynamic models there.
DATABASES = {"default": _database(_config.CONTROL_DATABASE), "datastore": _database(_config.DATA_DATABASE)}

# One Redis for every alias. GeoNode's LocMem keeps permissions stale in each process for seven days, and its memcached
# alias needs pylibmc. Database 0 is the broker's, 1 the results', 2 the caches', 3 the limits'.
_CACHE_SECONDS = {"default": 600, "resources": 600, "services": 600, "memcached": 600, "search_services": 300}
CACHES = {
    alias: {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": f"{_installation.redis_url}/2",
        "KEY_PREFIX": f"geoplatform:{alias}",
        "TIMEOUT": seconds,
    }
    for alias, seconds in _CACHE_SECONDS.items()
}
# Counters against floods in a database of their own: GeoNode empties the caches, all aliases of one database at once.
CACHES["limits"] = CACHES["default"] | {"LOCATION": f"{_installation.redis_url}/3", "KEY_PREFIX": "geoplatform:limits"}

_OURS_FIRST = ["geoplatform.hub.apps.HubConfig"]
for _dotted in (
    "geoplatform.portal.apps.PortalConfig",
    "geoplatform.publicmap.apps.PublicMapConfig",
    "geoplatform.changes.apps.ChangesConfig",
    "geoplatform.facilities.apps.FacilitiesConfig",
    "geoplatform.indicators.apps.IndicatorsConfig",
    "geoplatform.maptools.apps.MapToolsConfig",
    "geoplatform.remarks.apps.RemarksConfig",
):
    if find_spec(_dotted.rsplit(".", 1)[0]) is not None:
        _OURS_FIRST.append(_dotted)
# Out: GeoServer; WhiteNoise, since nginx serves /static/.
_OUT = {
    "geonode.geoserver",
    "geonode.geoserver.processing",
    "whitenoise.runserver_nostatic",
}
INSTALLED_APPS = (
    *_OURS_FIRST,
    *(app for app in INSTALLED_APPS if app not in _OUT),
    # Its ready() runs after everybody's: it undoes what GeoNode's apps write into settings while they start.
    "geoplatform.hub.closing.apps.ClosingConfig",
)
# No command runs over HTTP: none is exposed, and their addresses are out (geoplatform.hub.geonode_urls). The app itself stays,
# since GeoNode imports its models and their table must be there when an account is deleted.
MANAGEMENT_COMMANDS_EXPOSED_OVER_HTTP = set()
USE_GEOSERVER = False
# Names a package that is not GeoServer, so that `check_ogc_backend(geoserver)` is false everywhere.
OGC_SERVER["default"] |= {
    "BACKEND": "geoplatform.hub",
    "LOCATION": SITEURL,
    "WEB_UI_LOCATION": SITEURL,
    "PUBLIC_LOCATION": SITEURL,
    "USER": "",
    "PASSWORD": "",
    "DATASTORE": "datastore",
    "BACKEND_WRITE_ENABLED": False,
    "GEOFENCE_SECURITY_ENABLED": False,
    "MAPFISH_PRINT_ENABLED": False,
    "PRINT_NG_ENABLED": False,
    "LOG_FILE": "",
}
GEOSERVER_LOCATION = GEOSERVER_PUBLIC_LOCATION = GEOSERVER_WEB_UI_LOCATION = SITEURL
GEOSERVER_ADMIN_USER = GEOSERVER_ADMIN_PASSWORD = GEOSERVER_FACTORY_PASSWORD = ""
# A viewer's map asks nobody but us: GeoNode's background maps would tell others who looks at what.
MAPSTORE_BASELAYERS = [
    {"type": "empty", "title": "Empty", "name": "empty", "source": "ol", "group": "background", "visibility": True},
]
MAPSTORE_BASELAYERS_SOURCES = {}
# It asks GeoServer's WPS and WFS for downloads, which are not here; the button "Download" gives the dataset.
MAPSTORE_PLUGINS_CONFIG_PATCH_RULES = [
    {"op": "remove", "jsonpath": f"$.{viewer}..[?(@.name == 'LayerDownload')]"}
    for viewer in ("dataset_viewer", "dataset_viewer_non_spatial", "map_viewer", "dashboard_viewer")
]
FEATURE_VALIDATORS = []  # the stock one asks GeoServer
GEONODE_CLIENT_HOOKSET = "geoplatform.hub.hooksets.HubHookSet"
DEFAULT_DATASET_DOWNLOAD_HANDLER = "geoplatform.hub.download.HubDownloadHandler"

TEMPLATES[0]["OPTIONS"]["context_processors"] = [
    processor for processor in TEMPLATES[0]["OPTIONS"]["context_processors"] if "geoserver" not in processor
]

# --- Middleware ------------------------------------------------------------------------------------------------------------
_REPLACED = {
    # Portal pages take their language from the URL, GeoNode's from cookie and browser.
    "django.middleware.locale.LocaleMiddleware": "geoplatform.hub.middleware.LanguageMiddleware",
    "geonode.base.middleware.ProfileLanguageMiddleware": "geoplatform.hub.middleware.ProfileLanguageMiddleware",
    # GeoNode's two write a session for each anonymous visitor.
    "geonode.base.middleware.MaintenanceMiddleware": "geoplatform.hub.middleware.MaintenanceMiddleware",
    "geonode.base.middleware.ReadOnlyMiddleware": "geoplatform.hub.middleware.ReadOnlyMiddleware",
    # nginx serves /static/; WhiteNoise would list thousands of files at each start.
    "whitenoise.middleware.WhiteNoiseMiddleware": None,
}
MIDDLEWARE = tuple(name for name in (_REPLACED.get(old, old) for old in MIDDLEWARE) if name)
# Signed-in people are known to the serving plane by a cookie of its own.
_after = MIDDLEWARE.index("django.contrib.auth.middleware.AuthenticationMiddleware") + 1
MIDDLEWARE = (*MIDDLEWARE[:_after], "geoplatform.hub.access_cookie.AccessCookieMiddleware", *MIDDLEWARE[_after:])

# --- Secrets and safety ----------------------------------------------------------------------------------------------------
DEBUG = False
TEMPLATES[0]["OPTIONS"]["debug"] = False
SECRET_KEY = _installation.secret("django")
OAUTH2_PROVIDER = OAUTH2_PROVIDER | {
    "OIDC_ISS_ENDPOINT": SITEURL,
    "OIDC_USERINFO_ENDPOINT": f"{SITEURL}api/v2/userinfo/",
    # GeoNode ships one private key to everybody.
    "OIDC_RSA_PRIVATE_KEY": oidc_private_key(_installation.var / "oidc.pem"),
    "PKCE_REQUIRED": True,
}
OAUTH2_DEFAULT_BACKEND_CLIENT_NAME = "geoplatform"
OAUTH2_API_KEY = _installation.secret("oauth_api_key")  # unset, it lets anybody read users and roles

ALLOWED_HOSTS = sorted({_host, "localhost", "127.0.0.1", *os.environ.get("GEOPLATFORM_ALLOWED_HOSTS", "").split(",")} - {""})
CSRF_TRUSTED_ORIGINS = [_installation.site_url]
CORS_ALLOW_ALL_ORIGINS = False
CORS_ALLOWED_ORIGINS = []
CORS_ALLOW_CREDENTIALS = False
# As the policy that nginx sends: frame-ancestors 'self' (MapStore frames its own pages).
X_FRAME_OPTIONS = "SAMEORIGIN"
# The control plane listens on loopback only; nginx overwrites these headers, so they can be believed.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
USE_X_FORWARDED_HOST = False
ALLAUTH_TRUSTED_PROXY_COUNT = 1
# A cookie marked secure never comes back over plain http; over https none may go without.
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = _https
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
SECURE_HSTS_SECONDS = 31_536_000 if _https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = False  # the municipality's other sites are not ours to decide on
# The municipal proxy must not fetch what only this machine can reach.
PROXY_ALLOWED_HOSTS = ()
PROXY_ALLOWED_PARAMS_NEEDLES = ()
PROXY_ALLOWED_PATH_NEEDLES = ()
CSRF_FAILURE_VIEW = "geoplatform.portal.errors.csrf_failure"

# What is uploaded is its owner's until they share it.
DEFAULT_ANONYMOUS_PERMISSIONS = "none"
DEFAULT_REGISTERED_MEMBERS_PERMISSIONS = "none"
DEFAULT_ANONYMOUS_VIEW_PERMISSION = DEFAULT_ANONYMOUS_DOWNLOAD_PERMISSION = False
EDITORS_CAN_MANAGE_ANONYMOUS_PERMISSIONS = False
# Staff make accounts. Opened, sign-up asks for a confirmed address.
ACCOUNT_OPEN_SIGNUP = os.environ.get("GEOPLATFORM_OPEN_SIGNUP") == "1"
ACCOUNT_OPEN_SOCIALSIGNUP = False
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_CONFIRM_EMAIL_ON_GET = False  # mail scanners follow links
# A newcomer may look; adding data is for those whom staff made contributors.
AUTO_ASSIGN_REGISTERED_MEMBERS_TO_CONTRIBUTORS = False
ACCOUNT_SIGNUP_REDIRECT_URL = ACCOUNT_LOGIN_REDIRECT_URL = ACCOUNT_LOGOUT_REDIRECT_URL = "/"
LOGIN_REDIRECT_URL = LOGOUT_REDIRECT_URL = "/"
LOGIN_URL = "/account/login/"  # relative: works behind whichever name the visitor used
LOGOUT_URL = "/account/logout/"
TWITTER_CARD = False

# A layer's ceiling has the last word on its permissions.
PERMISSIONS_HANDLERS = [*PERMISSIONS_HANDLERS, "geoplatform.hub.permissions.CeilingHandler"]

# Files become layers and rasters of ours; GeoNode's own handlers are asked for the rest (3D tiles, remote ones).
IMPORTER_HANDLERS = [
    "geoplatform.hub.uploads.handler.LayerFileHandler",
    "geoplatform.hub.uploads.raster_handler.RasterFileHandler",
    "geoplatform.hub.uploads.style_handler.StyleFileHandler",
    "geoplatform.hub.uploads.style_handler.MetadataFileHandler",
]

# The browsable API offers forms for everything to everybody; the JSON is the interface.
REST_FRAMEWORK = REST_FRAMEWORK | {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    # GeoNode's views look records up with get() and answer 500 when there is none.
    "EXCEPTION_HANDLER": "geoplatform.hub.exceptions.handle",
}

# --- Files -----------------------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = str(_installation.var / "static")
MEDIA_ROOT = str(_installation.var / "media")
ASSETS_ROOT = str(_installation.var / "assets")
UPSERT_LOG_LOCATION = str(_installation.var / "run")  # GeoNode writes rejected rows to /tmp
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o750  # GeoNode: everybody may write
FILE_UPLOAD_PERMISSIONS = 0o640
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # nginx reads these as another user.
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage",
        "OPTIONS": {"file_permissions_mode": 0o644, "directory_permissions_mode": 0o755},
    },
}

# --- Mail ------------------------------------------------------------------------------------------------------------------
# Without a mail server letters (they carry reset links) go to files that only the owner reads, never to the log.
if os.environ.get("GEOPLATFORM_SMTP_HOST"):
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_HOST = os.environ["GEOPLATFORM_SMTP_HOST"]
    EMAIL_PORT = int(os.environ.get("GEOPLATFORM_SMTP_PORT", "587"))
    EMAIL_HOST_USER = os.environ.get("GEOPLATFORM_SMTP_USER", "")
    EMAIL_HOST_PASSWORD = os.environ.get("GEOPLATFORM_SECRET_SMTP", "")
    EMAIL_USE_TLS = os.environ.get("GEOPLATFORM_SMTP_TLS", "1") == "1"
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = str(_installation.var / "mail")
EMAIL_ENABLE = True
EMAIL_TIMEOUT = 60  # a server that hangs must not hold a worker
DEFAULT_FROM_EMAIL = SERVER_EMAIL = os.environ.get("GEOPLATFORM_MAIL_FROM", f"geoplatform@{_host}")
THEME_ACCOUNT_CONTACT_EMAIL = os.environ.get("GEOPLATFORM_CONTACT", DEFAULT_FROM_EMAIL)
MANAGERS = ADMINS = []

# --- Language and time -----------------------------------------------------------------------------------------------------
# After the import: GeoNode replaces LANGUAGES by the MapStore client's own five.
LANGUAGE_CODE = "uk"
LANGUAGES = (("uk", "Українська"), ("en", "English"))
LANGUAGE_MAPPINGS = (("uk", "ukr"), *LANGUAGE_MAPPINGS)
MULTILANG_FIELDS = ("title", "abstract")
# Ours before GeoNode's, of whose 1,620 Ukrainian strings 573 are right.
LOCALE_PATHS = (str(_HUB / "pages_locale"), str(_HUB / "locale"))
# One folder with every message in both languages (geoplatform.hub.translations); the client's own have no Ukrainian.
MAPSTORE_TRANSLATIONS_PATH = ["/static/geoplatform/mapstore-translations"]
TIME_ZONE = CELERY_TIMEZONE = "Europe/Kyiv"
PYCSW["CONFIGURATION"]["server"]["language"] = "en"  # pycsw knows no Ukrainian
# GeoNode says "false", a text, which pycsw takes for yes: whoever seems to come from this machine could delete records.
PYCSW["CONFIGURATION"]["manager"] = {"transactions": False, "allowed_ips": []}

# --- Log: faults, not requests -------------------------------------------------------------------------------------------
# The lines of a refused or unknown address quote it, and it may hold a name or the token of a letter.
for _requests in ("django.request", "django.security.csrf"):
    LOGGING["loggers"][_requests] = {"level": "ERROR"}

# --- Celery ----------------------------------------------------------------------------------------------------------------
ASYNC_SIGNALS = True
CELERY_BROKER_URL = f"{_installation.redis_url}/0"
CELERY_RESULT_BACKEND = f"{_installation.redis_url}/1"
CELERY_TASK_ALWAYS_EAGER = False  # GeoNode runs tasks inside the request
CELERY_TASK_EAGER_PROPAGATES = False
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_QUEUES = tuple(queue for queue in CELERY_TASK_QUEUES if queue.exchange.name != "geonode")
CELERY_WORKER_SEND_TASK_EVENTS = CELERY_SEND_TASK_EVENTS = CELERY_SEND_TASK_SENT_EVENT = False  # nobody listens
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 3600
HARVESTING_MONITOR_ENABLED = False  # comes back when a harvester is set up
PINAX_NOTIFICATIONS_QUEUE_ALL = True
CELERY_BEAT_SCHEDULE = {
    "follow-catalogue": {"task": "geoplatform.follow_catalogue", "schedule": 2.0, "options": {"expires": 4}},
    "follow-search": {"task": "geoplatform.follow_search", "schedule": 2.0, "options": {"expires": 4}},
    "follow-walking": {"task": "geoplatform.follow_walking", "schedule": 5.0, "options": {"expires": 10}},
    "tell-followers": {"task": "geoplatform.tell_followers", "schedule": 60.0, "options": {"expires": 60}},
    "purge-followers": {"task": "geoplatform.purge_followers", "schedule": 3600.0, "options": {"expires": 3600}},
    "purge-remarks": {"task": "geoplatform.purge_remarks", "schedule": 86_400.0, "options": {"expires": 3600}},
    "sync-due": {"task": "geoplatform.sync_due", "schedule": 60.0, "options": {"expires": 60}},
}
