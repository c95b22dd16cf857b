// Strict decoding of signatures, secrets and timestamps, and the encoding of signatures. One
// spelling for each value: what another spelling says is refused. Called by verifier.cpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lexer.hpp"

namespace waxseal {

enum class encoding : std::uint8_t { hex, base64, base64url };

/// Decodes into `bytes`, which has room for `room`.
///
/// hex is lower case; base64 has its padding, base64url has none; bits beyond the last byte are
/// zero; nothing else may stand there. @return bytes written, or nothing.
std::optional<std::size_t> decode(encoding how, std::string_view text, unsigned char* bytes,
                                  std::size_t room) noexcept;
/// Appends the text of `bytes`.
void encode(encoding how, std::string_view bytes, std::string& text);

/// `0` or digits without a leading zero, at most `digits` of them. No sign, space, fraction.
std::optional<std::int64_t> parse_integer(std::string_view text, unsigned digits) noexcept;
/// RFC 3339 date and time, in the real calendar, to Unix seconds; a fraction is cut off, and a leap
/// second stands only where one can be, at 23:59:60 UTC.
std::optional<std::int64_t> read_date_time(text_reader text) noexcept;
/// The same of a text that is no JSON.
std::optional<std::int64_t> parse_date_time(std::string_view text) noexcept;
/// Unix seconds as `2024-01-15T10:30:00Z`.
std::string write_date_time(std::int64_t seconds);

}  // namespace waxseal
