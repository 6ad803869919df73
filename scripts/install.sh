#!/usr/bin/env bash
# Makes .venv with Python 3.11–3.13 and installs what a lock file names, by hash, then the project itself.
set -euo pipefail
cd "$(dirname "$0")/.."
lock=$1

python=""
for name in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
  if "$name" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; then
    python=$name
    break
  fi
done
if [ -z "$python" ]; then
  echo "需要 Python 3.11、3.12 或 3.13；请安装，或用 PYTHON=/路径/python3 指定。" >&2
  echo "Python 3.11, 3.12 or 3.13 is needed; install one, or name it: make demo PYTHON=/path/to/python3" >&2
  exit 1
fi

if ! .venv/bin/python -c '' 2>/dev/null; then
  rm -rf .venv
  if ! "$python" -m venv .venv; then
    rm -rf .venv
    echo "无法建立虚拟环境；在 Debian/Ubuntu 上请先安装 python3-venv。" >&2
    echo "No virtual environment could be made; on Debian or Ubuntu install python3-venv first." >&2
    exit 1
  fi
fi

echo "正在安装依赖（首次约一两分钟）… / installing dependencies (a minute or two the first time) …"
.venv/bin/python -m pip install --quiet --disable-pip-version-check uv || true

# uv does not read pip's settings: a mirror named there is named to uv too.
mirror=${PIP_INDEX_URL:-$(.venv/bin/python -m pip config get global.index-url 2>/dev/null || true)}
if [ -n "$mirror" ] && [ -z "${UV_DEFAULT_INDEX:-}" ]; then
  export UV_DEFAULT_INDEX=$mirror
fi

with_uv() {
  [ -x .venv/bin/uv ] &&
    .venv/bin/uv pip install --quiet --python .venv/bin/python --require-hashes -r "$lock" &&
    .venv/bin/uv pip install --quiet --python .venv/bin/python --no-deps -e .
}
with_pip() {
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r "$lock" &&
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
}
if ! with_uv; then
  echo "uv 未能完成，改用 pip … / uv could not finish; pip goes on …" >&2
  with_pip
fi
