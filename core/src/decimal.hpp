// Exact arithmetic questions about JSON numbers, asked of their text and never of a double.
#pragma once

#include <cstdint>
#include <string_view>

namespace waxseal {

/// Negative, zero or positive as `a` is less than, equal to or greater than `b`, both JSON numbers
/// of any length. Exponents beyond ±10^15 count as ±10^15.
int compare_decimals(std::string_view a, std::string_view b);

/// The digits before the point of a JSON number without an exponent; -1 where it is negative or has
/// more than 15 of them.
inline std::int64_t whole_part(std::string_view number) {
  if (number.starts_with('-')) return -1;
  std::int64_t value = 0;
  for (std::size_t at = 0; at != number.size() && number[at] != '.'; ++at) {
    if (at == 15) return -1;
    value = value * 10 + (number[at] - '0');
  }
  return value;
}

/// Whether the JSON number stands for an integer: `1.0` and `10e-1` do, as JSON Schema says.
bool is_integer(std::string_view number);

}  // namespace waxseal
