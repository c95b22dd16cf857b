// Exact arithmetic questions about JSON numbers, asked of their text and never of a double.
#pragma once

#include <string_view>

namespace waxseal {

/// Negative, zero or positive as `a` is less than, equal to or greater than `b`, both JSON numbers
/// of any length. Exponents beyond ±10^15 count as ±10^15.
int compare_decimals(std::string_view a, std::string_view b);

/// Whether the JSON number stands for an integer: `1.0` and `10e-1` do, as JSON Schema says.
bool is_integer(std::string_view number);

}  // namespace waxseal
