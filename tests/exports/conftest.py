"""The two sites of the dashboard's tests, and an app to ask over HTTP."""

from tests.dashboard.conftest import app as app
from tests.dashboard.conftest import browser as browser
from tests.dashboard.conftest import demo as demo
from tests.dashboard.conftest import make_app as make_app
from tests.dashboard.conftest import own as own
from tests.dashboard.conftest import site as site
