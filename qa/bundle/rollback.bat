@echo off
rem 退回上一版；再运行一次就又换回来。用哪一版的 Python 都行：现在这一版坏了也能退。
setlocal EnableExtensions DisableDelayedExpansion
chcp 936 >nul
set "HERE=%~dp0"
set "PYTHON="
for /d %%r in ("%HERE%releases\*") do call :try "%%~r\venv\Scripts\python.exe"
set "STATUS=3"
if defined PYTHON goto run
echo 错误：这里没有装好的版本。
goto done

:run
"%PYTHON%" -I -X utf8 "%HERE%install.py" rollback --to "%HERE%."
set "STATUS=%errorlevel%"

:done
pause
exit /b %STATUS%

:try
if defined PYTHON exit /b 0
if not exist "%~1" exit /b 0
"%~1" -I -c "" >nul 2>nul
if not errorlevel 1 set "PYTHON=%~1"
exit /b 0
