// Keys of the double: PKCS #8 files in a directory, each with an optional settings file.
//
// COUNTERSIGN_NCRYPT_DOUBLE names the directory. NAME.pem is the key of the container NAME,
// NAME.ini says how its provider behaves, section [key]:
//   provider   name of the provider; the certificate's own otherwise
//   impl       NCRYPT_IMPL_* of the provider (2, software)
//   export     NCRYPT_ALLOW_* of the key (0, not exportable)
//   usage      NCRYPT_ALLOW_* of the key (2, signing)
//   salt       "PSS Salt Size" of the key; -1: the property is not there (-1)
//   acquire    status that opening the key fails with (0)
//   sign       status that signing fails with (0)
//   property   status that reading any property fails with (0)
//   dialog     1: the key wants a dialog at each signature (0)
//   width      size in bytes that signatures are cut or padded to (0, as they are)
//   delay      milliseconds that signing takes longer (0)
#ifndef COUNTERSIGN_TEST_NCRYPT_DOUBLE_DOUBLE_KEY_H_
#define COUNTERSIGN_TEST_NCRYPT_DOUBLE_DOUBLE_KEY_H_

#include <windows.h>
// windows.h first
#include <ncrypt.h>
#include <wincrypt.h>

#include <memory>
#include <string>

#include "openssl_key.h"

namespace ncrypt_double {

// What a handle of the double points to: a provider, or a key with its provider's name.
struct Object {
  std::wstring provider;
  std::wstring container;  // empty for a provider
  std::unique_ptr<OpensslKey> key;

  LONG Setting(const wchar_t* name, LONG otherwise) const;
};

// Opens a container. Returns nullptr with a status where it cannot.
std::unique_ptr<Object> OpenKey(const std::wstring& provider, const std::wstring& container,
                                SECURITY_STATUS* status);
// Deletes a container's file.
void DeleteKey(const Object& object);

// The handles that are not freed yet.
LONG OpenHandles();
NCRYPT_HANDLE ToHandle(std::unique_ptr<Object> object);
Object* FromHandle(NCRYPT_HANDLE handle);
void FreeHandle(NCRYPT_HANDLE handle);

}  // namespace ncrypt_double

#endif  // COUNTERSIGN_TEST_NCRYPT_DOUBLE_DOUBLE_KEY_H_
