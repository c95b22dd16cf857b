// Numbers as sign, digits and the power of ten of the first digit that is not zero.
#include "decimal.hpp"

#include <cstdint>

namespace waxseal {
namespace {

constexpr std::int64_t largest_exponent = 1'000'000'000'000'000;

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

struct decimal {
  bool negative = false;
  bool zero = true;
  std::int64_t magnitude = 0;  ///< power of ten of the first digit that is not zero
  const char* at = nullptr;    ///< that digit, then on through the point
  const char* end = nullptr;   ///< of the digits

  explicit decimal(std::string_view text) {
    const char* p = text.data();
    const char* const last = p + text.size();
    negative = *p == '-';
    if (negative) ++p;
    bool fraction = false;
    for (; p != last && (*p == '.' || is_digit(*p)); ++p) {
      if (*p == '.') {
        fraction = true;
        continue;
      }
      if (zero && *p != '0') {
        zero = false;
        at = p;
        magnitude = fraction ? magnitude - 1 : 0;
      } else if (zero ? fraction : !fraction) {
        magnitude += zero ? -1 : 1;
      }
    }
    end = p;
    if (p != last) magnitude += exponent(p + 1, last);
  }

  /// The next digit, 0 when there is none left.
  int digit() {
    if (at != end && *at == '.') ++at;
    return at == end ? 0 : *at++ - '0';
  }

 private:
  static std::int64_t exponent(const char* p, const char* last) {
    const bool minus = *p == '-';
    if (minus || *p == '+') ++p;
    std::int64_t value = 0;
    for (; p != last; ++p) {
      value = value * 10 + (*p - '0');
      if (value > largest_exponent) value = largest_exponent;
    }
    return minus ? -value : value;
  }
};

}  // namespace

int compare_decimals(std::string_view a, std::string_view b) {
  decimal x(a), y(b);
  const auto sign = [](const decimal& d) { return d.zero ? 0 : d.negative ? -1 : 1; };
  if (sign(x) != sign(y)) return sign(x) < sign(y) ? -1 : 1;
  if (x.zero) return 0;
  const int larger = sign(x);  // what to answer if |a| > |b|
  if (x.magnitude != y.magnitude) return x.magnitude > y.magnitude ? larger : -larger;
  while (x.at != x.end || y.at != y.end) {
    const int difference = x.digit() - y.digit();
    if (difference != 0) return difference > 0 ? larger : -larger;
  }
  return 0;
}

bool is_integer(std::string_view number) {
  decimal value(number);
  if (value.zero) return true;
  std::int64_t power = value.magnitude;
  for (; value.at != value.end; --power) {
    if (value.digit() != 0 && power < 0) return false;
  }
  return true;
}

}  // namespace waxseal
