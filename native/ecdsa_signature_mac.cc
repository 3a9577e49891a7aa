#include "ecdsa_signature_mac.h"

#include <algorithm>

namespace countersign {
namespace {

constexpr std::uint8_t kSequence = 0x30;
constexpr std::uint8_t kInteger = 0x02;

// Reads DER from front to back; every read says whether it succeeded.
class Reader {
 public:
  Reader(const std::uint8_t* begin, const std::uint8_t* end) : next_(begin), end_(end) {}

  bool AtEnd() const { return next_ == end_; }

  // Steps over one element and returns a reader of its content. A signature of at most 2 * 66 bytes
  // needs no length form beyond one length byte (0x81).
  std::optional<Reader> Read(std::uint8_t tag) {
    if (Left() < 2 || next_[0] != tag) return std::nullopt;
    std::size_t header = 2;
    std::size_t length = next_[1];
    if (length >= 0x80) {
      if (length != 0x81 || Left() < 3 || next_[2] < 0x80) return std::nullopt;
      header = 3;
      length = next_[2];
    }
    if (Left() - header < length) return std::nullopt;
    const Reader content(next_ + header, next_ + header + length);
    next_ = content.end_;
    return content;
  }

  // Writes the content as an unsigned integer of a fixed width, if it is a minimal positive one.
  bool CopyPositive(std::uint8_t* out, std::size_t width) const {
    const std::uint8_t* first = next_;
    if (AtEnd() || (*first & 0x80) != 0) return false;
    if (*first == 0) {
      first++;
      if (first == end_ || (*first & 0x80) == 0) return false;
    }
    const auto size = static_cast<std::size_t>(end_ - first);
    if (size > width) return false;
    std::copy(first, end_, out + (width - size));
    return true;
  }

 private:
  std::size_t Left() const { return static_cast<std::size_t>(end_ - next_); }

  const std::uint8_t* next_;
  const std::uint8_t* end_;
};

}  // namespace

std::optional<Bytes> EcdsaDerToJose(const Bytes& der, std::size_t component_size) {
  Reader input(der.data(), der.data() + der.size());
  std::optional<Reader> sequence = input.Read(kSequence);
  if (!sequence || !input.AtEnd()) return std::nullopt;
  const std::optional<Reader> r = sequence->Read(kInteger);
  const std::optional<Reader> s = r ? sequence->Read(kInteger) : std::nullopt;
  if (!s || !sequence->AtEnd()) return std::nullopt;
  Bytes jose(2 * component_size, 0);
  if (!r->CopyPositive(jose.data(), component_size) ||
      !s->CopyPositive(jose.data() + component_size, component_size)) {
    return std::nullopt;
  }
  return jose;
}

}  // namespace countersign
