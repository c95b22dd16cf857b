// Finds values in a request whose authenticity is not known yet: by JSON Pointer in a body, by name in
// a form or in a URL's query. What is found only ever serves to make the string that is signed, or to
// choose how it is made. Called by parts.cpp, handshake.cpp and sign_parts.cpp.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "lexer.hpp"
#include "plan.hpp"

namespace waxseal {

/// `wrong`: it stands there twice, is malformed, or is no scalar.
enum class lookup : std::uint8_t { found, nothing, wrong };

inline constexpr unsigned max_form_fields = 1024;

/// What stands behind a text that the lexer reads.
inline constexpr std::string_view padding("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", scan_padding);

/// A text that has it, without it.
inline std::string_view without_padding(const std::string& padded) {
  return std::string_view(padded).substr(0, padded.size() - padding.size());
}

/// Whether all of `text` is JSON. `text` is followed by `scan_padding` bytes of zero.
bool is_json(std::string_view text) noexcept;

/// Finds the value at `pointer` in a text that `is_json`; `raw` is then its text. A key on the way that
/// stands twice in its object makes it `wrong`, because readers differ on which of the two counts.
/// Linear in the text for each token of the pointer.
lookup find_json(std::string_view text, std::string_view pointer, std::string_view& raw) noexcept;

/// The same for the member `name` of a text that is an object.
lookup find_member(std::string_view object, std::string_view name, std::string_view& raw) noexcept;

/// Appends the text that a string, number, `true` or `false` stands for. `null` is `nothing`.
lookup append_scalar(std::string_view raw, std::string& into);

/// Calls `each` with the raw text of every item of the array `raw`. @return whether it is an array and
/// `each` never answered false.
template <class Each>
bool for_each_item(std::string_view raw, Each each) {
  if (!raw.starts_with('[')) return false;
  lexical_notes notes;
  byte_ptr p = skip_space(reinterpret_cast<byte_ptr>(raw.data()) + 1);
  while (*p != ']') {
    const byte_ptr after = skip_value(p, 0, notes);
    if (!each(std::string_view(reinterpret_cast<const char*>(p), static_cast<std::size_t>(after - p)))) return false;
    p = skip_space(after);
    if (*p == ',') p = skip_space(p + 1);
  }
  return true;
}

/// Calls `each` with the raw name and value of every pair (`a=1&b=2`; empty ones are passed over).
/// @return whether `each` never answered false
template <class Each>
bool for_each_pair(std::string_view pairs, Each each) {
  while (!pairs.empty()) {
    const std::string_view pair = pairs.substr(0, pairs.find('&'));
    pairs.remove_prefix(std::min(pair.size() + 1, pairs.size()));
    if (pair.empty()) continue;
    const std::string_view name = pair.substr(0, pair.find('='));
    if (!each(name, pair.substr(std::min(name.size() + 1, pair.size())))) return false;
  }
  return true;
}

/// Appends `text` with its percent escapes decoded, and `+` as a space. @return false where it is malformed.
bool append_decoded(std::string_view text, std::string& into);

/// Appends the value of `name` in `pairs` (`a=1&b=2`), decoded.
lookup append_pair(std::string_view pairs, std::string_view name, std::string& into);

/// The query of a URL, without its `?` and its fragment; empty where there is none.
std::string_view query_of(std::string_view url) noexcept;

/// Appends every key and value of a form, decoded, sorted by key and then value; of pairs that are equal
/// only one. @return false where it is malformed or has more than `max_form_fields` fields.
bool append_sorted_form(std::string_view form, std::string& into);

/// Appends a form as a JSON object of strings, at most seven bytes for each of its own, with a name
/// that stands twice twice. Where an escape is malformed what it appends is no JSON.
void append_form_object(std::string_view form, std::string& into);

/// How many ways of writing a URL are tried.
constexpr unsigned url_variants(url_form how) noexcept { return how == url_form::either_port ? 2 : 1; }
/// Appends `url` in the given way of writing it.
void append_url(url_form how, unsigned variant, std::string_view url, std::string& into);

/// The CRC-32 of zip and PNG.
std::uint32_t crc32(std::string_view bytes) noexcept;

}  // namespace waxseal
