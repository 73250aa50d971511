# make run · make demo · make test · make check · make audit · make bench · make docs
PYTHON ?= python3
PY := .venv/bin/python
.DEFAULT_GOAL := run

run: .venv/run.stamp ## the dashboard on 127.0.0.1:8050, with the data in data/
	@$(PY) -m etl upgrade
	@$(PY) -m etl load || test $$? -eq 1
	@$(PY) -m dashboard serve --trial

demo: export DATABASE_URL = sqlite:///$(CURDIR)/data/var/demo.db
demo: .venv/run.stamp ## the same with a synthetic data set, every page marked 演示数据
	@$(PY) -m etl demo
	@$(PY) -m dashboard serve --trial

test: check ## everything, browser tests too
	@$(PY) -m pytest -n 2 --dist loadgroup $$(tests/prepare.sh)

check: .venv/test.stamp ## style, types, import rules, documents in step
	@.venv/bin/ruff check . && .venv/bin/ruff format --check . && .venv/bin/mypy && .venv/bin/lint-imports
	@$(PY) -m docs.generate --check
	@if [ -f data/var/advisories.json ]; then $(PY) -m tools.advisories check; else \
	  echo '依赖未经审计：没有公告数据，见 docs/operations.md / DEPENDENCIES NOT AUDITED: no advisory data, see docs/operations.md' >&2; fi

audit: .venv/test.stamp ## known vulnerabilities in the lock files, judged by pip-audit
	@$(PY) -m tools.advisories check

advisories: .venv/test.stamp ## what the audit knows, from a clone of pypa/advisory-database: make advisories CLONE=path
	@$(PY) -m tools.advisories update $(CLONE)

bench: .venv/test.stamp ## the three views beside plain Dash, and a large CSV beside pandas
	@$(PY) -m bench.loading
	@$(PY) -m bench

docs: .venv/test.stamp ## write the generated documents
	@$(PY) -m docs.generate

lock: ## the lock files anew, from pyproject.toml
	uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" -o requirements.lock
	uv pip compile pyproject.toml --extra test --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" -c requirements.lock -o requirements-test.lock

.venv/run.stamp: requirements.lock
	@tools/environment.sh $(PYTHON) requirements.lock
	@touch $@

.venv/test.stamp: requirements-test.lock
	@tools/environment.sh $(PYTHON) requirements-test.lock
	@touch $@ .venv/run.stamp

.PHONY: run demo test check audit advisories bench docs lock
