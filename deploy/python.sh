#!/usr/bin/env bash
# Make the virtual environment with exactly the locked packages. $1: its folder.
set -euo pipefail
venv=$1
if [ ! -x "$venv/bin/python" ]; then
  if ! python3 -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    bash "$(dirname "$0")/debian.sh" python3 python3-venv
  fi
  echo "Tạo môi trường Python trong $venv"
  python3 -m venv "$venv"
fi
echo "Cài các gói Python đã khóa phiên bản (deploy/requirements-dev.lock)"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps \
  -r "$(dirname "$0")/requirements-dev.lock"
