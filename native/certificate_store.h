// The operating system's own certificate store, seen alike on every system. No Node type in here.
//
// certificate_store_win.cc, certificate_store_mac.cc and certificate_store_none.cc implement it;
// one of them is compiled in. job_thread.h says on which thread it runs.
#ifndef COUNTERSIGN_NATIVE_CERTIFICATE_STORE_H_
#define COUNTERSIGN_NATIVE_CERTIFICATE_STORE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "os_failure.h"

namespace countersign {

using Bytes = std::vector<std::uint8_t>;

// The certificates that are read from one store at most; more is AddonFailure::kTooLarge. A store
// with as many is broken or hostile, and a listing is held in memory.
constexpr std::size_t kMaxCertificatesPerStore = 10000;

// Signature algorithms by their JOSE names (RFC 7518 section 3.1).
enum class Algorithm { kRs256, kPs256, kEs256, kEs384, kEs512 };

// Size in bytes of the digest that an algorithm signs: SHA-256, SHA-384 or SHA-512.
constexpr std::size_t DigestSize(Algorithm algorithm) {
  return algorithm == Algorithm::kEs384 ? 48 : algorithm == Algorithm::kEs512 ? 64 : 32;
}

// Size in bytes of r, and of s, in an ECDSA signature (RFC 7518 section 3.4); 0 for RSA.
constexpr std::size_t EcdsaComponentSize(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::kEs256:
      return 32;
    case Algorithm::kEs384:
      return 48;
    case Algorithm::kEs512:
      return 66;
    case Algorithm::kRs256:
    case Algorithm::kPs256:
      break;
  }
  return 0;
}

// Where the system says that a key lives.
enum class Protection { kUnknown, kSoftware, kHardware };

// What the system says about a private key.
struct KeyDescription {
  // The provider or token that holds the key, for people: "Microsoft Platform Crypto Provider".
  std::string provider;
  Protection protection = Protection::kUnknown;
  // Whether the system would hand the key out; nothing where it does not say.
  std::optional<bool> exportable;
  // What the key can do, besides what its type rules out: an EC key's RSA flags mean nothing. Found
  // without a trial signature and without any dialog.
  bool rsa_pkcs1_sha256 = true;
  bool rsa_pss_sha256 = true;
  bool ecdsa = true;
};

// A certificate in a store. Exactly one of key and key_failure is set.
struct StoredCertificate {
  // The place it was found in; one of StoreStatus::name.
  std::string store;
  // The name people gave it in the store, UTF-8; may be empty.
  std::string label;
  Bytes der;
  // DER of the issuers that the system knows, nearest first, without the leaf; found without
  // network.
  std::vector<Bytes> chain;
  std::optional<KeyDescription> key;
  // Why the private key cannot be used: there is none, it is gone, this user may not, no provider.
  std::optional<Failure> key_failure;
};

// One of the places that a listing looks into, and how that went.
struct StoreStatus {
  // "CurrentUser\MY", "LocalMachine\MY", "file keychains", "data protection keychain".
  std::string name;
  // Why it could not be read, or could not be read to its end; nothing where all went well.
  std::optional<Failure> failure;
};

// All that one look into the stores found.
struct Listing {
  std::vector<StoreStatus> stores;
  std::vector<StoredCertificate> certificates;
};

// The stores of one operating system. Not thread-safe: made, used and destroyed on one thread (some
// providers tie a key to the thread that opened it). What it keeps open between calls is bounded by
// what is in the stores.
class CertificateStore {
 public:
  virtual ~CertificateStore() = default;

  // Looks at every store afresh. A store or a certificate that fails is reported, not thrown.
  virtual Listing List() = 0;

  // Signs a digest with the private key of a certificate. Never shows a dialog: where one would be
  // needed, the system's own code for that is thrown. A key handle that has gone stale (a card that
  // was pulled and put back) is acquired once more before the failure is reported.
  //
  // store: one of StoreStatus::name; certificate: the DER that a listing gave.
  // digest: DigestSize(algorithm) bytes; anything else is AddonFailure::kInvalidArgument.
  // Returns the signature as JWS wants it (RFC 7518 section 3): RSA as it is, ECDSA as r‖s with
  // EcdsaComponentSize(algorithm) bytes each. Throws OsError; AddonFailure::kNotFound where the
  // store or the certificate is not there.
  virtual Bytes Sign(const std::string& store, const Bytes& certificate, Algorithm algorithm,
                     const Bytes& digest) = 0;

 protected:
  CertificateStore() = default;
  CertificateStore(const CertificateStore&) = delete;
  CertificateStore& operator=(const CertificateStore&) = delete;
};

// Returns the stores of this system, none of them opened yet. Throws OsError where this system has
// none (AddonFailure::kUnsupported).
std::unique_ptr<CertificateStore> OpenCertificateStore();

// Tells of changes until it is destroyed; destroying it waits for a callback that is under way.
class StoreWatch {
 public:
  virtual ~StoreWatch() = default;

 protected:
  StoreWatch() = default;
  StoreWatch(const StoreWatch&) = delete;
  StoreWatch& operator=(const StoreWatch&) = delete;
};

// Watches the stores for changes. The callback runs on a thread of the watch's own, may come more
// often than the stores change, and must not throw. Returns nullptr where the system offers no safe
// notification (macOS: see docs/stores/macos.md); callers look again by the clock in any case.
// Throws OsError where watching fails.
std::unique_ptr<StoreWatch> WatchCertificateStore(std::function<void()> changed);

}  // namespace countersign

#endif  // COUNTERSIGN_NATIVE_CERTIFICATE_STORE_H_
