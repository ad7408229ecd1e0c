@echo off
rem 打开讲话问答：在浏览器里打开聊天页面，窗口里写着地址；关上这个窗口就停止。
chcp 936 >nul
title 讲话问答
call "%~dp0speechqa.bat" serve --open %*
if errorlevel 1 pause
