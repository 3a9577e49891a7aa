#include <openssl/bn.h>
#include <openssl/ec.h>

#include <memory>

#include "check.h"
#include "ecdsa_signature_mac.h"

namespace test {
namespace {

using countersign::Bytes;
using countersign::EcdsaDerToJose;

Bytes Concatenate(std::initializer_list<Bytes> parts) {
  Bytes whole;
  for (const Bytes& part : parts) whole.insert(whole.end(), part.begin(), part.end());
  return whole;
}

// r = 0x80.. needs a leading zero in DER; s = 5 is much shorter than the width.
Bytes Example() {
  return Concatenate({{0x30, 0x26, 0x02, 0x21, 0x00}, Bytes(32, 0x80), {0x02, 0x01, 0x05}});
}

// What OpenSSL makes of the input: accepted only if it is what OpenSSL itself would write, and both
// numbers are positive and fit.
bool OpenSslAccepts(const Bytes& der, std::size_t component_size) {
  const std::uint8_t* next = der.data();
  const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> pair(
      d2i_ECDSA_SIG(nullptr, &next, static_cast<long>(der.size())), ECDSA_SIG_free);
  if (!pair || next != der.data() + der.size()) return false;
  std::uint8_t* encoded = nullptr;
  const int length = i2d_ECDSA_SIG(pair.get(), &encoded);
  const bool same = Bytes(encoded, encoded + length) == der;
  OPENSSL_free(encoded);
  for (const BIGNUM* number : {ECDSA_SIG_get0_r(pair.get()), ECDSA_SIG_get0_s(pair.get())}) {
    if (BN_is_negative(number) || BN_is_zero(number) ||
        static_cast<std::size_t>(BN_num_bytes(number)) > component_size) {
      return false;
    }
  }
  return same;
}

const Registered pads("ECDSA: both numbers are padded to the width of the curve", [] {
  const std::optional<Bytes> jose = EcdsaDerToJose(Example(), 32);
  Check(jose == Concatenate({Bytes(32, 0x80), Bytes(31, 0), {5}}), "r and s of 32 bytes each");
});

const Registered truncated("ECDSA: no truncated and no extended signature is accepted", [] {
  const Bytes example = Example();
  for (std::size_t size = 0; size < example.size(); size++) {
    const Bytes part(example.begin(), example.begin() + static_cast<std::ptrdiff_t>(size));
    Check(!EcdsaDerToJose(part, 32), "refusal of the first " + std::to_string(size) + " bytes");
  }
  Check(!EcdsaDerToJose(Concatenate({example, {0}}), 32), "refusal of a byte too many");
});

const Registered mutated("ECDSA: exactly what is DER for OpenSSL too is accepted", [] {
  const Bytes example = Example();
  for (std::size_t at = 0; at < example.size(); at++) {
    for (int value = 0; value < 256; value++) {
      Bytes changed = example;
      changed[at] = static_cast<std::uint8_t>(value);
      Check(EcdsaDerToJose(changed, 32).has_value() == OpenSslAccepts(changed, 32),
            "agreement on byte " + std::to_string(at) + " = " + std::to_string(value));
    }
  }
});

const Registered wide("ECDSA: P-521 signatures, whose length takes two bytes, are read", [] {
  const Bytes der =
      Concatenate({{0x30, 0x81, 0x88, 0x02, 0x42}, Bytes(66, 0x01), {0x02, 0x42}, Bytes(66, 0x01)});
  Check(EcdsaDerToJose(der, 66) == Bytes(132, 0x01), "132 bytes");
  Check(!EcdsaDerToJose(der, 48), "refusal for a narrower curve");
  Bytes padded = Concatenate({{0x30, 0x82, 0x00, 0x88}, Bytes(der.begin() + 3, der.end())});
  Check(!EcdsaDerToJose(padded, 66), "refusal of a length that is not the shortest");
  const Bytes example = Example();
  padded = Concatenate({{0x30, 0x81, 0x26}, Bytes(example.begin() + 2, example.end())});
  Check(!EcdsaDerToJose(padded, 32), "refusal of a long form for a short length");
});

}  // namespace
}  // namespace test
