// Texts read more leniently than a verifier may: white space cut off, hex of any case, base64 without its
// padding. Called by the files of `explain` alone.
#pragma once

#include <string>
#include <string_view>

#include "encoding.hpp"

namespace waxseal {

inline constexpr std::string_view blanks = " \t\r\n";

inline std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(blanks);
  return first == text.npos ? std::string_view() : text.substr(first, text.find_last_not_of(blanks) + 1 - first);
}

inline bool is_quoted(std::string_view text) {
  return text.size() > 2 && text.front() == text.back() && (text.front() == '"' || text.front() == '\'');
}
/// ASCII letters in lower case.
std::string lower(std::string_view text);
/// The byte of the two hex digits at `at`, or -1.
int hex_byte(std::string_view text, std::size_t at);
/// The bytes of `text` in `how`, or nothing; base64 of both kinds with or without padding.
std::string decoded(encoding how, std::string_view text);
/// `text` with `%41` for a byte, and `+` for a space if `plus`; what is neither stays.
std::string percent_decoded(std::string_view text, bool plus);

}  // namespace waxseal
