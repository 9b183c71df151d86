#!/usr/bin/env bash
# Tests every project in examples/ as its owner would: an environment of its own, the wheel of lumakit, two workers.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
python=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset PYTHONPATH PYTHONHOME
export PIP_DISABLE_PIP_VERSION_CHECK=1

fail() { echo "examples: $*" >&2; exit 1; }

wheel() { "$python" -m pip wheel --quiet --no-deps --no-build-isolation -w "$work/dist" "$1"; }

# Built from a copy: a build leaves nothing in the working copy, and takes nothing from it that is not published.
cd "$root"
"$python" -m hatchling build -t sdist -d "$work/dist" >/dev/null 2>"$work/log" || fail "hatchling: $(cat "$work/log")"
wheel "$(echo "$work"/dist/*.tar.gz)"
for project in examples/*/; do
  name=$(basename "$project")
  cp -R "$project" "$work/$name"
  wheel "$work/$name"
  venv=$work/venv-$name
  "$python" -m uv venv --quiet --python "$python" "$venv"
  install() { "$python" -m uv pip install --quiet --python "$venv" "$@"; }
  install --require-hashes --only-binary :all: -r requirements/examples.lock
  install --no-deps "$work"/dist/lumakit-*.whl "$work/dist/$name"-*.whl
  "$python" -m uv pip check --quiet --python "$venv" || fail "examples.lock does not hold what $name asks for"
  rm -rf "${work:?}/$name/src" # what was installed is what is tested
  echo "examples: $name"
  (cd "$work/$name" && "$venv/bin/python" -m pytest -q -n 2 -p no:cacheprovider) || fail "the tests of $name fail"
done
