#!/usr/bin/env bash
# Serve a demonstration province from this folder: database, accounts, worker, web server.
set -euo pipefail
cd "$(dirname "$0")/.."
export LMS_DATA_DIR="${LMS_DATA_DIR:-$PWD/du-lieu}"
port="${PORT:-8000}"
export LMS_PUBLIC_URL="${LMS_PUBLIC_URL:-http://127.0.0.1:$port}"
mkdir -p "$LMS_DATA_DIR"
if [ -z "${LMS_SECRET_KEY:-}" ]; then
  secret="$LMS_DATA_DIR/khoa-bi-mat"
  [ -s "$secret" ] || (umask 077 && python3 -c 'import secrets; print(secrets.token_hex(32))' > "$secret")
  LMS_SECRET_KEY=$(cat "$secret")
  export LMS_SECRET_KEY
fi
.venv/bin/flask --app wsgi lms init
.venv/bin/flask --app wsgi lms demo
.venv/bin/flask --app wsgi lms jobs &
worker=$!
trap 'kill $worker 2>/dev/null || true' EXIT
echo
echo "Mở $LMS_PUBLIC_URL để dùng. Bấm Ctrl+C để dừng."
.venv/bin/granian --interface wsgi --host "${HOST:-127.0.0.1}" --port "$port" --workers 1 --blocking-threads 4 \
  --no-ws --log-level warning wsgi:app
