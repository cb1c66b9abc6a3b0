#!/usr/bin/env bash
# Lock every package by version and hash from setup.cfg: names, versions, hashes, nothing else.
set -euo pipefail
cd "$(dirname "$0")/.."
tool=$(mktemp -d)
trap 'rm -rf "$tool"' EXIT
python3 -m venv "$tool" && "$tool/bin/pip" install --quiet 'uv>=0.9'
plain=(--generate-hashes --no-header --no-annotate --quiet)
"$tool/bin/uv" pip compile setup.cfg --extra postgres --extra sign --extra dev "${plain[@]}" -o deploy/requirements-dev.lock
"$tool/bin/uv" pip compile setup.cfg --extra postgres --extra sign -c deploy/requirements-dev.lock "${plain[@]}" -o deploy/requirements.lock
