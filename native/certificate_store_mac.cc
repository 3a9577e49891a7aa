// The keychains of macOS: file keychains (login, System) and the data protection keychain, which
// also shows smart cards. Each is asked on its own, so that an error of one does not hide in the
// other's answer.
#include <map>
#include <set>
#include <utility>

#include "certificate_store.h"
#include "failure_mac.h"
#include "keychain_key_mac.h"
#include "keychain_query_mac.h"
#include "no_interaction_mac.h"

namespace countersign {
namespace {

// Where a certificate is: the store's name and the certificate's DER.
using Location = std::pair<std::string, Bytes>;
using Keys = std::map<Location, CfRef<SecKeyRef>>;

// One listing while it is made.
class Sweep {
 public:
  void Look(KeychainKind kind, const char* name) {
    const std::size_t index = listing_.stores.size();
    listing_.stores.push_back({name, std::nullopt});
    limit_ = listing_.certificates.size() + kMaxCertificatesPerStore;
    try {
      const NoInteraction quiet;
      const Found<SecIdentityRef> identities = FindIdentities(kind);
      const Found<SecCertificateRef> certificates = FindCertificates(kind);
      listing_.stores[index].failure =
          identities.failure ? identities.failure : certificates.failure;
      for (const auto& identity : identities.items) AddIdentity(kind, identity.get());
      for (const auto& certificate : certificates.items) AddCertificate(kind, certificate.get());
    } catch (const OsError& error) {
      listing_.stores[index].failure = error.failure();
    }
  }

  Listing TakeListing() { return std::move(listing_); }
  Keys TakeKeys() { return std::move(keys_); }

 private:
  // Ends the look where the keychain holds too much.
  void Add(StoredCertificate entry) {
    if (listing_.certificates.size() >= limit_) {
      throw OsError(AddonFailure::kTooLarge, "SecItemCopyMatching",
                    "There are more certificates than are read.");
    }
    listing_.certificates.push_back(std::move(entry));
  }

  void AddIdentity(KeychainKind kind, SecIdentityRef identity) {
    StoredCertificate entry;
    try {
      const CfRef<SecCertificateRef> certificate = CertificateOf(identity);
      if (!Fill(kind, certificate.get(), entry)) return;
      CfRef<SecKeyRef> key = PrivateKeyOf(identity);
      entry.key = DescribeKey(key.get());
      keys_.insert_or_assign(Location(entry.store, entry.der), std::move(key));
    } catch (const OsError& error) {
      Fail(kind, error, entry);
    }
    Add(std::move(entry));
  }

  // Certificates without a private key explain themselves in a listing, and are the issuers of
  // others.
  void AddCertificate(KeychainKind kind, SecCertificateRef certificate) {
    StoredCertificate entry;
    try {
      if (!Fill(kind, certificate, entry)) return;
      entry.key_failure =
          Failure{"countersign", static_cast<std::int64_t>(AddonFailure::kNotFound),
                  "SecItemCopyMatching", "The keychain holds no private key for this certificate."};
    } catch (const OsError& error) {
      Fail(kind, error, entry);
    }
    Add(std::move(entry));
  }

  // Fills in what all entries have. Returns false where the place already gave this certificate: a
  // keychain answers some queries with the same item twice.
  bool Fill(KeychainKind kind, SecCertificateRef certificate, StoredCertificate& entry) {
    entry.store = PlaceOf(kind, certificate);
    entry.der = DerOf(certificate);
    if (!seen_.emplace(entry.store, entry.der).second) return false;
    NotePlace(entry.store);
    const auto summary = CfRef<CFStringRef>::Adopt(SecCertificateCopySubjectSummary(certificate));
    if (summary) entry.label = ToUtf8(summary.get());
    return true;
  }

  static void Fail(KeychainKind kind, const OsError& error, StoredCertificate& entry) {
    if (entry.store.empty()) {
      entry.store = kind == KeychainKind::kFile ? kFileKeychains : kDataProtectionKeychain;
    }
    entry.key.reset();
    entry.key_failure = error.failure();
  }

  // A file keychain that holds something is a place of its own.
  void NotePlace(const std::string& place) {
    if (place == kFileKeychains || place == kDataProtectionKeychain) return;
    if (places_.insert(place).second) listing_.stores.push_back({place, std::nullopt});
  }

  Listing listing_;
  std::size_t limit_ = 0;
  Keys keys_;
  std::set<Location> seen_;
  std::set<std::string> places_;
};

// TKError.h, an Objective-C header: a card that does not answer, a key or a card that is not there.
constexpr std::int64_t kTokenCommunicationError = -2;
constexpr std::int64_t kTokenObjectNotFound = -6;
constexpr std::int64_t kTokenNotFound = -7;

// Whether a key that was found earlier may be found again: its token came back, its keychain was
// opened anew. Never after a refusal, which may cost a try.
bool MayHaveGoneStale(const Failure& failure) {
  if (failure.facility == "CryptoTokenKit") {
    return failure.code == kTokenCommunicationError || failure.code == kTokenObjectNotFound ||
           failure.code == kTokenNotFound;
  }
  if (failure.facility != "osstatus") return false;
  switch (failure.code) {
    case errSecInvalidItemRef:
    case errSecItemNotFound:
    case errSecNoSuchKeychain:
    case errSecInvalidKeychain:
    case errSecNotAvailable:
      return true;
    default:
      return false;
  }
}

class Keychains final : public CertificateStore {
 public:
  Listing List() override {
    Sweep sweep;
    sweep.Look(KeychainKind::kFile, kFileKeychains);
    sweep.Look(KeychainKind::kDataProtection, kDataProtectionKeychain);
    keys_ = sweep.TakeKeys();
    return sweep.TakeListing();
  }

  Bytes Sign(const std::string& store, const Bytes& certificate, Algorithm algorithm,
             const Bytes& digest) override {
    if (digest.size() != DigestSize(algorithm)) {
      throw OsError(AddonFailure::kInvalidArgument, "Sign", "The digest has the wrong size.");
    }
    const NoInteraction quiet;
    const Location location(store, certificate);
    const auto known = keys_.find(location);
    if (known != keys_.end()) {
      try {
        return SignWithKey(known->second.get(), algorithm, digest);
      } catch (const OsError& error) {
        if (!MayHaveGoneStale(error.failure())) throw;
        keys_.erase(known);
      }
    }
    CfRef<SecKeyRef> key = FindKey(location);
    Bytes signature = SignWithKey(key.get(), algorithm, digest);
    keys_.insert_or_assign(location, std::move(key));
    return signature;
  }

 private:
  static CfRef<SecKeyRef> FindKey(const Location& location) {
    const KeychainKind kind = location.first == kDataProtectionKeychain
                                  ? KeychainKind::kDataProtection
                                  : KeychainKind::kFile;
    const Found<SecIdentityRef> found = FindIdentities(kind);
    for (const auto& identity : found.items) {
      if (IsAt(kind, identity.get(), location)) return PrivateKeyOf(identity.get());
    }
    if (found.failure) throw OsError(*found.failure);
    throw OsError(AddonFailure::kNotFound, "SecItemCopyMatching",
                  "The certificate and its key are no longer in the keychain.");
  }

  // An identity that cannot be read is not the one that is looked for.
  static bool IsAt(KeychainKind kind, SecIdentityRef identity, const Location& location) {
    try {
      const CfRef<SecCertificateRef> certificate = CertificateOf(identity);
      return DerOf(certificate.get()) == location.second &&
             PlaceOf(kind, certificate.get()) == location.first;
    } catch (const OsError&) {
      return false;
    }
  }

  Keys keys_;
};

}  // namespace

std::unique_ptr<CertificateStore> OpenCertificateStore() { return std::make_unique<Keychains>(); }

// SecKeychainAddCallback is deprecated, wants a run loop, and does not see the data protection
// keychain; there is no other notification.
std::unique_ptr<StoreWatch> WatchCertificateStore(std::function<void()>) { return nullptr; }

}  // namespace countersign
