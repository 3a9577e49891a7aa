// Every call to the system fails in turn: nothing leaks, and each failure ends where it belongs.
#include <functional>
#include <map>

#include "cf_ref_mac.h"
#include "check.h"
#include "faults.h"
#include "fixture.h"
#include "keychain_query_mac.h"
#include "managed_policy.h"
#include "object.h"
#include "preferences.h"

namespace test {
namespace {

using countersign::AddonFailure;
using countersign::Failure;
using countersign::kDataProtectionKeychain;
using countersign::Listing;
using countersign::OpenCertificateStore;

// What a call's failure may lead to.
enum class Effect {
  kFailure,  // a failure that names the call, or the entry that it spoils
  kLess,     // the same answer with less in it: no sentence, no label, no path
};

const std::map<std::string, Effect>& Effects() {
  static const std::map<std::string, Effect> effects = {
      {"SecItemCopyMatching", Effect::kFailure},
      {"SecIdentityCopyCertificate", Effect::kFailure},
      {"SecIdentityCopyPrivateKey", Effect::kFailure},
      {"SecCertificateCopyData", Effect::kFailure},
      {"SecKeyCreateSignature", Effect::kFailure},
      {"SecKeyCreateSignature, without an error", Effect::kFailure},
      {"SecKeychainGetUserInteractionAllowed", Effect::kFailure},
      {"SecKeychainSetUserInteractionAllowed", Effect::kFailure},
      {"CFDictionaryCreate", Effect::kFailure},
      {"CFDataCreate", Effect::kFailure},
      {"CFStringCreateWithBytes", Effect::kFailure},
      {"CFStringGetBytes", Effect::kFailure},
      {"CFStringGetMaximumSizeForEncoding", Effect::kFailure},
      {"CFNumberGetValue", Effect::kFailure},
      {"SecKeychainItemCopyKeychain", Effect::kLess},
      {"SecKeychainGetPath", Effect::kLess},
      {"SecCertificateCopySubjectSummary", Effect::kLess},
      {"SecKeyCopyAttributes", Effect::kLess},
      {"SecCopyErrorMessageString", Effect::kLess},
      {"CFErrorCopyDescription", Effect::kLess},
      {"CFPreferencesAppSynchronize", Effect::kLess},
      {"CFPreferencesCopyAppValue", Effect::kLess},
  };
  return effects;
}

// Runs a scenario once for each of its calls, that call failing; then once more with none failing.
//
// scenario: returns whether it met a failure; OsErrors are caught here.
void FailEachCall(const std::function<bool()>& scenario) {
  const long live = apple_double::LiveObjects();
  for (long n = 1;; n++) {
    apple_double::FailCall(n);
    bool failed = false;
    try {
      failed = scenario();
    } catch (const countersign::OsError& error) {
      failed = true;
      Check(!error.failure().api.empty() && !error.failure().facility.empty(), "a named call");
    }
    const std::string call = apple_double::FailedCall();
    apple_double::FailCall(0);
    Check(apple_double::LiveObjects() == live, "no object left behind after " + call);
    if (call.empty()) {
      Check(!failed, "success where no call fails");
      return;
    }
    const auto effect = Effects().find(call);
    Check(effect != Effects().end(), "an expectation for " + call);
    // Setting the switch back has nobody to tell, and spoils nothing.
    const bool set_back = call == "SecKeychainSetUserInteractionAllowed" && !failed;
    if (set_back) apple_double::AllKeychains().interaction_allowed = true;
    if (effect->second == Effect::kFailure) Check(failed || set_back, "a failure after " + call);
    Check(apple_double::AllKeychains().interaction_allowed, "dialogs allowed again after " + call);
  }
}

bool HasFailure(const Listing& listing) {
  for (const auto& status : listing.stores) {
    if (status.failure) return true;
  }
  for (const auto& entry : listing.certificates) {
    Check(entry.key.has_value() != entry.key_failure.has_value(), "a key or the reason why not");
    if (entry.key_failure) return true;
  }
  return false;
}

void FillKeychains() {
  Put(Identity(kSystem, "device", RsaKey()));
  Item card = Identity("", "card", EcKey(Algorithm::kEs256));
  card.token_id = "com.apple.setoken";
  Put(card);
}

const Registered list("faults: listing", [] {
  const CleanKeychains clean;
  FillKeychains();
  FailEachCall([] { return HasFailure(OpenCertificateStore()->List()); });
  clean.CheckNothingLeft();
});

const Registered list_entries("faults: one entry that fails leaves the others usable", [] {
  const CleanKeychains clean;
  Put(Identity(kLogin, "first", RsaKey()));
  Put(Identity(kLogin, "second", RsaKey()));
  for (long n = 1;; n++) {
    apple_double::FailCall(n);
    const Listing listing = OpenCertificateStore()->List();
    const std::string call = apple_double::FailedCall();
    if (call.empty()) break;
    apple_double::AllKeychains().interaction_allowed = true;
    if (call != "SecIdentityCopyPrivateKey" && call != "SecCertificateCopyData") continue;
    int usable = 0;
    for (const auto& entry : listing.certificates) usable += entry.key ? 1 : 0;
    Check(usable >= 1, "the other identity after " + call);
  }
  apple_double::FailCall(0);
  clean.CheckNothingLeft();
});

const Registered sign("faults: signing with a key that is looked for first", [] {
  const CleanKeychains clean;
  FillKeychains();
  for (const Algorithm algorithm : {Algorithm::kRs256, Algorithm::kEs256}) {
    const bool rsa = algorithm == Algorithm::kRs256;
    FailEachCall([&] {
      OpenCertificateStore()->Sign(rsa ? kSystem : kDataProtectionKeychain,
                                   CertificateNamed(rsa ? "device" : "card"), algorithm,
                                   DigestFor(algorithm));
      // A path that could not be read hides the identity: it is then not found.
      return false;
    });
  }
  clean.CheckNothingLeft();
});

const Registered sign_denied("faults: reporting why a key refused", [] {
  const CleanKeychains clean;
  Item denied = Identity(kSystem, "device", RsaKey());
  denied.access = apple_double::KeyAccess::kDenied;
  Put(denied);
  const long live = apple_double::LiveObjects();
  for (long n = 1;; n++) {
    apple_double::FailCall(n);
    const Failure failure = FailureOf([] {
      OpenCertificateStore()->Sign(kSystem, CertificateNamed("device"), Algorithm::kRs256,
                                   DigestFor(Algorithm::kRs256));
    });
    const std::string call = apple_double::FailedCall();
    apple_double::FailCall(0);
    apple_double::AllKeychains().interaction_allowed = true;
    Check(apple_double::LiveObjects() == live, "no object left behind after " + call);
    if (call.empty() || call == "CFErrorCopyDescription") {
      Check(Is(failure, errSecAuthFailed), "the reason, even where its sentence is lost");
    }
    if (call.empty()) break;
  }
  clean.CheckNothingLeft();
});

const Registered policy("faults: reading managed settings", [] {
  const auto number = countersign::CfRef<CFTypeRef>::Adopt(new __CFNumber(std::int64_t{7}));
  apple_double::SetPreference("com.example.agent", "number", number.get(), true);
  apple_double::SetPreference("com.example.agent", "text", kCFErrorDomainOSStatus, true);
  FailEachCall([] {
    countersign::ReadManagedPolicy("com.example.agent", {"number", "text"});
    return false;
  });
  apple_double::ClearPreferences();
});

}  // namespace
}  // namespace test
