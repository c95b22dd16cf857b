// What sentences for the user are made of.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace waxseal {

/// The parts, one after the other: a sentence made at once, not step by step with `+`.
std::string join(std::initializer_list<std::string_view> parts);

/// Appends `text` as it stands between the quotes of a JSON text.
void append_json_text(std::string_view text, std::string& into);

/// `value` in decimal digits. (std::to_string brings the wide-character family with it.)
std::string decimal_text(std::uint64_t value);

}  // namespace waxseal
