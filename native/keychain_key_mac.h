// Private keys in keychains and tokens: what they are, and signing with them.
#ifndef COUNTERSIGN_NATIVE_KEYCHAIN_KEY_MAC_H_
#define COUNTERSIGN_NATIVE_KEYCHAIN_KEY_MAC_H_

#include <Security/Security.h>

#include "certificate_store.h"
#include "cf_ref_mac.h"

namespace countersign {

// Returns the private key of an identity, without using it. Throws OsError.
CfRef<SecKeyRef> PrivateKeyOf(SecIdentityRef identity);

// Returns what the system says about a private key. Needs no permission to use the key. Throws
// OsError where the key may not sign at all.
KeyDescription DescribeKey(SecKeyRef key);

// Signs a digest: see CertificateStore::Sign. Throws OsError.
Bytes SignWithKey(SecKeyRef key, Algorithm algorithm, const Bytes& digest);

}  // namespace countersign

#endif  // COUNTERSIGN_NATIVE_KEYCHAIN_KEY_MAC_H_
