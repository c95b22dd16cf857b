// What a verifier keeps between calls. Shared by verifier.cpp, read.cpp and sign.cpp.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "plan.hpp"
#include "scan.hpp"
#include "waxseal/verifier.hpp"

namespace waxseal {

/// One secret: its decoded bytes, wiped when it goes, and the HMAC states made from them.
struct secret_key {
  std::string bytes;
  hmac_key hmac;

  secret_key(algorithm digest, std::string_view decoded) : bytes(decoded), hmac(digest, decoded) {}
  secret_key(const secret_key&) = delete;  // so that no copy is left behind
  secret_key& operator=(const secret_key&) = delete;
  ~secret_key() { wipe(bytes.data(), bytes.size()); }
};

/// The value of one wanted header of a request.
struct field {
  std::string_view value;
  bool present = false;
};

using secret_keys = list<std::unique_ptr<secret_key>>;

struct verifier::state {
  dialect from;
  options how;
  bool has_tolerance = false;
  tolerance window = {0, 0};
  secret_keys keys;
  waxseal::scanner scanner;

  // the request last prepared
  bool prepared = false;
  std::array<field, max_wanted> fields;
  std::string_view body;
  bool padded = false;
  std::int64_t now = 0;
  std::string_view timestamp_text;
  std::optional<std::int64_t> timestamp;
  std::string prefix, suffix;      ///< of the signed string, around the body
  unsigned signature_count = 0;
  unsigned char signatures[max_signatures][max_digest];
  std::string_view token;          ///< the static token that came

  std::string decoded[slot_count];  ///< texts with an escape of the event last read, by slot

  state(const dialect& which, const options& chosen)
      : from(which), how(chosen), scanner(chosen.seed) {}

  const plan& compiled() const noexcept { return from.compiled(); }
  std::string_view value(int header) const noexcept {
    return header == absent ? std::string_view() : fields[static_cast<unsigned>(header)].value;
  }
  bool has(int header) const noexcept {
    return header != absent && fields[static_cast<unsigned>(header)].present;
  }

  status prepare(const request& what, std::int64_t at);
  status take_headers(const request& what);
  bool says_twice(const place& where) const noexcept;
  status read_signatures();
  status read_signature_list(std::string_view header);
  bool take_signature(std::string_view entry);
  status read_timestamp();
  status check_window() const;
  status write_signed_string(const request& what);
  int match(std::span<const unsigned char> hashes) const;
  int match_token() const;
  result<event> read_event(unsigned secret);  // read.cpp
};

/// Whether a value may stand between others in a signed string: `[A-Za-z0-9_-]`, 1 to 256.
bool is_token(std::string_view text) noexcept;

/// Unix seconds of a timestamp as the dialect writes it, or nothing.
std::optional<std::int64_t> parse_timestamp(plan::unit unit, std::string_view text) noexcept;

}  // namespace waxseal
