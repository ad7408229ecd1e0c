#!/bin/sh
# 打开讲话问答：在浏览器里打开聊天页面，窗口里写着地址；关上这个窗口（或按 Ctrl-C）就停止。
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd) || exit 4
sh "$here/speechqa.sh" serve --open "$@" && exit 0
status=$?
case $status in
  130 | 129 | 143) exit 0 ;;
esac
printf '没有启动（见上）。按回车键关闭。\n'
read -r _ || true
exit "$status"
