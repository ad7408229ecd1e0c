@echo off
rem 运行现在用的那一版；旁边的 config.toml（若有）是它的设置。
setlocal EnableExtensions DisableDelayedExpansion
set "HERE=%~dp0"
set "RELEASE="
set /p RELEASE=<"%HERE%CURRENT"
if not defined SPEECHQA_CONFIG if exist "%HERE%config.toml" set "SPEECHQA_CONFIG=%HERE%config.toml"
"%HERE%releases\%RELEASE%\venv\Scripts\python.exe" -P -m qa %*
