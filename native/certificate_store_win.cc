// The personal stores of Windows: CurrentUser\MY and LocalMachine\MY.
#include <array>
#include <map>
#include <set>
#include <utility>

#include "certificate_store.h"
#include "windows_failure.h"
#include "windows_private_key.h"
#include "windows_system_stores.h"

namespace countersign {
namespace {

Bytes DerOf(PCCERT_CONTEXT certificate) {
  return Bytes(certificate->pbCertEncoded, certificate->pbCertEncoded + certificate->cbCertEncoded);
}

std::string LabelOf(PCCERT_CONTEXT certificate) {
  std::array<wchar_t, 256> name{};
  auto size = static_cast<DWORD>((name.size() - 1) * sizeof(wchar_t));
  if (!CertGetCertificateContextProperty(certificate, CERT_FRIENDLY_NAME_PROP_ID, name.data(),
                                         &size)) {
    return {};
  }
  return ToUtf8(name.data());
}

// The issuers that Windows knows, without network: neither AIA nor CRL nor automatic root update.
// Whether Windows trusts the chain does not matter: the verifier decides.
std::vector<Bytes> ChainOf(PCCERT_CONTEXT certificate, HCERTSTORE store) {
  CERT_CHAIN_PARA parameters{};
  parameters.cbSize = sizeof parameters;
  UniqueCertChain chain;
  if (!CertGetCertificateChain(nullptr, certificate, nullptr, store, &parameters,
                               CERT_CHAIN_CACHE_ONLY_URL_RETRIEVAL | CERT_CHAIN_DISABLE_AIA,
                               nullptr, chain.Out()) ||
      chain.Get()->cChain == 0) {
    return {};
  }
  const CERT_SIMPLE_CHAIN& simple = *chain.Get()->rgpChain[0];
  std::vector<Bytes> issuers;
  for (DWORD i = 1; i < simple.cElement; i++) {
    issuers.push_back(DerOf(simple.rgpElement[i]->pCertContext));
  }
  return issuers;
}

StoredCertificate Read(PCCERT_CONTEXT certificate, HCERTSTORE store, const char* store_name) {
  StoredCertificate stored;
  stored.store = store_name;
  stored.label = LabelOf(certificate);
  stored.der = DerOf(certificate);
  try {
    stored.key = AcquirePrivateKey(certificate)->Describe();
    stored.chain = ChainOf(certificate, store);
  } catch (const OsError& error) {
    stored.key_failure = error.failure();
  }
  return stored;
}

class WindowsCertificateStore final : public CertificateStore {
 public:
  Listing List() override {
    Listing listing;
    for (const SystemStore& place : kSystemStores) {
      StoreStatus status{place.name, std::nullopt};
      try {
        ListInto(listing, place);
      } catch (const OsError& error) {
        status.failure = error.failure();
      }
      listing.stores.push_back(std::move(status));
    }
    ForgetKeysOfOthers(listing);
    return listing;
  }

  Bytes Sign(const std::string& store, const Bytes& certificate, Algorithm algorithm,
             const Bytes& digest) override {
    const KeyId id(store, certificate);
    const auto open = keys_.find(id);
    if (open != keys_.end()) {
      try {
        return open->second->Sign(algorithm, digest);
      } catch (const OsError&) {
        // A handle goes stale when a card is pulled and put back: once more with a fresh one.
        keys_.erase(open);
      }
    }
    std::unique_ptr<PrivateKey> key = Acquire(store, certificate);
    Bytes signature = key->Sign(algorithm, digest);
    keys_.emplace(id, std::move(key));
    return signature;
  }

 private:
  using KeyId = std::pair<std::string, Bytes>;

  static void ListInto(Listing& listing, const SystemStore& place) {
    std::size_t count = 0;
    ForEachCertificate(place, [&](PCCERT_CONTEXT certificate, HCERTSTORE store) {
      if (++count > kMaxCertificatesPerStore) {
        throw OsError(AddonFailure::kTooLarge, "CertEnumCertificatesInStore",
                      "The store holds more certificates than are read from one store.");
      }
      listing.certificates.push_back(Read(certificate, store, place.name));
      return true;
    });
  }

  static std::unique_ptr<PrivateKey> Acquire(const std::string& store_name, const Bytes& der) {
    std::unique_ptr<PrivateKey> key;
    for (const SystemStore& place : kSystemStores) {
      if (place.name != store_name) continue;
      ForEachCertificate(place, [&](PCCERT_CONTEXT certificate, HCERTSTORE) {
        if (DerOf(certificate) != der) return true;
        key = AcquirePrivateKey(certificate);
        return false;
      });
    }
    if (!key) {
      throw OsError(AddonFailure::kNotFound, "CertEnumCertificatesInStore",
                    "The certificate is no longer in the store.");
    }
    return key;
  }

  void ForgetKeysOfOthers(const Listing& listing) {
    if (keys_.empty()) return;
    std::set<KeyId> present;
    for (const StoredCertificate& stored : listing.certificates) {
      present.emplace(stored.store, stored.der);
    }
    for (auto key = keys_.begin(); key != keys_.end();) {
      key = present.count(key->first) == 0 ? keys_.erase(key) : std::next(key);
    }
  }

  // The keys that were signed with. Opening one takes a round trip to its provider.
  std::map<KeyId, std::unique_ptr<PrivateKey>> keys_;
};

}  // namespace

std::unique_ptr<CertificateStore> OpenCertificateStore() {
  return std::make_unique<WindowsCertificateStore>();
}

}  // namespace countersign
