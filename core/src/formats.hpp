// The values of the keyword `format`, asserted.
#pragma once

#include <cstdint>
#include <string_view>

namespace waxseal {

/// `date_time` is RFC 3339 with the real calendar (and a leap second only where one can be, at
/// 23:59:60 UTC); `uuid` is 8-4-4-4-12 hex digits of any case; `uri` is a scheme, a colon and at
/// least one more character, none of them a space, a control, `"<>\^`{|}` or beyond ASCII; `email`
/// is one `@` with something before it and a name of letters, digits, dots and hyphens behind it,
/// none of its dots leading, trailing or doubled.
enum class text_format : std::uint8_t { none, date_time, uuid, uri, email };

/// Their names, from the first behind `none` on.
inline constexpr std::string_view format_names = "date-time uuid uri email";

/// @param raw  an accepted JSON string without its quotes; escapes are read as what they stand for.
bool has_format(std::string_view raw, text_format format);

}  // namespace waxseal
