// The owner and the access list of a settings file.
#include <windows.h>

#include "managed_file.h"
// windows.h first
#include <aclapi.h>

#include <memory>

#include "windows_failure.h"
#include "windows_handles.h"
#include "windows_sid.h"

namespace countersign {
namespace {

// Rights to change what a file says, or to give oneself such a right.
constexpr ACCESS_MASK kWriting =
    FILE_WRITE_DATA | FILE_APPEND_DATA | WRITE_DAC | WRITE_OWNER | GENERIC_WRITE | GENERIC_ALL;

constexpr const char* kEveryone = "S-1-1-0";

UniqueKernelHandle Open(const std::string& path) {
  const HANDLE file = CreateFileW(ToUtf16(path).c_str(), GENERIC_READ,
                                  FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, nullptr,
                                  OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, nullptr);
  if (file == INVALID_HANDLE_VALUE) ThrowLastError("CreateFileW");
  return UniqueKernelHandle(file);
}

Bytes Read(HANDLE file, std::size_t max_bytes) {
  if (GetFileType(file) != FILE_TYPE_DISK) {
    throw OsError(AddonFailure::kUnsupported, "GetFileType", "It is not a file on a disk.");
  }
  // One more than is taken shows that there is more.
  Bytes content(max_bytes + 1);
  std::size_t length = 0;
  while (length < content.size()) {
    DWORD read = 0;
    const auto room = static_cast<DWORD>(content.size() - length);
    if (!ReadFile(file, content.data() + length, room, &read, nullptr)) ThrowLastError("ReadFile");
    if (read == 0) break;
    length += read;
  }
  if (length > max_bytes) {
    throw OsError(AddonFailure::kTooLarge, "ReadFile", "The file is larger than is read.");
  }
  content.resize(length);
  return content;
}

class Trust {
 public:
  bool Covers(PSID sid) const {
    return IsWellKnownSid(sid, WinLocalSystemSid) ||
           IsWellKnownSid(sid, WinBuiltinAdministratorsSid) || (own_ && EqualSid(sid, own_.Sid()));
  }

 private:
  const ProcessUser own_{GetCurrentProcess()};
};

// Entries that deny are passed over: a list that allows too much is not made good by them.
std::optional<std::string> ForeignWriter(PACL list, const Trust& trust) {
  // Without a list everybody may do everything.
  if (list == nullptr) return kEveryone;
  for (DWORD i = 0; i < list->AceCount; i++) {
    void* entry = nullptr;
    if (!GetAce(list, i, &entry)) ThrowLastError("GetAce");
    const auto* header = static_cast<const ACE_HEADER*>(entry);
    if ((header->AceFlags & INHERIT_ONLY_ACE) != 0) continue;
    switch (header->AceType) {
      case ACCESS_DENIED_ACE_TYPE:
      case ACCESS_DENIED_CALLBACK_ACE_TYPE:
        break;
      case ACCESS_ALLOWED_ACE_TYPE:
      case ACCESS_ALLOWED_CALLBACK_ACE_TYPE: {
        auto* allowed = static_cast<ACCESS_ALLOWED_ACE*>(entry);
        PSID sid = &allowed->SidStart;
        // What is said of the owner is said of somebody who is trusted.
        if ((allowed->Mask & kWriting) == 0 || IsWellKnownSid(sid, WinCreatorOwnerRightsSid)) break;
        if (!trust.Covers(sid)) return TextOf(sid);
        break;
      }
      default:
        // No entry of a file's list that any tool makes: nobody knows whom it lets write.
        return kEveryone;
    }
  }
  return std::nullopt;
}

std::optional<Distrust> Examine(HANDLE file) {
  PSID owner = nullptr;
  PACL list = nullptr;
  PSECURITY_DESCRIPTOR descriptor = nullptr;
  const DWORD status =
      GetSecurityInfo(file, SE_FILE_OBJECT, OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION,
                      &owner, nullptr, &list, nullptr, &descriptor);
  if (status != ERROR_SUCCESS) ThrowWindows(status, "GetSecurityInfo");
  const std::unique_ptr<void, decltype(&LocalFree)> owned(descriptor, &LocalFree);
  const Trust trust;
  if (!trust.Covers(owner)) return Distrust{Distrust::Reason::kOwner, TextOf(owner)};
  if (auto writer = ForeignWriter(list, trust)) {
    return Distrust{Distrust::Reason::kWriter, std::move(*writer)};
  }
  return std::nullopt;
}

}  // namespace

ManagedFile ReadManagedFile(const std::string& path, std::size_t max_bytes) {
  const UniqueKernelHandle file = Open(path);
  return {Read(file.Get(), max_bytes), Examine(file.Get())};
}

}  // namespace countersign
