#!/bin/sh
# 退回上一版；再运行一次就又换回来。用哪一版的 Python 都行：现在这一版坏了也能退。
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd) || exit 4
for python in "$here"/releases/*/venv/bin/python; do
  if [ -x "$python" ] && "$python" -I -c '' 2>/dev/null; then exec "$python" -I -X utf8 "$here/install.py" rollback --to "$here"; fi
done
printf '错误：%s 里没有装好的版本。\n' "$here" >&2
exit 3
