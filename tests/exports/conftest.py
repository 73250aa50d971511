"""The two sites of the dashboard's tests, and files made of them."""

from tests.dashboard.conftest import demo as demo
from tests.dashboard.conftest import own as own
from tests.dashboard.conftest import site as site
