// Keychains and keys for the tests of the macOS sources.
#ifndef TEST_NATIVE_FIXTURE_H_
#define TEST_NATIVE_FIXTURE_H_

#include <memory>
#include <string>

#include "certificate_store.h"
#include "keychain.h"

namespace test {

using apple_double::Item;
using countersign::Algorithm;
using countersign::Bytes;

constexpr const char* kLogin = "/Users/alice/Library/Keychains/login.keychain-db";
constexpr const char* kSystem = "/Library/Keychains/System.keychain";

// Keys that are made once.
std::shared_ptr<EVP_PKEY> RsaKey();
std::shared_ptr<EVP_PKEY> EcKey(Algorithm algorithm);
std::shared_ptr<EVP_PKEY> KeyFor(Algorithm algorithm);

// Bytes that stand for a certificate: the macOS sources never look into one.
Bytes CertificateNamed(const std::string& name);

// An identity, not yet in any keychain.
Item Identity(const std::string& keychain, const std::string& name, std::shared_ptr<EVP_PKEY> key);

// Puts an item into its keychain.
std::shared_ptr<Item> Put(Item item);

// Takes an item out of its keychain.
void Remove(const std::shared_ptr<Item>& item);

// The entry of a listing with that label. Ends the test where there is not exactly one.
const countersign::StoredCertificate& Entry(const countersign::Listing& listing,
                                            const std::string& label);

// The failure that a listing reports for a store. Ends the test where the store is not in it.
const std::optional<countersign::Failure>& StatusOf(const countersign::Listing& listing,
                                                    const std::string& store);

// A digest of the algorithm's size.
Bytes DigestFor(Algorithm algorithm);

// Whether a signature in JWS form is the key's, over DigestFor(algorithm).
bool Verifies(EVP_PKEY* key, Algorithm algorithm, const Bytes& signature);

// Empties all keychains before a test and, after it, checks that no object was left behind.
class CleanKeychains {
 public:
  CleanKeychains();
  // Ends the test where objects are alive that were not at the start, or where dialogs were opened
  // or are no longer allowed.
  void CheckNothingLeft() const;

 private:
  long live_objects_;
};

}  // namespace test

#endif  // TEST_NATIVE_FIXTURE_H_
