"""gunicorn's settings for MapProxy: few processes, since drawing is MapServer's work; each is replaced now and then."""

worker_class = "gthread"
threads = 4
timeout = 120
graceful_timeout = 10
keepalive = 75  # longer than nginx keeps its connections to us
loglevel = "warning"
max_requests = 20_000
max_requests_jitter = 2_000
