// From the ECDSA signatures of X.509 and TLS to those of JOSE. No Node type in here.
#ifndef COUNTERSIGN_NATIVE_ECDSA_SIGNATURE_MAC_H_
#define COUNTERSIGN_NATIVE_ECDSA_SIGNATURE_MAC_H_

#include <cstddef>
#include <optional>

#include "certificate_store.h"

namespace countersign {

// Converts ECDSA-Sig-Value (RFC 3279 section 2.2.3, in DER) to r‖s of fixed width (RFC 7518 section
// 3.4).
//
// component_size: bytes of r, and of s.
// Returns nothing where the input is not exactly one such value in DER (X.690 section 8.3.2, 10.1),
// or where r or s is zero, negative or too long for the width.
std::optional<Bytes> EcdsaDerToJose(const Bytes& der, std::size_t component_size);

}  // namespace countersign

#endif  // COUNTERSIGN_NATIVE_ECDSA_SIGNATURE_MAC_H_
