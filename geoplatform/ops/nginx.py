"""The one entrance: nginx's configuration, written from a template at each start."""

from __future__ import annotations

import os
import pwd
import re
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import jinja2

from geoplatform.access import cookie
from geoplatform.config import Config, ConfigError
from geoplatform.ops import error_pages
from geoplatform.ops.system import as_user, program
from geoplatform.serving.wms import drawing

HERE = Path(__file__).parent
BROTLI = Path("/usr/lib/nginx/modules/ngx_http_brotli_filter_module.so")
#: The user that Debian's nginx drops to when it was started by root.
WORKER_USER = "www-data"

#: Bytes of a request line or header field: a filter of 20,000 Cyrillic letters, six bytes each, with a cursor behind it.
LONGEST_LINE = 160 * 1024
#: Bytes of an address of the control plane; the longest that the map makes takes some thousand.
LONGEST_PAGE_ADDRESS = 16_000
#: What is text, by the type that the answer names, parameters other than the character set included.
COMPRESSED_TYPES = (
    *("text/css", "text/plain", "text/markdown", "text/javascript", "text/csv", "text/xml", "application/javascript"),
    *("application/json", "application/problem+json", "application/geo+json", "application/vnd.ogc.fg+json"),
    *("application/schema+json", "application/ld+json", "application/manifest+json", "application/vnd.mapbox.style+json"),
    *("application/vnd.oai.openapi+json", "application/vnd.oai.openapi+json;version=3.0"),
    *("application/xml", "application/atom+xml", "application/gml+xml", "application/vnd.ogc.se_xml"),
    *("application/vnd.ogc.sld+xml", "application/vnd.ogc.sld+xml;version=1.1"),
    *("application/vnd.mapbox-vector-tile", "image/svg+xml", "font/ttf"),
)
#: How nginx asks MapServer: it gets the query and nothing of the visitor's request, least of all their credentials.
_DRAW = """fastcgi_pass mapserver;
            fastcgi_pass_request_headers off;
            fastcgi_pass_request_body off;
            fastcgi_param REQUEST_METHOD GET;
            fastcgi_param QUERY_STRING "map={maps}/$mapfile&$args";
            fastcgi_next_upstream error timeout invalid_header;
            fastcgi_next_upstream_tries 2;
            fastcgi_connect_timeout 3s;
            fastcgi_read_timeout 40s;
            fastcgi_buffers 16 32k;"""
STRICT_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; worker-src 'self' blob:; "
    "child-src 'self' blob:; font-src 'self' data:; object-src 'none'; base-uri 'self'; form-action 'self'; "
    "frame-ancestors 'self'"
)
#: On the map readers may add layers of other sites, which its printed sheet shows too: pictures and answers over https, never
#: scripts, frames or forms.
MAP_POLICY = STRICT_POLICY.replace("img-src 'self' data: blob:;", "img-src 'self' data: blob: https:; connect-src 'self' https:;")
#: The map alone, for frames of other sites. Nobody is signed in on it.
EMBED_POLICY = STRICT_POLICY.replace("frame-ancestors 'self'", "frame-ancestors *")
#: MapStore draws base maps from other servers (images over https) and compiles expressions.
GEONODE_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob: https:; worker-src 'self' blob:; child-src 'self' blob:; font-src 'self' data:; "
    "object-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)
UPLOAD_POLICY = "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; sandbox"
#: First segments of the addresses that GeoNode's own templates or the MapStore client answer.
GEONODE_PREFIXES = (
    "account|activity|admin|announcements|api|apps|avatar|base|catalogue|datasets|documents|groups|harvesters|"
    "i18n|invitations|jsi18n|maps|metadata|metadata_update_redirect|notifications|o|people|privacy_cookies|resources|security|"
    "services|showmetadata|social|upload"
)


def directory(config: Config) -> Path:
    """Return where nginx keeps its configuration, temporary files and error pages."""
    return config.run / "nginx"


def write_configuration(config: Config) -> Path:
    """Write nginx.conf and the error pages; return the path of the configuration.

    Raises ConfigError when GEOPLATFORM_LISTEN or GEOPLATFORM_TRUSTED_PROXY can't be an address.
    """
    home = directory(config)
    for name in ("empty", "errors"):
        (home / name).mkdir(parents=True, exist_ok=True)
    error_pages.write(home / "errors")
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, keep_trailing_newline=True, autoescape=False)  # noqa: S701 - no HTML
    text = environment.from_string((HERE / "nginx.conf.j2").read_text()).render(
        home=home,
        var=config.var,
        user=worker_user(config),
        brotli=BROTLI if BROTLI.exists() else "",
        compressed_types=" ".join(f'"{name}"' for name in COMPRESSED_TYPES),
        strict_policy=STRICT_POLICY,
        map_policy=MAP_POLICY,
        embed_policy=EMBED_POLICY,
        geonode_policy=GEONODE_POLICY,
        upload_policy=UPLOAD_POLICY,
        geonode_prefixes=GEONODE_PREFIXES,
        listen=listen_address(config),
        hosts=_host_names(config),
        trusted_proxy=_address("GEOPLATFORM_TRUSTED_PROXY", ""),
        control_port=config.port_of("control"),
        serving_port=config.port_of("serving"),
        https=config.site_url.startswith("https://"),
        longest_line=LONGEST_LINE,
        longest_page_address=LONGEST_PAGE_ADDRESS,
        error_pages=error_pages.ERROR_PAGES,
        upload_limit=_size("GEOPLATFORM_UPLOAD_LIMIT", "512m"),
        static_headers="add_header X-Content-Type-Options nosniff always;",
        map_headers="add_header X-Content-Type-Options nosniff always; add_header Access-Control-Allow-Origin * always;",
        draw=_DRAW.format(maps=drawing.directory(config)),
        mapserver_socket=drawing.socket(config),
        mapserver_port=config.port_of("mapserver"),
        mapproxy_port=config.port_of("mapproxy"),
        access_cookie=cookie.NAME,
        secret_header=drawing.SECRET_HEADER,
        drawing_secret=drawing.secret(config),
    )
    path = home / "nginx.conf"
    path.touch(mode=0o600)
    path.chmod(0o600)  # the header that opens MapServer is in it
    path.write_text(text)
    return path


def command(config: Config) -> list[str]:
    """Return the command that runs nginx in the foreground."""
    home = directory(config)
    return [program("nginx"), "-p", str(home), "-e", "stderr", "-c", str(home / "nginx.conf")]


def check(config: Config) -> None:
    """Let nginx read its configuration; raises ConfigError with its complaint."""
    done = subprocess.run([*command(config), "-t", "-q"], capture_output=True, text=True, check=False)
    if done.returncode:
        raise ConfigError(f"nginx does not take its configuration: {done.stderr.strip().splitlines()[0]}")


def listen_address(config: Config) -> str:
    """Return what nginx listens on: loopback unless GEOPLATFORM_LISTEN names an address of this machine (0.0.0.0: all)."""
    host = _address("GEOPLATFORM_LISTEN", "127.0.0.1")
    return f"{f'[{host}]' if ':' in host else host}:{config.port}"


def _host_names(config: Config) -> list[str]:
    """Return the names under which this site may be asked for, as Django's ALLOWED_HOSTS has them."""
    own = (urlsplit(config.site_url).hostname or "localhost", "localhost", "127.0.0.1")
    names = {name.strip().lower() for name in (*own, *os.environ.get("GEOPLATFORM_ALLOWED_HOSTS", "").split(","))} - {""}
    for name in names:
        if not re.fullmatch(r"[0-9a-z.:\[\]-]+", name):
            raise ConfigError(f"{name!r} in GEOPLATFORM_ALLOWED_HOSTS or GEOPLATFORM_SITE_URL is not a host name.")
    return sorted(names)


def _address(variable: str, default: str) -> str:
    value = os.environ.get(variable) or default
    if not re.fullmatch(r"[0-9A-Za-z.:/-]*", value):
        raise ConfigError(f"{variable}={value!r} is not an address.")
    return value


def _size(variable: str, default: str) -> str:
    value = os.environ.get(variable) or default
    if not re.fullmatch(r"[0-9]+[kmg]", value):
        raise ConfigError(f"{variable}={value!r} is not a size; write it like 512m.")
    return value


def worker_user(config: Config) -> str:
    """Return the user for nginx's workers when root starts it: www-data if it can read what is served, else root."""
    if os.geteuid() != 0:
        return ""
    try:
        pwd.getpwnam(WORKER_USER)
    except KeyError:
        return "root"
    probe = subprocess.run([*as_user(WORKER_USER), "test", "-x", str(config.var)], cwd="/", check=False)
    return WORKER_USER if probe.returncode == 0 else "root"
