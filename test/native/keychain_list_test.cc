#include "check.h"
#include "fixture.h"
#include "keychain_query_mac.h"

namespace test {
namespace {

using apple_double::AllKeychains;
using apple_double::QueryAccess;
using countersign::AddonFailure;
using countersign::kDataProtectionKeychain;
using countersign::KeyDescription;
using countersign::kFileKeychains;
using countersign::Listing;
using countersign::Protection;

Listing List() { return countersign::OpenCertificateStore()->List(); }

const KeyDescription& KeyOf(const Listing& listing, const std::string& label) {
  const auto& entry = Entry(listing, label);
  Check(entry.key.has_value() && !entry.key_failure, "a usable key for " + label);
  return *entry.key;
}

const Registered empty("list: empty keychains give an empty listing and no failure", [] {
  const CleanKeychains clean;
  {
    const Listing listing = List();
    Check(listing.certificates.empty(), "no certificates");
    Check(!StatusOf(listing, kFileKeychains), "file keychains read");
    Check(!StatusOf(listing, kDataProtectionKeychain), "data protection keychain read");
  }
  clean.CheckNothingLeft();
});

const Registered places("list: each identity is found once, with its place, label and DER", [] {
  const CleanKeychains clean;
  Item repeated = Identity(kSystem, "device", RsaKey());
  repeated.twice = true;
  Put(repeated);
  Put(Identity(kLogin, "user", EcKey(Algorithm::kEs256)));
  Put(Identity("", "card", RsaKey()));
  {
    const Listing listing = List();
    Check(listing.certificates.size() == 3, "three entries");
    Check(Entry(listing, "device").store == kSystem, "the System keychain's path");
    Check(Entry(listing, "user").store == kLogin, "the login keychain's path");
    Check(Entry(listing, "card").store == kDataProtectionKeychain, "the other keychain");
    Check(Entry(listing, "device").der == CertificateNamed("device"), "the certificate");
    Check(!StatusOf(listing, kSystem) && !StatusOf(listing, kLogin), "each place as a store");
  }
  clean.CheckNothingLeft();
});

const Registered same("list: a certificate in two keychains is two entries", [] {
  const CleanKeychains clean;
  Put(Identity(kSystem, "device", RsaKey()));
  Put(Identity(kLogin, "device", RsaKey()));
  Check(List().certificates.size() == 2, "two entries");
  clean.CheckNothingLeft();
});

const Registered keyless("list: a certificate without a key says so", [] {
  const CleanKeychains clean;
  Put(Identity(kLogin, "lonely", nullptr));
  const Listing listing = List();
  const auto& entry = Entry(listing, "lonely");
  Check(!entry.key, "no key");
  Check(Is(entry.key_failure.value(), AddonFailure::kNotFound), "the reason");
  clean.CheckNothingLeft();
});

const Registered holders("list: keys are described by what holds them", [] {
  const CleanKeychains clean;
  Item software = Identity(kLogin, "software", RsaKey());
  software.extractable = true;
  Item enclave = Identity("", "enclave", EcKey(Algorithm::kEs256));
  enclave.token_id = "com.apple.setoken";
  Item card = Identity("", "card", RsaKey());
  card.token_id = "com.apple.pivtoken:0123";
  card.extractable = false;
  Item other = Identity("", "other", RsaKey());
  other.token_id = "com.example.cloudtoken";
  for (const Item& item : {software, enclave, card, other}) Put(item);
  const Listing listing = List();
  Check(KeyOf(listing, "software").protection == Protection::kSoftware, "software");
  Check(KeyOf(listing, "software").exportable == true, "an exportable key");
  Check(KeyOf(listing, "enclave").protection == Protection::kHardware, "hardware");
  Check(KeyOf(listing, "enclave").exportable == false, "a key that stays");
  Check(KeyOf(listing, "enclave").provider == "Secure Enclave", "its name");
  Check(KeyOf(listing, "card").protection == Protection::kHardware, "hardware");
  Check(KeyOf(listing, "card").provider == "Token com.apple.pivtoken:0123", "the token's name");
  Check(KeyOf(listing, "card").exportable == false, "a key that stays");
  Check(KeyOf(listing, "other").protection == Protection::kUnknown, "a token that may be anything");
  Check(!KeyOf(listing, "other").exportable, "nothing said");
  clean.CheckNothingLeft();
});

const Registered abilities("list: what a key cannot do is known without a signature", [] {
  const CleanKeychains clean;
  Item old_card = Identity("", "old card", RsaKey());
  old_card.can_pss = false;
  Put(old_card);
  Put(Identity(kLogin, "software", RsaKey()));
  Item encryption = Identity(kLogin, "encryption", RsaKey());
  encryption.can_sign = false;
  Put(encryption);
  const Listing listing = List();
  Check(!KeyOf(listing, "old card").rsa_pss_sha256, "no PSS");
  Check(KeyOf(listing, "old card").rsa_pkcs1_sha256, "PKCS #1");
  Check(KeyOf(listing, "software").rsa_pss_sha256, "PSS");
  Check(Is(Entry(listing, "encryption").key_failure.value(), AddonFailure::kUnsupported),
        "a key that does not sign");
  clean.CheckNothingLeft();
});

const Registered quiet("list: a key that asks before use is described without asking", [] {
  const CleanKeychains clean;
  for (const char* keychain : {kLogin, ""}) {
    Item item = Identity(keychain, std::string("asks ") + keychain, RsaKey());
    item.access = apple_double::KeyAccess::kNeedsDialog;
    Put(item);
  }
  Check(List().certificates.size() == 2, "both");
  clean.CheckNothingLeft();
});

const Registered separate("list: each kind of keychain fails on its own", [] {
  const CleanKeychains clean;
  Put(Identity(kLogin, "user", RsaKey()));
  Put(Identity("", "card", RsaKey()));
  AllKeychains().data_protection_status = errSecMissingEntitlement;
  {
    const Listing listing = List();
    Check(listing.certificates.size() == 1, "the other keychain's entry");
    Check(!StatusOf(listing, kFileKeychains), "file keychains read");
    Check(Is(StatusOf(listing, kDataProtectionKeychain).value(), errSecMissingEntitlement),
          "the status of the one that failed");
  }
  AllKeychains().data_protection_status = errSecSuccess;
  AllKeychains().file_status = errSecNotAvailable;
  {
    const Listing listing = List();
    Check(listing.certificates.size() == 1, "the other keychain's entry");
    Check(Is(StatusOf(listing, kFileKeychains).value(), errSecNotAvailable), "the status");
    Check(StatusOf(listing, kFileKeychains)->message == "OSStatus -25291", "the system's sentence");
  }
  clean.CheckNothingLeft();
});

const Registered needs_user("list: an item that needs the user is left out, and said", [] {
  const CleanKeychains clean;
  Put(Identity("", "card", RsaKey()));
  Item fingerprint = Identity("", "fingerprint", EcKey(Algorithm::kEs256));
  fingerprint.query_access = QueryAccess::kNeedsUser;
  Put(fingerprint);
  const Listing listing = List();
  Check(listing.certificates.size() == 1, "the other item");
  KeyOf(listing, "card");
  Check(Is(StatusOf(listing, kDataProtectionKeychain).value(), errSecInteractionNotAllowed),
        "the reason");
  clean.CheckNothingLeft();
});

const Registered too_many("list: a keychain that holds too much is read to the limit", [] {
  const CleanKeychains clean;
  Put(Identity("", "card", RsaKey()));
  for (std::size_t i = 0; i <= countersign::kMaxCertificatesPerStore; i++) {
    Put(Identity(kLogin, "user " + std::to_string(i), nullptr));
  }
  const Listing listing = List();
  Check(listing.certificates.size() == countersign::kMaxCertificatesPerStore + 1,
        "the limit, and the other keychain's entry");
  Check(Is(StatusOf(listing, kFileKeychains).value(), AddonFailure::kTooLarge), "the reason");
  Check(!StatusOf(listing, kDataProtectionKeychain), "the other keychain read");
  clean.CheckNothingLeft();
});

const Registered no_watch("watch: macOS offers no notification", [] {
  Check(countersign::WatchCertificateStore([] {}) == nullptr, "no watch");
});

}  // namespace
}  // namespace test
