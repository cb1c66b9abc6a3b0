# Two commands matter: `make run` and `make test`. Both set up whatever is missing.
SHELL := /bin/bash
VENV := .venv
PY := $(VENV)/bin/python
READY := $(VENV)/.ready-$(shell sha256sum deploy/requirements-dev.lock | cut -c1-12)
# The day the contents were last checked. A fact past its review day must fail the author's own check
# (`python -m courses content`), not the build of somebody who mends a button.
CONTENT_CHECKED := 2026-11-21
export PYTHONDONTWRITEBYTECODE := 1

.PHONY: help run test check bench debian clean lock fast

help:
	@echo "make run    dựng mọi thứ cần thiết, tạo tỉnh mẫu và chạy tại http://127.0.0.1:8000"
	@echo "make test   chạy mọi kiểm thử: luật, trang, trình duyệt thật, PostgreSQL thật"
	@echo "make check  kiểm tra định dạng, kiểu, mẫu trang, chiều phụ thuộc, học liệu"
	@echo "make bench  đo tốc độ, in ra tỉ lệ so với giới hạn trong cùng lần chạy"

run: $(READY)
	@bash deploy/debian.sh libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0
	@bash deploy/run.sh

test: $(READY) debian check
	@$(PY) -m tests.run

check: $(READY)
	@$(VENV)/bin/ruff check . && $(VENV)/bin/ruff format --check . \
	  && $(VENV)/bin/mypy && $(VENV)/bin/lint-imports --no-cache \
	  && $(VENV)/bin/djlint lms --lint --quiet && $(PY) -m courses --today $(CONTENT_CHECKED) content

bench: $(READY) debian
	@$(PY) -m bench

debian:
	@bash deploy/debian.sh

$(READY): deploy/requirements-dev.lock setup.cfg
	@bash deploy/python.sh $(VENV)
	@touch $@

lock: $(READY)
	@bash deploy/lock.sh

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache
