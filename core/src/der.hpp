// DER (X.690), read strictly: one spelling for each value, as in encoding.hpp. What only BER allows
// (long lengths, indefinite lengths, padded integers) is refused. Called by keyfile.cpp, rsa.cpp and
// ecdsa.cpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace waxseal {

/// The elements used by keys, certificates and signatures.
enum class der_tag : std::uint8_t {
  integer = 0x02, bit_string = 0x03, octet_string = 0x04, null = 0x05, object = 0x06,
  short_time = 0x17, long_time = 0x18, sequence = 0x30, first = 0xa0  ///< `first`: [0], constructed
};

/// Elements one after the other. A wrong one fails the reader for good; ask `done` at the end.
class der_reader {
 public:
  explicit der_reader(std::string_view bytes) noexcept : rest_(bytes) {}

  /// The contents of the next element, which must have this tag; empty after a failure.
  std::string_view take(der_tag tag) noexcept;
  /// The whole next element, its header included.
  std::string_view whole(der_tag tag) noexcept;
  /// The next element's contents, read on.
  der_reader inside(der_tag tag) noexcept;
  /// An integer that is not negative, without the zero byte before its highest bit; of zero: empty.
  std::string_view natural() noexcept;
  /// A certificate's time (RFC 5280, 4.1.2.5), in Unix seconds: UTCTime of 1950 to 2049 or
  /// GeneralizedTime, to the second and in UTC; nothing after a failure.
  std::optional<std::int64_t> time() noexcept;
  /// The whole bytes of a bit string.
  std::string_view bits() noexcept;
  bool next_is(der_tag tag) const noexcept {
    return !rest_.empty() && static_cast<std::uint8_t>(rest_[0]) == static_cast<std::uint8_t>(tag);
  }
  bool failed() const noexcept { return failed_; }
  /// Whether everything was read and nothing was wrong.
  bool done() const noexcept { return !failed_ && rest_.empty(); }

 private:
  std::string_view fail() noexcept {
    failed_ = true;
    return rest_ = {};
  }

  std::string_view rest_;
  bool failed_ = false;
};

/// Appends an element of fewer than 128 bytes, as all are that are written here.
void write_der(der_tag tag, std::string_view contents, std::string& into);
/// Appends a number, given by its big-endian bytes with or without zeros before it.
void write_der_natural(std::string_view bytes, std::string& into);

}  // namespace waxseal
