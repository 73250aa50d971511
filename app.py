"""gunicorn's door: ``gunicorn app:server``."""

import sys

from dashboard.factory import create_app
from dashboard.settings import SettingsError, check_listening

try:
    check_listening()
    app = create_app()
except SettingsError as error:
    sys.exit(f"{error.zh}\n{error.en}")
server = app.server
