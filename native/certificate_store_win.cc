// The personal stores of Windows: CurrentUser\MY and LocalMachine\MY.
#include <array>
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
    return listing;
  }

  // The key is opened for each signature: one that was taken away or forbidden meanwhile is not
  // used from memory, and no handle goes stale when a card is pulled and put back.
  Bytes Sign(const std::string& store, const Bytes& certificate, Algorithm algorithm,
             const Bytes& digest) override {
    return Acquire(store, certificate)->Sign(algorithm, digest);
  }

 private:
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
};

}  // namespace

std::unique_ptr<CertificateStore> OpenCertificateStore() {
  return std::make_unique<WindowsCertificateStore>();
}

}  // namespace countersign
