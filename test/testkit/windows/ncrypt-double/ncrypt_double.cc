// The part of ncrypt.dll that the addon and its tests call, with real keys behind it.
//
// Checks what a lenient provider would let pass: every call of the addon must be silent.
#include <cstring>
#include <string>

#include "double_key.h"
#include "hook.h"

namespace {

using ncrypt_double::Bytes;
using ncrypt_double::FromHandle;
using ncrypt_double::Object;
using ncrypt_double::Padding;

SECURITY_STATUS Give(const void* value, std::size_t size, BYTE* output, DWORD capacity,
                     DWORD* result) {
  *result = static_cast<DWORD>(size);
  if (output == nullptr) return ERROR_SUCCESS;
  if (capacity < size) return NTE_BUFFER_TOO_SMALL;
  std::memcpy(output, value, size);
  return ERROR_SUCCESS;
}

SECURITY_STATUS GiveNumber(LONG number, BYTE* output, DWORD capacity, DWORD* result) {
  return Give(&number, sizeof number, output, capacity, result);
}

struct Request {
  Padding padding = Padding::kNone;
  std::wstring hash;
  ULONG salt = 0;
};

bool ReadPadding(void* info, DWORD flags, Request* request) {
  if ((flags & BCRYPT_PAD_PKCS1) != 0) {
    request->padding = Padding::kPkcs1;
    request->hash = static_cast<BCRYPT_PKCS1_PADDING_INFO*>(info)->pszAlgId;
  } else if ((flags & BCRYPT_PAD_PSS) != 0) {
    const auto* pss = static_cast<BCRYPT_PSS_PADDING_INFO*>(info);
    request->padding = Padding::kPss;
    request->hash = pss->pszAlgId;
    request->salt = pss->cbSalt;
  } else if (info != nullptr) {
    return false;
  }
  return true;
}

}  // namespace

extern "C" {

__declspec(dllexport) SECURITY_STATUS WINAPI
    NCryptOpenStorageProvider(NCRYPT_PROV_HANDLE* provider, LPCWSTR name, DWORD) {
  auto object = std::make_unique<Object>();
  object->provider = name;
  *provider = ncrypt_double::ToHandle(std::move(object));
  return ERROR_SUCCESS;
}

__declspec(dllexport) SECURITY_STATUS WINAPI
    NCryptOpenKey(NCRYPT_PROV_HANDLE provider, NCRYPT_KEY_HANDLE* key, LPCWSTR name, DWORD, DWORD) {
  SECURITY_STATUS status = ERROR_SUCCESS;
  auto object = ncrypt_double::OpenKey(FromHandle(provider)->provider, name, &status);
  if (object != nullptr) *key = ncrypt_double::ToHandle(std::move(object));
  return status;
}

__declspec(dllexport) SECURITY_STATUS WINAPI NCryptDeleteKey(NCRYPT_KEY_HANDLE key, DWORD) {
  ncrypt_double::DeleteKey(*FromHandle(key));
  ncrypt_double::FreeHandle(key);
  return ERROR_SUCCESS;
}

__declspec(dllexport) SECURITY_STATUS WINAPI NCryptFreeObject(NCRYPT_HANDLE object) {
  ncrypt_double::FreeHandle(object);
  return ERROR_SUCCESS;
}

__declspec(dllexport) SECURITY_STATUS WINAPI
    NCryptGetProperty(NCRYPT_HANDLE handle, LPCWSTR name, BYTE* output, DWORD capacity,
                      DWORD* result, DWORD flags) {
  if ((flags & NCRYPT_SILENT_FLAG) == 0) return NTE_BAD_FLAGS;
  const Object& object = *FromHandle(handle);
  const LONG status = object.Setting(L"property", ERROR_SUCCESS);
  if (status != ERROR_SUCCESS) return status;
  const std::wstring property = name;
  if (property == NCRYPT_NAME_PROPERTY) {
    return Give(object.provider.c_str(), (object.provider.size() + 1) * sizeof(wchar_t), output,
                capacity, result);
  }
  if (property == NCRYPT_IMPL_TYPE_PROPERTY) {
    return GiveNumber(object.Setting(L"impl", NCRYPT_IMPL_SOFTWARE_FLAG), output, capacity, result);
  }
  if (object.key == nullptr) return NTE_NOT_SUPPORTED;
  if (property == NCRYPT_PROVIDER_HANDLE_PROPERTY) {
    auto provider = std::make_unique<Object>();
    provider->provider = object.provider;
    provider->container = object.container;
    const NCRYPT_HANDLE opened = ncrypt_double::ToHandle(std::move(provider));
    return Give(&opened, sizeof opened, output, capacity, result);
  }
  if (property == NCRYPT_EXPORT_POLICY_PROPERTY) {
    return GiveNumber(object.Setting(L"export", 0), output, capacity, result);
  }
  if (property == NCRYPT_KEY_USAGE_PROPERTY) {
    return GiveNumber(object.Setting(L"usage", NCRYPT_ALLOW_SIGNING_FLAG), output, capacity,
                      result);
  }
  if (property == L"PSS Salt Size" && object.Setting(L"salt", -1) != -1) {
    return GiveNumber(object.Setting(L"salt", -1), output, capacity, result);
  }
  return NTE_NOT_SUPPORTED;
}

__declspec(dllexport) SECURITY_STATUS WINAPI
    NCryptSignHash(NCRYPT_KEY_HANDLE key, void* info, BYTE* hash, DWORD hash_size, BYTE* output,
                   DWORD capacity, DWORD* result, DWORD flags) {
  if ((flags & NCRYPT_SILENT_FLAG) == 0) return NTE_BAD_FLAGS;
  const Object& object = *FromHandle(key);
  const LONG status = object.Setting(L"sign", ERROR_SUCCESS);
  if (status != ERROR_SUCCESS) return status;
  if (object.Setting(L"dialog", 0) != 0) return NTE_SILENT_CONTEXT;
  Request request;
  if (!ReadPadding(info, flags, &request)) return NTE_INVALID_PARAMETER;
  const LONG width = object.Setting(L"width", 0);
  std::size_t size = object.key->SignatureSize();
  if (width != 0) size = static_cast<std::size_t>(width);
  if (output == nullptr) return Give(nullptr, size, nullptr, 0, result);
  Sleep(static_cast<DWORD>(object.Setting(L"delay", 0)));
  Bytes signature =
      object.key->Sign(Bytes(hash, hash + hash_size), request.padding, request.hash, request.salt);
  if (signature.empty()) return NTE_NOT_SUPPORTED;
  signature.resize(size);
  return Give(signature.data(), signature.size(), output, capacity, result);
}

// For tests: how many handles nobody has freed.
__declspec(dllexport) LONG WINAPI NCryptDoubleOpenHandles() { return ncrypt_double::OpenHandles(); }

BOOL WINAPI DllMain(HINSTANCE, DWORD reason, void*) {
  if (reason != DLL_PROCESS_ATTACH) return TRUE;
  // Stays: crypt32.dll jumps here from now on, and Node lets go of what is no addon.
  HMODULE self = nullptr;
  GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_PIN | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS,
                     reinterpret_cast<LPCWSTR>(&NCryptFreeObject), &self);
  ncrypt_double::HookAcquire();
  ncrypt_double::HookControlStore();
  return TRUE;
}

}  // extern "C"
