#include "windows_sid.h"
// windows.h first
#include <sddl.h>

#include <memory>

#include "windows_failure.h"
#include "windows_handles.h"

namespace countersign {

ProcessUser::ProcessUser(HANDLE process) {
  UniqueKernelHandle token;
  if (!OpenProcessToken(process, TOKEN_QUERY, token.Out())) return;
  DWORD size = 0;
  GetTokenInformation(token.Get(), TokenUser, nullptr, 0, &size);
  std::vector<std::byte> user(size);
  if (GetTokenInformation(token.Get(), TokenUser, user.data(), size, &size)) {
    memory_ = std::move(user);
  }
}

PSID ProcessUser::Sid() const {
  return reinterpret_cast<const TOKEN_USER*>(memory_.data())->User.Sid;
}

std::string TextOf(PSID sid) {
  wchar_t* text = nullptr;
  if (!ConvertSidToStringSidW(sid, &text)) return {};
  const std::unique_ptr<wchar_t, decltype(&LocalFree)> owned(text, &LocalFree);
  return ToUtf8(text);
}

}  // namespace countersign
