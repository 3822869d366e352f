#!/bin/sh
# Write the lock files anew from pyproject.toml: run after a change of dependencies. Needs uv.
set -eu
cd "$(dirname "$0")"
lock() { uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --no-emit-index-url --no-emit-find-links "$@"; }
lock pyproject.toml --group build -o requirements.lock
lock pyproject.toml --group build --group test -o requirements-test.lock
