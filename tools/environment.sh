#!/bin/sh
# Make .venv from a lock file. Usage: environment.sh PYTHON LOCK
set -eu
python="$1" lock="$2"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
  echo "需要 Python 3.11 或更新版本 / Python 3.11 or later is needed: $("$python" --version 2>&1)" >&2; exit 1; }
if [ ! -x .venv/bin/python ] || ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
  rm -rf .venv
  "$python" -m venv .venv 2>/dev/null || "$python" -m virtualenv -q .venv 2>/dev/null || {
    rm -rf .venv
    echo "无法建立 Python 环境，请安装 python3-venv（apt install python3-venv）后再试。" >&2
    echo "The Python environment could not be made; install python3-venv (apt install python3-venv) and try again." >&2
    exit 1; }
fi
echo "安装依赖（首次约一分钟）/ installing dependencies (about a minute the first time)" >&2
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r "$lock"
.venv/bin/python -m compileall -q dashboard etl warehouse # so that no start compiles them, even where Python may not keep it
