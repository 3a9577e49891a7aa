@echo off
rem The agent's command line, with the runtime that it was tested with. What a developer has set for a
rem Node of their own is not for this one.
setlocal
set NODE_OPTIONS=
set NODE_PATH=
"%~dp0..\runtime\node.exe" "%~dp0..\dist\cli\countersign.js" %*
