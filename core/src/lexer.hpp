// The lexical layer that scanner and pull reader share: white space, strings with their UTF-8,
// numbers, literals. Strict RFC 8259: no BOM, no lone surrogate, no number grammar of our own.
//
// All functions read text that is followed by `scan_padding` bytes of zero. A zero byte is valid
// nowhere in JSON, so it stops every loop and no function asks for the end.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

#include "waxseal/status.hpp"

namespace waxseal {

enum class json_kind : std::uint8_t { null, boolean, number, string, array, object };

inline constexpr unsigned max_depth = 64;     ///< levels of nesting that are read
inline constexpr unsigned scan_padding = 32;  ///< zero bytes behind a padded body

using byte_ptr = const unsigned char*;

/// What the lexical functions notice in passing. The first three only ever rise.
struct lexical_notes {
  bool non_ascii = false;
  bool big_integers = false;
  status fault = status::bad_json;  ///< why a function answered null
  bool escaped = false;             ///< a string held a backslash; reset by who wants to know
};

inline std::uint64_t load8(const void* from) {
  std::uint64_t word;
  std::memcpy(&word, from, sizeof word);
  return word;
}

inline constexpr std::uint64_t every_byte(unsigned char value) {
  return 0x0101010101010101u * value;
}

/// Which byte is the first whose high bit is set; there must be one.
inline unsigned first_high(std::uint64_t word) { return static_cast<unsigned>(__builtin_ctzll(word)) >> 3; }

/// The value of a hex digit of either case, or -1.
constexpr int hex_value(int c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  c |= 0x20;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

byte_ptr skip_long_space(byte_ptr p);

/// First byte that is no white space.
inline byte_ptr skip_space(byte_ptr p) { return *p > ' ' ? p : skip_long_space(p); }

/// Behind the escape whose backslash stands at `p`, or null if it is malformed. (escapes.cpp)
byte_ptr scan_escape(byte_ptr p);

/// The end of the escape or the run of multi-byte characters at `p`; null if it is malformed.
byte_ptr scan_special(byte_ptr p, lexical_notes& notes);

/// @param p  behind the opening quote. @return behind the closing quote, or null.
[[gnu::always_inline]] inline byte_ptr scan_string(byte_ptr p, lexical_notes& notes) {
  for (;;) {
    const std::uint64_t word = load8(p);
    // The high bit of a byte rises where it is a control, a quote, a backslash or not ASCII. A
    // borrow can raise false bits, but only above a true one, and the lowest is what counts.
    const std::uint64_t stops = ((word - every_byte(0x20)) | ((word ^ every_byte('"')) - every_byte(1)) |
                                 ((word ^ every_byte('\\')) - every_byte(1)) | word) &
                                every_byte(0x80);
    if (stops == 0) {
      p += 8;
      continue;
    }
    p += first_high(stops);
    if (*p == '"') return p + 1;
    p = scan_special(p, notes);
    if (p == nullptr) return nullptr;
  }
}

bool beyond_safe_integer(byte_ptr digits, std::size_t count);

/// How a number is written, by the last part that it has; `none` is before all of them.
enum class number_form : std::uint8_t { none, integer, fraction, exponent };

/// @param p  at `-` or a digit. @return behind the number, or null.
inline byte_ptr scan_number(byte_ptr p, lexical_notes& notes, number_form& form) {
  const auto is_digit = [](unsigned char c) { return static_cast<unsigned char>(c - '0') < 10; };
  if (*p == '-') ++p;
  const byte_ptr digits = p;
  // Most numbers end within a word. They are read without a branch on how many digits they have,
  // which nobody can predict.
  const std::uint64_t odd = load8(p) ^ every_byte('0');  // a byte is below 10 where a digit stands
  std::uint64_t stops = (((odd & every_byte(0x7f)) + every_byte(0x76)) | odd) & every_byte(0x80);
  if (stops != 0 && is_digit(*p) && *p != '0') {
    const byte_ptr point = p + first_high(stops);
    stops &= stops - 1;
    if (*point != '.') {
      form = number_form::integer;
      if ((*point | 0x20) != 'e') return point;
    } else if (stops != 0) {
      const byte_ptr end = p + first_high(stops);
      form = number_form::fraction;
      if (end > point + 1 && (*end | 0x20) != 'e') return end;
    }
  }
  if (!is_digit(*p)) return nullptr;
  if (*p++ != '0') {
    while (is_digit(*p)) ++p;
  }
  form = number_form::integer;
  if (*p != '.' && (*p | 0x20) != 'e') {
    const auto count = static_cast<std::size_t>(p - digits);
    if (count >= 16 && beyond_safe_integer(digits, count)) notes.big_integers = true;
    return p;
  }
  if (*p == '.') {
    form = number_form::fraction;
    if (!is_digit(*++p)) return nullptr;
    while (is_digit(*p)) ++p;
  }
  if ((*p | 0x20) == 'e') {
    form = number_form::exponent;
    ++p;
    if (*p == '+' || *p == '-') ++p;
    if (!is_digit(*p)) return nullptr;
    while (is_digit(*p)) ++p;
  }
  return p;
}

/// @param p  at `t`, `f` or `n`. @return behind `true`, `false` or `null`, or null.
inline byte_ptr scan_literal(byte_ptr p) {
  if (std::memcmp(p, "true", 4) == 0 || std::memcmp(p, "null", 4) == 0) return p + 4;
  return std::memcmp(p, "false", 5) == 0 ? p + 5 : nullptr;
}

/// Checks one value of any shape without looking at its members, iteratively.
///
/// @param depth  containers open around it. @return behind the value, or null.
byte_ptr skip_value(byte_ptr p, unsigned depth, lexical_notes& notes);

/// `bad_utf8` if no valid character stands at `p`, otherwise `bad_json`: why a value ended there.
status fault_at(byte_ptr p);

/// Length of the valid multi-byte character at `p` (whose high bit is set); 0 if it is invalid.
unsigned utf8_length(byte_ptr p);

/// Reads the bytes that an accepted JSON string (without its quotes) stands for.
class text_reader {
 public:
  explicit text_reader(std::string_view raw) : at_(raw.data()), end_(raw.data() + raw.size()) {}

  /// The next byte, or -1 at the end.
  int next() {
    if (pending_ != 0) return take_pending();
    if (at_ == end_) return -1;
    return *at_ == '\\' ? take_escape() : static_cast<unsigned char>(*at_++);
  }

 private:
  int take_pending();
  int take_escape();

  const char* at_;
  const char* end_;
  std::uint32_t pending_ = 0;  ///< bytes of an escape still to come, the next one lowest
};

/// Whether the accepted string `raw` (without its quotes) stands for `text`.
bool stands_for(std::string_view raw, std::string_view text);

/// Writes what `raw` stands for to `into`, which must hold `raw.size()` bytes. @return its length.
std::size_t decode_text(std::string_view raw, char* into);

}  // namespace waxseal
