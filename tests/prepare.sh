#!/bin/sh
# Installs what the tests need from the system, and prints the pytest arguments that follow from it.
# Chromium: Debian's where apt may be used, else Playwright's own. PostgreSQL: Debian's; without it
# its tests are left out, and that is said.
set -eu
install() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null && { apt-get install -y --no-install-recommends "$@" || { apt-get update && apt-get install -y --no-install-recommends "$@"; }; } >/tmp/dabiao-apt.$$ 2>&1; }
if ! command -v chromium >/dev/null && ! command -v chromium-browser >/dev/null && ! command -v google-chrome >/dev/null; then
  install chromium fonts-noto-cjk || .venv/bin/python -m playwright install chromium >&2
fi
if ! ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 && ! install postgresql postgresql-client; then
  echo "没有 PostgreSQL，也无权安装：不运行 PostgreSQL 测试。/ No PostgreSQL and no right to install it: its tests are left out." >&2
  echo '--ignore=tests/warehouse/test_postgresql.py --ignore=tests/warehouse/test_access_on_postgresql.py'
fi
rm -f /tmp/dabiao-apt.$$
