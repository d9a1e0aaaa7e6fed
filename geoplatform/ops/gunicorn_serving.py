"""gunicorn's settings for the serving plane: short reads, several at a time in each process."""

worker_class = "gthread"
threads = 4
timeout = 60
graceful_timeout = 10
keepalive = 75  # longer than nginx keeps its connections to us
preload_app = False  # each process opens its own database pools
loglevel = "warning"
max_requests = 100_000
max_requests_jitter = 10_000


def post_worker_init(worker: object) -> None:
    """Load what is slow to load beside the first requests."""
    from geoplatform.serving import slow_imports

    slow_imports.load_soon()
