@echo off
rem 安装、升级讲话问答：不联网、不编译、不用管理员。用法见旁边的 说明.txt。
setlocal EnableExtensions DisableDelayedExpansion
chcp 936 >nul
set "HERE=%~dp0"
set "TO=%LOCALAPPDATA%\speechqa"
if /i "%~1"=="--to" set "TO=%~2"
set "PYTHON="
set "UNPACKED="
set "WANTED="
for /f "tokens=2 delims=:, " %%v in ('findstr /c:"\"python\":" "%HERE%bundle.json"') do set "WANTED=%%~v"

rem 自带的 Python 先核对，再解开。
for %%f in ("%HERE%runtime\*") do call :runtime "%%~ff" || goto failed
if not defined PYTHON for /f "delims=" %%p in ('py -%WANTED% -c "import sys; print(sys.executable)" 2^>nul') do set "PYTHON=%%p"
if not defined PYTHON (
  echo 错误：这台机器上没有 Python %WANTED%。请先安装它，或换一个自带 Python 的安装包。
  goto failed
)
if defined UNPACKED (
  "%PYTHON%" -I -X utf8 "%HERE%install.py" --to "%TO%" --unpacked "%UNPACKED%"
) else (
  "%PYTHON%" -I -X utf8 "%HERE%install.py" --to "%TO%"
)
if errorlevel 1 goto failed
if defined UNPACKED if exist "%UNPACKED%" rmdir /s /q "%UNPACKED%"
pause
exit /b 0

:runtime
set "SUM="
for /f "delims=" %%h in ('certutil -hashfile "%~1" SHA256 ^| findstr /r /i "^[0-9a-f][0-9a-f]*$"') do set "SUM=%%h"
findstr /i /b /l /c:"%SUM%  runtime/%~nx1" "%HERE%SHA256SUMS" >nul
if errorlevel 1 (
  echo 错误：%~nx1 与 SHA256SUMS 不符：安装包不完整。请重新拷贝。
  exit /b 1
)
if not exist "%TO%" mkdir "%TO%"
set "UNPACKED=%TO%\.runtime"
if exist "%UNPACKED%" rmdir /s /q "%UNPACKED%"
mkdir "%UNPACKED%"
tar -xzf "%~1" -C "%UNPACKED%"
if errorlevel 1 (
  echo 错误：自带的 Python 解不开。请检查磁盘还有没有空间。
  exit /b 1
)
for /r "%UNPACKED%" %%p in (python.exe) do if exist "%%p" if not defined PYTHON set "PYTHON=%%p"
exit /b 0

:failed
if defined UNPACKED if exist "%UNPACKED%" rmdir /s /q "%UNPACKED%"
pause
exit /b 3
