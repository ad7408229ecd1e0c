#!/bin/sh
# 运行现在用的那一版；旁边的 config.toml（若有）是它的设置。
file=$(readlink -f -- "$0" 2>/dev/null) || file=$0
here=$(CDPATH='' cd -- "$(dirname -- "$file")" && pwd) || exit 4
release=$(cat "$here/CURRENT") || exit 4
if [ -z "${SPEECHQA_CONFIG:-}" ] && [ -f "$here/config.toml" ]; then
  SPEECHQA_CONFIG=$here/config.toml
  export SPEECHQA_CONFIG
fi
exec "$here/releases/$release/venv/bin/python" -P -m qa "$@"
