// Fills the personal stores of Windows for tests: certificates, keys in PFX files, names of keys.
#include <napi.h>
#include <windows.h>
// windows.h first
#include <ncrypt.h>
#include <wincrypt.h>

#include <string>
#include <vector>

namespace {

using Bytes = std::vector<BYTE>;

[[noreturn]] void Fail(Napi::Env env, const char* call) {
  const std::string code = std::to_string(GetLastError());
  throw Napi::Error::New(env, std::string(call) + " failed with " + code);
}

Bytes ToBytes(const Napi::Value& value) {
  const auto array = value.As<Napi::Uint8Array>();
  return Bytes(array.Data(), array.Data() + array.ByteLength());
}

std::wstring ToText(const Napi::Value& value) {
  const std::u16string text = value.As<Napi::String>().Utf16Value();
  return std::wstring(text.begin(), text.end());
}

struct Store {
  Store(Napi::Env env, const Napi::Value& name)
      : handle(CertOpenStore(CERT_STORE_PROV_SYSTEM_W, 0, 0,
                             ToText(name) == L"LocalMachine\\MY" ? CERT_SYSTEM_STORE_LOCAL_MACHINE
                                                                 : CERT_SYSTEM_STORE_CURRENT_USER,
                             L"MY")) {
    if (handle == nullptr) Fail(env, "CertOpenStore");
  }
  ~Store() { CertCloseStore(handle, 0); }
  HCERTSTORE handle;
};

void SetLabel(Napi::Env env, PCCERT_CONTEXT certificate, std::wstring label) {
  CRYPT_DATA_BLOB blob{static_cast<DWORD>((label.size() + 1) * sizeof(wchar_t)),
                       reinterpret_cast<BYTE*>(label.data())};
  if (!CertSetCertificateContextProperty(certificate, CERT_FRIENDLY_NAME_PROP_ID, 0, &blob)) {
    Fail(env, "CertSetCertificateContextProperty");
  }
}

void NameKey(Napi::Env env, PCCERT_CONTEXT certificate, const Napi::Object& key) {
  std::wstring container = ToText(key.Get("container"));
  std::wstring provider = ToText(key.Get("provider"));
  CRYPT_KEY_PROV_INFO info{};
  info.pwszContainerName = container.data();
  info.pwszProvName = provider.data();
  info.dwProvType = key.Get("providerType").As<Napi::Number>().Uint32Value();
  info.dwKeySpec = key.Get("keySpec").As<Napi::Number>().Uint32Value();
  if (!CertSetCertificateContextProperty(certificate, CERT_KEY_PROV_INFO_PROP_ID, 0, &info)) {
    Fail(env, "CertSetCertificateContextProperty");
  }
}

// addCertificates(store, ders, label, key?): key is {container, provider, providerType, keySpec}.
void AddCertificates(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Store store(env, info[0]);
  const auto ders = info[1].As<Napi::Array>();
  for (std::uint32_t i = 0; i < ders.Length(); i++) {
    const Bytes der = ToBytes(ders.Get(i));
    const PCCERT_CONTEXT certificate =
        CertCreateCertificateContext(X509_ASN_ENCODING, der.data(), static_cast<DWORD>(der.size()));
    if (certificate == nullptr) Fail(env, "CertCreateCertificateContext");
    SetLabel(env, certificate, ToText(info[2]));
    if (info[3].IsObject()) NameKey(env, certificate, info[3].As<Napi::Object>());
    const BOOL added =
        CertAddCertificateContextToStore(store.handle, certificate, CERT_STORE_ADD_ALWAYS, nullptr);
    CertFreeCertificateContext(certificate);
    if (!added) Fail(env, "CertAddCertificateContextToStore");
  }
}

Bytes KeyInfoOf(PCCERT_CONTEXT certificate) {
  DWORD size = 0;
  CertGetCertificateContextProperty(certificate, CERT_KEY_PROV_INFO_PROP_ID, nullptr, &size);
  Bytes info(size);
  if (size == 0 || !CertGetCertificateContextProperty(certificate, CERT_KEY_PROV_INFO_PROP_ID,
                                                      info.data(), &size)) {
    return {};
  }
  return info;
}

// Wine writes key spec 3 for an imported key, and keeps the key as AT_KEYEXCHANGE.
void RepairKeySpec(PCCERT_CONTEXT certificate) {
  Bytes bytes = KeyInfoOf(certificate);
  if (bytes.empty()) return;
  auto* key = reinterpret_cast<CRYPT_KEY_PROV_INFO*>(bytes.data());
  if (key->dwProvType == 0 || key->dwKeySpec <= AT_SIGNATURE) return;
  key->dwKeySpec = AT_KEYEXCHANGE;
  CertSetCertificateContextProperty(certificate, CERT_KEY_PROV_INFO_PROP_ID, 0, key);
}

// importPfx(store, pfx, password, label, flags): puts the key where PFXImportCertStore puts it.
void ImportPfx(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Store store(env, info[0]);
  Bytes pfx = ToBytes(info[1]);
  CRYPT_DATA_BLOB blob{static_cast<DWORD>(pfx.size()), pfx.data()};
  const HCERTSTORE imported =
      PFXImportCertStore(&blob, ToText(info[2]).c_str(), info[4].As<Napi::Number>().Uint32Value());
  if (imported == nullptr) Fail(env, "PFXImportCertStore");
  for (PCCERT_CONTEXT certificate = CertEnumCertificatesInStore(imported, nullptr);
       certificate != nullptr; certificate = CertEnumCertificatesInStore(imported, certificate)) {
    if (KeyInfoOf(certificate).empty()) continue;
    RepairKeySpec(certificate);
    SetLabel(env, certificate, ToText(info[3]));
    if (!CertAddCertificateContextToStore(store.handle, certificate, CERT_STORE_ADD_ALWAYS,
                                          nullptr)) {
      Fail(env, "CertAddCertificateContextToStore");
    }
  }
  CertCloseStore(imported, 0);
}

// Deletes the key that a certificate names; the certificate stays.
void DeleteKey(PCCERT_CONTEXT certificate) {
  Bytes bytes = KeyInfoOf(certificate);
  if (bytes.empty()) return;
  const auto* key = reinterpret_cast<const CRYPT_KEY_PROV_INFO*>(bytes.data());
  if (key->dwProvType != 0) {
    HCRYPTPROV provider = 0;
    CryptAcquireContextW(&provider, key->pwszContainerName, key->pwszProvName, key->dwProvType,
                         CRYPT_DELETEKEYSET | (key->dwFlags & CRYPT_MACHINE_KEYSET));
    return;
  }
  NCRYPT_PROV_HANDLE provider = 0;
  NCRYPT_KEY_HANDLE handle = 0;
  if (NCryptOpenStorageProvider(&provider, key->pwszProvName, 0) != ERROR_SUCCESS) return;
  if (NCryptOpenKey(provider, &handle, key->pwszContainerName, 0,
                    key->dwFlags & NCRYPT_MACHINE_KEY_FLAG) == ERROR_SUCCESS) {
    NCryptDeleteKey(handle, 0);
  }
  NCryptFreeObject(provider);
}

// Visits the certificates of a store that are as given. A visitor may delete them: they are
// collected first.
template <typename Visit>
double ForEach(const Napi::CallbackInfo& info, const Visit& visit) {
  const Store store(info.Env(), info[0]);
  const Bytes wanted = ToBytes(info[1]);
  std::vector<PCCERT_CONTEXT> found;
  for (PCCERT_CONTEXT certificate = CertEnumCertificatesInStore(store.handle, nullptr);
       certificate != nullptr;
       certificate = CertEnumCertificatesInStore(store.handle, certificate)) {
    const Bytes der(certificate->pbCertEncoded,
                    certificate->pbCertEncoded + certificate->cbCertEncoded);
    if (der == wanted) found.push_back(CertDuplicateCertificateContext(certificate));
  }
  for (PCCERT_CONTEXT certificate : found) {
    visit(certificate);
    CertFreeCertificateContext(certificate);
  }
  return static_cast<double>(found.size());
}

// removeKey(store, der): takes a certificate's private key away. Returns how many certificates.
Napi::Value RemoveKey(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), ForEach(info, &DeleteKey));
}

void DeleteCertificate(Napi::Env env, PCCERT_CONTEXT certificate) {
  const HCERTSTORE store = CertDuplicateStore(certificate->hCertStore);
  // The call frees the context, whatever comes of it.
  if (!CertDeleteCertificateFromStore(CertDuplicateCertificateContext(certificate))) {
    Fail(env, "CertDeleteCertificateFromStore");
  }
  // Wine writes what was deleted only when it is told to.
  CertControlStore(store, 0, CERT_STORE_CTRL_COMMIT, nullptr);
  CertCloseStore(store, 0);
}

// remove(store, der): removes a certificate and its key. Returns how many certificates.
Napi::Value Remove(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return Napi::Number::New(env, ForEach(info, [&](PCCERT_CONTEXT certificate) {
                             DeleteKey(certificate);
                             DeleteCertificate(env, certificate);
                           }));
}

// forget(store, der): removes a certificate and leaves its key. Returns how many certificates.
Napi::Value Forget(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return Napi::Number::New(
      env, ForEach(info, [&](PCCERT_CONTEXT certificate) { DeleteCertificate(env, certificate); }));
}

// keyInfo(store, der): where the certificate's key is, as addCertificate takes it.
Napi::Value KeyInfo(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Napi::Value result = env.Undefined();
  ForEach(info, [&](PCCERT_CONTEXT certificate) {
    const Bytes bytes = KeyInfoOf(certificate);
    if (bytes.empty()) return;
    const auto* key = reinterpret_cast<const CRYPT_KEY_PROV_INFO*>(bytes.data());
    auto object = Napi::Object::New(env);
    const std::wstring container = key->pwszContainerName;
    const std::wstring provider = key->pwszProvName;
    object["container"] =
        Napi::String::New(env, std::u16string(container.begin(), container.end()));
    object["provider"] = Napi::String::New(env, std::u16string(provider.begin(), provider.end()));
    object["providerType"] = Napi::Number::New(env, key->dwProvType);
    object["keySpec"] = Napi::Number::New(env, key->dwKeySpec);
    result = object;
  });
  return result;
}

// setPolicy(path, name, value): a text, a number or an array of texts below HKEY_LOCAL_MACHINE.
void SetPolicy(const Napi::CallbackInfo& info) {
  HKEY key = nullptr;
  if (RegCreateKeyExW(HKEY_LOCAL_MACHINE, ToText(info[0]).c_str(), 0, nullptr, 0, KEY_WRITE,
                      nullptr, &key, nullptr) != ERROR_SUCCESS) {
    Fail(info.Env(), "RegCreateKeyExW");
  }
  const std::wstring name = ToText(info[1]);
  const Napi::Value& value = info[2];
  if (value.IsNumber()) {
    const DWORD number = value.As<Napi::Number>().Uint32Value();
    RegSetValueExW(key, name.c_str(), 0, REG_DWORD, reinterpret_cast<const BYTE*>(&number),
                   sizeof number);
  } else if (value.IsString()) {
    const std::wstring text = ToText(value);
    RegSetValueExW(key, name.c_str(), 0, REG_SZ, reinterpret_cast<const BYTE*>(text.c_str()),
                   static_cast<DWORD>((text.size() + 1) * sizeof(wchar_t)));
  } else if (value.IsTypedArray()) {
    const Bytes bytes = ToBytes(value);
    RegSetValueExW(key, name.c_str(), 0, REG_BINARY, bytes.data(),
                   static_cast<DWORD>(bytes.size()));
  } else {
    const auto texts = value.As<Napi::Array>();
    std::wstring block;
    for (std::uint32_t i = 0; i < texts.Length(); i++) block += ToText(texts.Get(i)) + L'\0';
    block += L'\0';
    RegSetValueExW(key, name.c_str(), 0, REG_MULTI_SZ, reinterpret_cast<const BYTE*>(block.data()),
                   static_cast<DWORD>(block.size() * sizeof(wchar_t)));
  }
  RegCloseKey(key);
}

// removePolicy(path): the key and all below it.
void RemovePolicy(const Napi::CallbackInfo& info) {
  RegDeleteTreeW(HKEY_LOCAL_MACHINE, ToText(info[0]).c_str());
}

// The key of a certificate in CNG, opened as the addon opens it.
NCRYPT_KEY_HANDLE OpenCngKey(PCCERT_CONTEXT certificate) {
  HCRYPTPROV_OR_NCRYPT_KEY_HANDLE key = 0;
  DWORD key_spec = 0;
  BOOL caller_frees = FALSE;
  const BOOL opened = CryptAcquireCertificatePrivateKey(
      certificate,
      CRYPT_ACQUIRE_PREFER_NCRYPT_KEY_FLAG | CRYPT_ACQUIRE_SILENT_FLAG |
          CRYPT_ACQUIRE_COMPARE_KEY_FLAG | CRYPT_ACQUIRE_NO_HEALING,
      nullptr, &key, &key_spec, &caller_frees);
  return opened && key_spec == CERT_NCRYPT_KEY_SPEC ? key : 0;
}

// bareList(store): what a listing must do at least: visit every certificate and open its key.
// Returns how many keys there were.
Napi::Value BareList(const Napi::CallbackInfo& info) {
  const Store store(info.Env(), info[0]);
  double keys = 0;
  for (PCCERT_CONTEXT certificate = CertEnumCertificatesInStore(store.handle, nullptr);
       certificate != nullptr;
       certificate = CertEnumCertificatesInStore(store.handle, certificate)) {
    const NCRYPT_KEY_HANDLE key = OpenCngKey(certificate);
    if (key == 0) continue;
    NCryptFreeObject(key);
    keys++;
  }
  return Napi::Number::New(info.Env(), keys);
}

// bareSign(store, der, digest): what an ECDSA signature must do at least. Returns its size.
Napi::Value BareSign(const Napi::CallbackInfo& info) {
  Bytes digest = ToBytes(info[2]);
  DWORD size = 0;
  ForEach(info, [&](PCCERT_CONTEXT certificate) {
    const NCRYPT_KEY_HANDLE key = OpenCngKey(certificate);
    Bytes signature(256);
    NCryptSignHash(key, nullptr, digest.data(), static_cast<DWORD>(digest.size()), signature.data(),
                   static_cast<DWORD>(signature.size()), &size, NCRYPT_SILENT_FLAG);
    NCryptFreeObject(key);
  });
  return Napi::Number::New(info.Env(), size);
}

// openHandles(): the handles of the ncrypt double that nobody has freed; undefined without it.
Napi::Value OpenHandles(const Napi::CallbackInfo& info) {
  const auto count = reinterpret_cast<LONG(WINAPI*)()>(reinterpret_cast<void*>(
      GetProcAddress(GetModuleHandleW(L"ncrypt.dll"), "NCryptDoubleOpenHandles")));
  return count == nullptr ? info.Env().Undefined() : Napi::Number::New(info.Env(), count());
}

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  exports["addCertificates"] = Napi::Function::New<&AddCertificates>(env);
  exports["importPfx"] = Napi::Function::New<&ImportPfx>(env);
  exports["removeKey"] = Napi::Function::New<&RemoveKey>(env);
  exports["bareList"] = Napi::Function::New<&BareList>(env);
  exports["bareSign"] = Napi::Function::New<&BareSign>(env);
  exports["forget"] = Napi::Function::New<&Forget>(env);
  exports["remove"] = Napi::Function::New<&Remove>(env);
  exports["keyInfo"] = Napi::Function::New<&KeyInfo>(env);
  exports["openHandles"] = Napi::Function::New<&OpenHandles>(env);
  exports["setPolicy"] = Napi::Function::New<&SetPolicy>(env);
  exports["removePolicy"] = Napi::Function::New<&RemovePolicy>(env);
  return exports;
}

}  // namespace

NODE_API_MODULE(store_editor, Init)
