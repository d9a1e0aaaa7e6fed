"""gunicorn's settings for the control plane: Django is large and slow to load, so its processes share one copy."""

worker_class = "gthread"
threads = 4
timeout = 300  # an upload of a large file is one request
graceful_timeout = 12
keepalive = 75
preload_app = True
loglevel = "warning"
max_requests = 5_000
max_requests_jitter = 500


def pre_fork(server, worker):
    """A connection opened while loading must not be used by two processes."""
    from django.core.cache import caches
    from django.db import connections

    connections.close_all()
    caches.close_all()
