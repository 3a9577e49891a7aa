// Binds the N-API functions to the running executable, whatever its name is ("countersign.exe").
//
// The addon's import table can only name "node.exe". With the delayed import that this hook
// answers, the name is looked up nowhere. node-gyp does the same for the compiler of Visual Studio,
// with a source file of its own; this one serves mingw-w64.
#include <windows.h>
// windows.h first
#include <delayimp.h>

#include <cstring>

namespace {

FARPROC WINAPI LoadHost(unsigned event, PDelayLoadInfo info) {
  if (event != dliNotePreLoadLibrary || std::strcmp(info->szDll, "node.exe") != 0) return nullptr;
  return reinterpret_cast<FARPROC>(reinterpret_cast<void*>(GetModuleHandleW(nullptr)));
}

}  // namespace

PfnDliHook __pfnDliNotifyHook2 = &LoadHost;
