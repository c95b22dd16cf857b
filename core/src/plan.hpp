// The compiled dialect: what loader.cpp makes of a dialect file, and verifier.cpp and sign.cpp run.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "encoding.hpp"
#include "hmac.hpp"
#include "scan.hpp"
#include "waxseal/delivery.hpp"
#include "waxseal/dialect.hpp"

namespace waxseal {

inline constexpr unsigned max_signatures = 8;      ///< looked at in one request
inline constexpr std::size_t max_header = 4096;    ///< bytes of a header value that is looked at
inline constexpr std::size_t max_token = 256;      ///< bytes of an id in a signed string
inline constexpr unsigned max_secrets = 16;
inline constexpr unsigned max_wanted = 16;         ///< headers that a dialect may ask for
inline constexpr int absent = -1;                  ///< no wanted header

/// One part of a template: text, or the place where a value goes.
struct piece {
  enum class kind : std::uint8_t {
    literal, id, timestamp, body, url, method, header, type, delivery, signature
  };
  kind what = kind::literal;
  std::string text;        ///< of a literal; of a header its lower-case name
  int wanted = absent;     ///< of a header: its place in `plan::wanted`
};
using text_template = std::vector<piece>;

/// `before{sig}after` or `before{timestamp}after`: how one entry of a signature header is written.
struct entry_form {
  std::string before;
  std::string after;
};

/// Where a value stands: in a header, in the body, or in both.
struct place {
  int header = absent;             ///< index into `plan::wanted`
  std::optional<std::string> pointer;
};

struct outgoing_header {
  std::string name;
  text_template value;
};

struct plan {
  std::string source;              ///< the file's text; the views below point into it
  std::string name;
  std::string title;
  std::vector<event_type> events;

  // signature
  bool static_token = false;
  algorithm digest = algorithm::sha256;
  waxseal::encoding encoding = waxseal::encoding::hex;
  int signature_header = absent;
  entry_form signature;
  bool list = false;
  char separator = ',';
  bool ignore_others = false;
  std::vector<entry_form> timestamp_fields;  ///< at most one
  text_template signed_string;

  // secret
  std::string secret_prefix;
  std::optional<waxseal::encoding> secret_encoding;  ///< none: the text's UTF-8 bytes
  std::size_t secret_min_bytes = 1;

  // timestamp
  enum class unit : std::uint8_t { seconds, milliseconds, date_time };
  bool has_timestamp = false;
  bool timestamp_in_signature = false;
  place timestamp;
  unit timestamp_unit = unit::seconds;
  bool has_tolerance = false;
  std::int64_t past = 0, future = 0;

  // event
  place id, type, version;
  std::string data_pointer;
  bool dedupe_is_id = true;
  std::optional<place> dedupe;     ///< when it is not the id; nothing and not the id: none
  bool has_handshake = false;
  place handshake, challenge;
  std::string handshake_equals;

  std::vector<std::string> wanted;  ///< lower-case names of the headers that are read
  int content_type = absent;

  body_plan body;
  /// The slot of the scanner that holds each of our slots: two that share a pointer share a slot.
  slot where[slot_count] = {slot::type, slot::id, slot::version, slot::timestamp,
                            slot::data, slot::dedupe, slot::handshake, slot::challenge};

  // delivery
  delivery_policy delivery;
  std::vector<outgoing_header> headers;

  /// Whether the signed string covers this wanted header.
  bool covers(int header) const noexcept;
};

/// Reads a template such as `{timestamp}.{body}`. @return a sentence when a placeholder is not in
/// `allowed` (a list for the reader, and the rule); `{header:NAME}` is allowed as `header`.
std::string parse_template(std::string_view text, std::string_view allowed, text_template& into);

/// Compares ASCII names of headers without regard to case; `lower` is lower-case already.
bool same_header(std::string_view lower, std::string_view any) noexcept;

}  // namespace waxseal
