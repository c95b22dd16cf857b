// URLs that a dialect pins: where a key may be fetched from, what a handshake may have us visit. Called
// by loader.cpp when they are read, by fetched.cpp for what a request names.
//
// They are kept as the JSON array of the dialect file, without white space. Each begins with https:// and
// is literal text but for these, which stand for the longest run of their characters, one at least:
//
//   {letters}  a-z
//   {digits}   0-9
//   {name}     A-Z a-z 0-9 - _
//   {rest}     any visible character, at the end and behind the host
#pragma once

#include <string_view>

namespace waxseal {

inline constexpr std::size_t max_pinned_url = 2048;  ///< bytes of a URL that is looked at

/// @return what is wrong with `urls`, a JSON value, or nothing
std::string_view check_pinned(std::string_view urls) noexcept;

/// Whether `url` is one of `urls`, which `check_pinned` has passed. Linear in both.
bool is_pinned(std::string_view urls, std::string_view url) noexcept;

}  // namespace waxseal
