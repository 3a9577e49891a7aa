#include "double_key.h"

#include <atomic>
#include <cstdio>

namespace ncrypt_double {
namespace {

std::atomic<LONG> open_handles{0};

std::wstring PathOf(const std::wstring& container, const wchar_t* suffix) {
  wchar_t directory[MAX_PATH] = L"";
  GetEnvironmentVariableW(L"COUNTERSIGN_NCRYPT_DOUBLE", directory, MAX_PATH);
  return std::wstring(directory) + L"\\" + container + suffix;
}

std::string ReadFile(const std::wstring& path) {
  FILE* file = _wfopen(path.c_str(), L"rb");
  if (file == nullptr) return {};
  std::string content(64 * 1024, '\0');
  content.resize(fread(content.data(), 1, content.size(), file));
  fclose(file);
  return content;
}

}  // namespace

LONG Object::Setting(const wchar_t* name, LONG otherwise) const {
  wchar_t text[32] = L"";
  GetPrivateProfileStringW(L"key", name, L"", text, 32, PathOf(container, L".ini").c_str());
  // Base 0: statuses are written in hexadecimal.
  return text[0] == L'\0' ? otherwise : static_cast<LONG>(wcstoul(text, nullptr, 0));
}

std::unique_ptr<Object> OpenKey(const std::wstring& provider, const std::wstring& container,
                                SECURITY_STATUS* status) {
  auto object = std::make_unique<Object>();
  object->provider = provider;
  object->container = container;
  *status = object->Setting(L"acquire", ERROR_SUCCESS);
  if (*status != ERROR_SUCCESS) return nullptr;
  object->key = OpensslKey::Read(ReadFile(PathOf(container, L".pem")));
  if (object->key == nullptr) {
    *status = NTE_BAD_KEYSET;
    return nullptr;
  }
  return object;
}

void DeleteKey(const Object& object) { DeleteFileW(PathOf(object.container, L".pem").c_str()); }

LONG OpenHandles() { return open_handles; }

NCRYPT_HANDLE ToHandle(std::unique_ptr<Object> object) {
  open_handles++;
  return reinterpret_cast<NCRYPT_HANDLE>(object.release());
}

Object* FromHandle(NCRYPT_HANDLE handle) { return reinterpret_cast<Object*>(handle); }

void FreeHandle(NCRYPT_HANDLE handle) {
  open_handles--;
  delete FromHandle(handle);
}

}  // namespace ncrypt_double
