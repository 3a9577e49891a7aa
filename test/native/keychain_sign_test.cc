#include "check.h"
#include "fixture.h"
#include "keychain_query_mac.h"
#include "object.h"

namespace test {
namespace {

using apple_double::AllKeychains;
using apple_double::KeyAccess;
using countersign::AddonFailure;
using countersign::CertificateStore;
using countersign::kDataProtectionKeychain;
using countersign::OpenCertificateStore;

constexpr Algorithm kAlgorithms[] = {Algorithm::kRs256, Algorithm::kPs256, Algorithm::kEs256,
                                     Algorithm::kEs384, Algorithm::kEs512};

Bytes Sign(CertificateStore& store, const std::string& place, const std::string& name,
           Algorithm algorithm) {
  return store.Sign(place, CertificateNamed(name), algorithm, DigestFor(algorithm));
}

countersign::Failure SignFailure(CertificateStore& store, const std::string& place,
                                 const std::string& name, Algorithm algorithm) {
  return FailureOf([&] { Sign(store, place, name, algorithm); });
}

const Registered signs("sign: every algorithm, in both kinds of keychain, listed before or not",
                       [] {
                         const CleanKeychains clean;
                         for (const Algorithm algorithm : kAlgorithms) {
                           for (const char* place : {kLogin, kDataProtectionKeychain}) {
                             const bool file = std::string(place) == kLogin;
                             apple_double::ClearKeychains();
                             Put(Identity(file ? kLogin : "", "device", KeyFor(algorithm)));
                             Put(Identity(file ? kSystem : "", "another", RsaKey()));
                             const auto store = OpenCertificateStore();
                             Check(Verifies(KeyFor(algorithm).get(), algorithm,
                                            Sign(*store, place, "device", algorithm)),
                                   "a signature without a listing");
                             store->List();
                             Check(Verifies(KeyFor(algorithm).get(), algorithm,
                                            Sign(*store, place, "device", algorithm)),
                                   "a signature after a listing");
                           }
                         }
                         clean.CheckNothingLeft();
                       });

const Registered unknown("sign: what is not in that place is not found", [] {
  const CleanKeychains clean;
  Put(Identity(kLogin, "device", RsaKey()));
  const auto store = OpenCertificateStore();
  for (const char* place : {kSystem, kDataProtectionKeychain, "", "no such place"}) {
    Check(Is(SignFailure(*store, place, "device", Algorithm::kRs256), AddonFailure::kNotFound),
          std::string("nothing in ") + place);
  }
  Check(Is(SignFailure(*store, kLogin, "stranger", Algorithm::kRs256), AddonFailure::kNotFound),
        "no such certificate");
  clean.CheckNothingLeft();
});

const Registered digest_size("sign: a digest of the wrong size reaches no keychain", [] {
  const CleanKeychains clean;
  Put(Identity(kLogin, "device", RsaKey()));
  const auto store = OpenCertificateStore();
  for (const std::size_t size : {0, 20, 31, 33, 48, 10000000}) {
    const auto failure = FailureOf(
        [&] { store->Sign(kLogin, CertificateNamed("device"), Algorithm::kRs256, Bytes(size)); });
    Check(Is(failure, AddonFailure::kInvalidArgument), std::to_string(size) + " bytes refused");
  }
  clean.CheckNothingLeft();
});

const Registered denied("sign: a key that refuses this program says so, without a dialog", [] {
  const CleanKeychains clean;
  Item item = Identity(kLogin, "denied", RsaKey());
  item.access = KeyAccess::kDenied;
  Put(item);
  item = Identity(kLogin, "asks", EcKey(Algorithm::kEs256));
  item.access = KeyAccess::kNeedsDialog;
  Put(item);
  item.keychain = "";
  Put(item);
  const auto store = OpenCertificateStore();
  Check(Is(SignFailure(*store, kLogin, "denied", Algorithm::kRs256), errSecAuthFailed), "denied");
  for (const char* place : {kLogin, kDataProtectionKeychain}) {
    Check(Is(SignFailure(*store, place, "asks", Algorithm::kEs256), errSecInteractionNotAllowed),
          "a dialog that is not opened");
  }
  clean.CheckNothingLeft();
});

const Registered restores("sign: a program that forbade dialogs itself finds them forbidden", [] {
  const CleanKeychains clean;
  Put(Identity(kLogin, "device", RsaKey()));
  AllKeychains().interaction_allowed = false;
  Sign(*OpenCertificateStore(), kLogin, "device", Algorithm::kRs256);
  Check(!AllKeychains().interaction_allowed, "as it was before");
  AllKeychains().interaction_allowed = true;
  clean.CheckNothingLeft();
});

const Registered stale("sign: a key that went and came back is found again", [] {
  const CleanKeychains clean;
  {
    const auto first = Put(Identity("", "card", RsaKey()));
    const auto store = OpenCertificateStore();
    store->List();
    Remove(first);
    Check(Is(SignFailure(*store, kDataProtectionKeychain, "card", Algorithm::kRs256),
             AddonFailure::kNotFound),
          "no card");
    const auto second = Put(Identity("", "card", RsaKey()));
    Sign(*store, kDataProtectionKeychain, "card", Algorithm::kRs256);
    Remove(second);
    Put(Identity("", "card", RsaKey()));
    Check(Verifies(RsaKey().get(), Algorithm::kRs256,
                   Sign(*store, kDataProtectionKeychain, "card", Algorithm::kRs256)),
          "a signature by the card that came back");
  }
  clean.CheckNothingLeft();
});

const Registered once("sign: a key that refuses is not asked twice, one that has gone is", [] {
  const CleanKeychains clean;
  {
    const auto card = Put(Identity("", "card", RsaKey()));
    const auto store = OpenCertificateStore();
    store->List();
    int uses = 0;
    for (const auto& [code, tries] : {std::pair<CFIndex, int>{-5, 1}, {-9, 1}, {-7, 2}, {-2, 2}}) {
      store->List();
      card->sign_error = {{"CryptoTokenKit", code}};
      const auto failure = SignFailure(*store, kDataProtectionKeychain, "card", Algorithm::kRs256);
      Check(failure.code == code, "the token's own code");
      Check(card->uses - uses == tries,
            std::to_string(tries) + " tries for " + std::to_string(code));
      uses = card->uses;
    }
  }
  clean.CheckNothingLeft();
});

const Registered domains("sign: errors of other frameworks keep their domain", [] {
  const CleanKeychains clean;
  Item item = Identity("", "card", RsaKey());
  item.sign_error = {{"CryptoTokenKit", -7}};
  Put(item);
  const auto failure =
      SignFailure(*OpenCertificateStore(), kDataProtectionKeychain, "card", Algorithm::kRs256);
  Check(failure.facility == "CryptoTokenKit" && failure.code == -7, "domain and code");
  Check(failure.api == "SecKeyCreateSignature" && failure.message == "Error -7", "call, sentence");
  clean.CheckNothingLeft();
});

const Registered unsupported("sign: an algorithm that is not the key's is refused", [] {
  const CleanKeychains clean;
  Put(Identity(kLogin, "rsa", RsaKey()));
  Put(Identity(kLogin, "ec", EcKey(Algorithm::kEs256)));
  const auto store = OpenCertificateStore();
  Check(Is(SignFailure(*store, kLogin, "rsa", Algorithm::kEs256), errSecParam), "no ECDSA by RSA");
  Check(Is(SignFailure(*store, kLogin, "ec", Algorithm::kPs256), errSecParam), "no PSS by EC");
  clean.CheckNothingLeft();
});

const Registered malformed("sign: what is not an ECDSA signature is not passed on", [] {
  const CleanKeychains clean;
  Item item = Identity(kLogin, "device", EcKey(Algorithm::kEs256));
  for (const Bytes& bytes : {Bytes{}, Bytes(64, 1), Bytes{0x30, 0x06, 2, 1, 0, 2, 1, 1}}) {
    apple_double::ClearKeychains();
    item.signature = bytes;
    Put(item);
    Check(Is(SignFailure(*OpenCertificateStore(), kLogin, "device", Algorithm::kEs256),
             AddonFailure::kBadSignature),
          "a refusal");
  }
  clean.CheckNothingLeft();
});

const Registered many("list and sign: ten thousand times, and nothing is left behind", [] {
  const CleanKeychains clean;
  Put(Identity(kLogin, "device", EcKey(Algorithm::kEs256)));
  Put(Identity("", "card", RsaKey()));
  const auto store = OpenCertificateStore();
  store->List();
  const long live = apple_double::LiveObjects();
  for (int i = 0; i < 10000; i++) {
    store->List();
    Sign(*store, kLogin, "device", Algorithm::kEs256);
    Check(apple_double::LiveObjects() == live, "as many objects as after the first listing");
  }
});

}  // namespace
}  // namespace test
