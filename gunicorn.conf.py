"""gunicorn's settings; ``python -m dashboard serve`` and ``make run`` use them."""

import gc
import os
import sys

from dashboard.settings import CHECKED, DEFAULT_BIND, SettingsError, check_exposure

os.environ[CHECKED] = "1"  # on_starting looks at it, after the application is loaded
bind = os.environ.get("DABIAO_BIND", DEFAULT_BIND)
workers = int(os.environ.get("DABIAO_WORKERS", "2"))
worker_class = "gthread"
threads = int(os.environ.get("DABIAO_THREADS", "4"))
preload_app = True
control_socket_disable = True
forwarded_allow_ips = ""  # dashboard/access/proxies.py decides whom to believe
timeout = 60
graceful_timeout = 20
keepalive = 5
max_requests = 20000
max_requests_jitter = 2000


def on_starting(server):
    """Whatever address was given, here or on the command line: outside loopback only with a secret of one's own."""
    try:
        secret = os.environ.get("DABIAO_SECRET_KEY", "").strip() or None
        check_exposure([_text(address) for address in server.cfg.address], os.environ.get("DABIAO_URL"), secret)
    except SettingsError as error:
        sys.exit(f"{error.zh}\n{error.en}")


def when_ready(server):
    """What is loaded before the workers are forked stays for ever: it is not searched for garbage again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def post_fork(server, worker):
    """Connections are not shared between processes."""
    from app import server as application

    application.extensions["dabiao"].engine.dispose(close=False)


def _text(address):
    return f"{address[0]}:{address[1]}" if isinstance(address, tuple) else f"unix:{address}"
