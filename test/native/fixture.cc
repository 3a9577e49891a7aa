#include "fixture.h"

#include <openssl/ec.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <map>

#include "check.h"
#include "faults.h"
#include "object.h"

namespace test {
namespace {

std::shared_ptr<EVP_PKEY> Owned(EVP_PKEY* key) {
  Check(key != nullptr, "a key");
  return std::shared_ptr<EVP_PKEY>(key, EVP_PKEY_free);
}

const EVP_MD* DigestOf(Algorithm algorithm) {
  return algorithm == Algorithm::kEs384   ? EVP_sha384()
         : algorithm == Algorithm::kEs512 ? EVP_sha512()
                                          : EVP_sha256();
}

// r‖s to ECDSA-Sig-Value, by OpenSSL.
Bytes ToDer(const Bytes& jose) {
  const int size = static_cast<int>(jose.size() / 2);
  ECDSA_SIG* pair = ECDSA_SIG_new();
  ECDSA_SIG_set0(pair, BN_bin2bn(jose.data(), size, nullptr),
                 BN_bin2bn(jose.data() + size, size, nullptr));
  std::uint8_t* encoded = nullptr;
  const int length = i2d_ECDSA_SIG(pair, &encoded);
  Bytes der(encoded, encoded + length);
  OPENSSL_free(encoded);
  ECDSA_SIG_free(pair);
  return der;
}

}  // namespace

std::shared_ptr<EVP_PKEY> RsaKey() {
  static const std::shared_ptr<EVP_PKEY> key = Owned(EVP_RSA_gen(2048));
  return key;
}

std::shared_ptr<EVP_PKEY> EcKey(Algorithm algorithm) {
  static std::map<Algorithm, std::shared_ptr<EVP_PKEY>> keys;
  const char* curve = algorithm == Algorithm::kEs384   ? "P-384"
                      : algorithm == Algorithm::kEs512 ? "P-521"
                                                       : "P-256";
  std::shared_ptr<EVP_PKEY>& key = keys[algorithm];
  if (!key) key = Owned(EVP_EC_gen(curve));
  return key;
}

std::shared_ptr<EVP_PKEY> KeyFor(Algorithm algorithm) {
  return countersign::EcdsaComponentSize(algorithm) == 0 ? RsaKey() : EcKey(algorithm);
}

Bytes CertificateNamed(const std::string& name) {
  const std::string text = "certificate of " + name;
  return Bytes(text.begin(), text.end());
}

Item Identity(const std::string& keychain, const std::string& name, std::shared_ptr<EVP_PKEY> key) {
  Item item;
  item.keychain = keychain;
  item.label = name;
  item.certificate = CertificateNamed(name);
  item.key = std::move(key);
  return item;
}

std::shared_ptr<Item> Put(Item item) {
  auto shared = std::make_shared<Item>(std::move(item));
  apple_double::AllKeychains().items.push_back(shared);
  return shared;
}

void Remove(const std::shared_ptr<Item>& item) {
  auto& items = apple_double::AllKeychains().items;
  items.erase(std::remove(items.begin(), items.end(), item), items.end());
}

const countersign::StoredCertificate& Entry(const countersign::Listing& listing,
                                            const std::string& label) {
  const countersign::StoredCertificate* found = nullptr;
  for (const auto& entry : listing.certificates) {
    if (entry.label != label) continue;
    Check(found == nullptr, "one entry named " + label);
    found = &entry;
  }
  Check(found != nullptr, "an entry named " + label);
  return *found;
}

const std::optional<countersign::Failure>& StatusOf(const countersign::Listing& listing,
                                                    const std::string& store) {
  for (const auto& status : listing.stores) {
    if (status.name == store) return status.failure;
  }
  throw CheckFailed{"expected: a store named " + store};
}

Bytes DigestFor(Algorithm algorithm) { return Bytes(countersign::DigestSize(algorithm), 0x5a); }

bool Verifies(EVP_PKEY* key, Algorithm algorithm, const Bytes& signature) {
  const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(
      EVP_PKEY_CTX_new(key, nullptr), EVP_PKEY_CTX_free);
  EVP_PKEY_verify_init(context.get());
  EVP_PKEY_CTX_set_signature_md(context.get(), DigestOf(algorithm));
  if (algorithm == Algorithm::kPs256) {
    EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PSS_PADDING);
    EVP_PKEY_CTX_set_rsa_pss_saltlen(context.get(), RSA_PSS_SALTLEN_DIGEST);
  }
  const std::size_t component = countersign::EcdsaComponentSize(algorithm);
  if (component != 0 && signature.size() != 2 * component) return false;
  const Bytes encoded = component == 0 ? signature : ToDer(signature);
  const Bytes digest = DigestFor(algorithm);
  return EVP_PKEY_verify(context.get(), encoded.data(), encoded.size(), digest.data(),
                         digest.size()) == 1;
}

CleanKeychains::CleanKeychains() : live_objects_(apple_double::LiveObjects()) {
  apple_double::ClearKeychains();
  apple_double::FailCall(0);
}

void CleanKeychains::CheckNothingLeft() const {
  const long left = apple_double::LiveObjects() - live_objects_;
  Check(left == 0, "no object left behind, not " + std::to_string(left));
  Check(apple_double::AllKeychains().dialogs == 0, "no dialog");
  Check(apple_double::AllKeychains().interaction_allowed, "dialogs allowed again");
}

}  // namespace test
