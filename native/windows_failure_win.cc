#include <memory>

#include "windows_failure.h"

namespace countersign {
namespace {

std::string SystemMessage(DWORD code) {
  wchar_t* text = nullptr;
  const DWORD length = FormatMessageW(
      FORMAT_MESSAGE_ALLOCATE_BUFFER | FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS,
      nullptr, code, 0, reinterpret_cast<wchar_t*>(&text), 0, nullptr);
  const std::unique_ptr<wchar_t, decltype(&LocalFree)> owned(text, &LocalFree);
  std::wstring_view message(text == nullptr ? L"" : text, length);
  const auto end = message.find_last_not_of(L"\r\n ");
  return ToUtf8(message.substr(0, end == std::wstring_view::npos ? 0 : end + 1));
}

}  // namespace

Failure WindowsFailure(DWORD code, const char* api) {
  return {code >= 0x80000000u ? "hresult" : "win32", static_cast<std::int64_t>(code), api,
          SystemMessage(code)};
}

void ThrowWindows(DWORD code, const char* api) { throw OsError(WindowsFailure(code, api)); }

void ThrowLastError(const char* api) { ThrowWindows(GetLastError(), api); }

std::string ToUtf8(std::wstring_view text) {
  if (text.empty()) return {};
  const int length = static_cast<int>(text.size());
  const int size =
      WideCharToMultiByte(CP_UTF8, 0, text.data(), length, nullptr, 0, nullptr, nullptr);
  std::string utf8(static_cast<std::size_t>(size), '\0');
  WideCharToMultiByte(CP_UTF8, 0, text.data(), length, utf8.data(), size, nullptr, nullptr);
  return utf8;
}

std::wstring ToUtf16(std::string_view text) {
  if (text.empty()) return {};
  const int length = static_cast<int>(text.size());
  const int size = MultiByteToWideChar(CP_UTF8, 0, text.data(), length, nullptr, 0);
  std::wstring utf16(static_cast<std::size_t>(size), L'\0');
  MultiByteToWideChar(CP_UTF8, 0, text.data(), length, utf16.data(), size);
  return utf16;
}

}  // namespace countersign
