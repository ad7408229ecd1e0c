@echo off
rem 退回上一版；再运行一次就又换回来。
setlocal EnableExtensions DisableDelayedExpansion
chcp 936 >nul
set "HERE=%~dp0"
set "RELEASE="
set /p RELEASE=<"%HERE%CURRENT"
"%HERE%releases\%RELEASE%\venv\Scripts\python.exe" -I -X utf8 "%HERE%install.py" rollback --to "%HERE%."
pause
