// Change notification of the personal stores, which Wine's CertControlStore accepts and forgets. As
// Windows documents it: one event a request; resynchronising with an event asks for the next
// change.
#include <windows.h>
// windows.h first
#include <wincrypt.h>

#include "hook.h"

namespace ncrypt_double {
namespace {

constexpr wchar_t kUserStore[] = L"Software\\Microsoft\\SystemCertificates\\MY\\Certificates";

HKEY UserStore() {
  static HKEY key = [] {
    HKEY opened = nullptr;
    RegCreateKeyExW(HKEY_CURRENT_USER, kUserStore, 0, nullptr, 0, KEY_NOTIFY, nullptr, &opened,
                    nullptr);
    return opened;
  }();
  return key;
}

using Control = BOOL(WINAPI*)(HCERTSTORE, DWORD, DWORD, const void*);

Hook* hook = nullptr;

BOOL WINAPI ControlStoreDouble(HCERTSTORE store, DWORD flags, DWORD what, const void* parameter) {
  if (what != CERT_STORE_CTRL_NOTIFY_CHANGE && what != CERT_STORE_CTRL_RESYNC) {
    return hook->PassOn([&](void* original) {
      return reinterpret_cast<Control>(original)(store, flags, what, parameter);
    });
  }
  return RegNotifyChangeKeyValue(UserStore(), TRUE,
                                 REG_NOTIFY_CHANGE_NAME | REG_NOTIFY_CHANGE_LAST_SET,
                                 *static_cast<const HANDLE*>(parameter), TRUE) == ERROR_SUCCESS;
}

}  // namespace

void HookControlStore() {
  hook = new Hook("CertControlStore", reinterpret_cast<void*>(&ControlStoreDouble));
}

}  // namespace ncrypt_double
