#!/bin/sh
# 安装、升级、退回讲话问答：不联网、不编译、不用 root。用法见旁边的 说明.txt，或 sh install.sh --help。
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
wanted=$(sed -n 's/^ *"python": "\(.*\)",*$/\1/p' "$here/bundle.json")

stop() { printf '错误：%s\n' "$1" >&2; exit "${2:-3}"; }

# 用哪个文件夹、哪个 Python：命令行上写明的，其余交给 install.py。
to=${HOME:-/tmp}/speechqa
python=
before=
for word in "$@"; do
  case $before in
    --to) to=$word ;;
    --python) python=$word ;;
  esac
  case $word in
    --to=*) to=${word#--to=} ;;
    --python=*) python=${word#--python=} ;;
  esac
  before=$word
done

# 先核对每一个文件，再运行其中任何一个。
command -v sha256sum >/dev/null 2>&1 || stop "这台机器没有 sha256sum，核对不了文件。请先装 coreutils。"
(cd -- "$here" && sha256sum -c --quiet SHA256SUMS >&2) ||
  stop "有文件与 SHA256SUMS 不符或缺失（见上）：安装包不完整。请重新拷贝，再运行一次。什么也没有装。"

fits() { "$1" -c 'import sys, venv; sys.exit("%d.%d" % sys.version_info[:2] != sys.argv[1])' "$wanted" 2>/dev/null; }

runtime=
for file in "$here"/runtime/*; do
  if [ -f "$file" ]; then runtime=$file; fi
done
if [ -n "$python" ]; then
  fits "$python" || stop "--python $python 不能用：要 Python $wanted，带 venv 模块。请改正，或去掉 --python。" 2
elif [ -n "$runtime" ]; then
  mkdir -p -- "$to"
  unpacked=$(CDPATH='' cd -- "$to" && pwd)/.runtime.$$
  trap 'rm -rf -- "$unpacked"' EXIT
  trap 'exit 130' HUP INT TERM
  mkdir -- "$unpacked"
  tar -xzf "$runtime" -C "$unpacked" || stop "自带的 Python 解不开：$runtime。请检查 $to 所在的磁盘还有没有空间。"
  for file in "$unpacked"/bin/python3 "$unpacked"/*/bin/python3; do
    if [ -x "$file" ]; then python=$file; fi
  done
  [ -n "$python" ] && fits "$python" ||
    stop "自带的 Python 在这台机器上运行不了：要 Python $wanted。请用 --python 指明本机的。"
  set -- "$@" --unpacked "$unpacked"
else
  for name in "python$wanted" python3 python; do
    found=$(command -v "$name" 2>/dev/null) || continue
    if fits "$found"; then python=$found; break; fi
  done
  [ -n "$python" ] ||
    stop "这台机器上没有 Python $wanted（带 venv 模块）。请用 --python 指明它在哪里，或换一个自带 Python 的安装包（speechqa bundle --runtime）。"
fi
status=0
"$python" -I -X utf8 "$here/install.py" "$@" || status=$?
exit "$status"
