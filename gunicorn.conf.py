"""gunicorn's settings; ``python -m dashboard serve`` and ``make run`` use them."""

import gc
import os

bind = os.environ.get("DABIAO_BIND", "127.0.0.1:8050")
workers = int(os.environ.get("DABIAO_WORKERS", "2"))
worker_class = "gthread"
threads = int(os.environ.get("DABIAO_THREADS", "4"))
preload_app = True
control_socket_disable = True
timeout = 60
graceful_timeout = 20
keepalive = 5
max_requests = 20000
max_requests_jitter = 2000


def when_ready(server):
    """What is loaded before the workers are forked stays for ever: it is not searched for garbage again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def post_fork(server, worker):
    """Connections are not shared between processes."""
    from app import server as application

    application.extensions["dabiao"].engine.dispose(close=False)
