// Which system stores are read, and how they are opened.
#ifndef COUNTERSIGN_NATIVE_WINDOWS_SYSTEM_STORES_H_
#define COUNTERSIGN_NATIVE_WINDOWS_SYSTEM_STORES_H_

#include <array>
#include <functional>

#include "windows_handles.h"

namespace countersign {

struct SystemStore {
  const char* name;
  DWORD location;
};

// Both, explicitly: of all user stores MY is the one that does not show the machine's certificates.
inline constexpr std::array<SystemStore, 2> kSystemStores = {{
    {"CurrentUser\\MY", CERT_SYSTEM_STORE_CURRENT_USER},
    {"LocalMachine\\MY", CERT_SYSTEM_STORE_LOCAL_MACHINE},
}};

// Opens a store for reading; empty where it does not exist. Throws OsError.
UniqueCertStore OpenSystemStore(const SystemStore& place);

// Opens a store afresh (a handle that is kept may not see a smart card's changes) and visits its
// certificates until the visitor returns false. Throws OsError, and what the visitor throws.
void ForEachCertificate(const SystemStore& place,
                        const std::function<bool(PCCERT_CONTEXT, HCERTSTORE)>& visit);

}  // namespace countersign

#endif  // COUNTERSIGN_NATIVE_WINDOWS_SYSTEM_STORES_H_
