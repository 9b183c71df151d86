#!/usr/bin/env bash
# Builds sdist -> wheel with the locked tools and uses the wheel as a stranger would: another environment, another folder.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
python=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset PYTHONPATH PYTHONHOME
export PIP_DISABLE_PIP_VERSION_CHECK=1

fail() { echo "wheel-check: $*" >&2; exit 1; }

cd "$root"
"$python" -m hatchling build -t sdist -d "$work/dist" >/dev/null 2>"$work/log" || fail "hatchling: $(cat "$work/log")"
"$python" -m pip wheel --quiet --no-deps --no-build-isolation -w "$work/dist" "$work"/dist/*.tar.gz
wheel=$(echo "$work"/dist/*.whl)
names=$("$python" -m zipfile -l "$wheel")
for name in lumakit/specs/lock.yaml lumakit/py.typed mockserver/py.typed mockserver/films/1280x720-5s.mp4 mockserver/dashboard/index.html; do
  grep -qF "$name " <<<"$names" || fail "$name is not in the wheel"
done

"$python" -m venv "$work/venv"
bin=$work/venv/bin
"$bin/pip" install --quiet --require-hashes --only-binary :all: -r "$root/requirements/run.lock"
"$bin/pip" install --quiet --no-deps "$wheel"
"$bin/pip" check >/dev/null || fail "run.lock does not hold what the wheel asks for"

mkdir "$work/empty"
cd "$work/empty"
"$bin/lumakit" lint --edition corrected || fail "the corrected editions are not clean"
status=0
"$bin/lumakit" lint chainhub --edition published --format json >findings.json || status=$?
[ "$status" -eq 1 ] || fail "lint of the published chainhub ended with $status, not with 1"
"$bin/python" -c 'import json; assert json.load(open("findings.json", encoding="utf-8"))["findings"]' || fail "no findings in the JSON"
"$bin/lumakit" show apiframe >/dev/null || fail "show apiframe failed"
"$bin/python" - "$bin/lumakit" <<'EOF' || fail "lumakit mock does not serve a task"
import json, subprocess, sys, urllib.request

with subprocess.Popen([sys.argv[1], "mock", "-p", "0"], stdout=subprocess.PIPE, text=True) as server:
    try:
        url = server.stdout.readline().strip() + "/chainhub/luma/generations"
        headers = {"Authorization": "Bearer any", "Content-Type": "application/json", "Prefer": "status=completed"}
        request = urllib.request.Request(url, b'{"user_prompt": "a gust of wind"}', headers)
        task = json.load(urllib.request.urlopen(request))
        told = urllib.request.Request(f"{url}/{task['id']}", headers={"Authorization": "Bearer any"})
        video = json.load(urllib.request.urlopen(told))["video"]["url"]
        assert urllib.request.urlopen(video).read(12)[4:8] == b"ftyp"
    finally:
        server.terminate()
EOF
echo "wheel-check: $(basename "$wheel") works in an empty environment"
