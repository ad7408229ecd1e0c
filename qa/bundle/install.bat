@echo off
rem 安装、升级、退回讲话问答：不联网、不编译、不用管理员。用法见旁边的 说明.txt。
rem install.bat [install、rollback 或 list] [--to 文件夹] [--python 路径]
setlocal EnableExtensions DisableDelayedExpansion
chcp 936 >nul
set "HERE=%~dp0"
set "TO=%LOCALAPPDATA%\speechqa"
set "COMMAND=install"
set "PYTHON="
set "UNPACKED="
set "WANTED="
set "STATUS=3"

:words
if "%~1"=="" goto check
if /i "%~1"=="--to" goto to
if /i "%~1"=="--python" goto python
if /i "%~1"=="install" goto command
if /i "%~1"=="rollback" goto command
if /i "%~1"=="list" goto command
goto usage

:to
set "TO=%~2"
if not defined TO goto usage
shift
shift
goto words

:python
set "PYTHON=%~2"
if not defined PYTHON goto usage
shift
shift
goto words

:command
set "COMMAND=%~1"
shift
goto words

:usage
echo 错误：参数不对。用法：install.bat [install、rollback 或 list] [--to 文件夹] [--python 路径]
set "STATUS=2"
goto done

rem 先核对，再运行：这里核对安装程序和自带的 Python，其余每一个文件由安装程序核对。
:check
call :same "install.py" "install.py"
if errorlevel 1 goto done
call :same "bundle.json" "bundle.json"
if errorlevel 1 goto done
for /f "tokens=2 delims=:, " %%v in ('findstr /c:"\"python\":" "%HERE%bundle.json"') do set "WANTED=%%~v"
if defined PYTHON goto given
for %%f in ("%HERE%runtime\*") do call :runtime "%%~nxf" || goto done
if defined PYTHON goto given
for /f "delims=" %%p in ('py -%WANTED% -c "import sys; print(sys.executable)" 2^>nul') do call :try "%%p"
for /f "delims=" %%p in ('where python 2^>nul') do call :try "%%p"
if defined PYTHON goto run
echo 错误：这台机器上没有 Python %WANTED%。请先安装它，用 --python 指明它在哪里，或换一个自带 Python 的安装包。
goto done

:given
call :fits "%PYTHON%"
if not errorlevel 1 goto run
echo 错误：这个 Python 在这台机器上不能用：要 Python %WANTED%，带 venv 模块。请用 --python 指明另一个。
set "STATUS=2"
goto done

rem 装在旧的旁边，试问过才切换，留着上一版；退回也由它做。
:run
if defined UNPACKED goto unpacked
"%PYTHON%" -I -X utf8 "%HERE%install.py" %COMMAND% --to "%TO%\."
set "STATUS=%errorlevel%"
goto done

:unpacked
"%PYTHON%" -I -X utf8 "%HERE%install.py" %COMMAND% --to "%TO%\." --unpacked "%UNPACKED%"
set "STATUS=%errorlevel%"

:done
if defined UNPACKED if exist "%UNPACKED%" rmdir /s /q "%UNPACKED%"
pause
exit /b %STATUS%

:same
set "SUM="
for /f "delims=" %%h in ('certutil -hashfile "%HERE%%~1" SHA256 ^| findstr /r /i "^[0-9a-f][0-9a-f]*$"') do set "SUM=%%h"
findstr /i /b /l /c:"%SUM%  %~2" "%HERE%SHA256SUMS" >nul
if not errorlevel 1 exit /b 0
echo 错误：%~2 与 SHA256SUMS 不符或缺失：安装包不完整。请重新拷贝，再运行一次。什么也没有装。
exit /b 1

:runtime
call :same "runtime\%~1" "runtime/%~1"
if errorlevel 1 exit /b 1
if not exist "%TO%" mkdir "%TO%"
set "UNPACKED=%TO%\.runtime"
if exist "%UNPACKED%" rmdir /s /q "%UNPACKED%"
mkdir "%UNPACKED%"
tar -xzf "%HERE%runtime\%~1" -C "%UNPACKED%"
if errorlevel 1 goto torn
for /r "%UNPACKED%" %%p in (python.exe) do if exist "%%p" if not defined PYTHON set "PYTHON=%%p"
exit /b 0

:torn
echo 错误：自带的 Python 解不开。请检查磁盘还有没有空间。
exit /b 1

:try
if defined PYTHON exit /b 0
call :fits "%~1"
if not errorlevel 1 set "PYTHON=%~1"
exit /b 0

:fits
"%~1" -c "import sys, venv; sys.exit('.'.join(map(str, sys.version_info[:2])) != '%WANTED%')" >nul 2>nul
exit /b %errorlevel%
