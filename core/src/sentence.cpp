#include "sentence.hpp"

namespace waxseal {

std::string decimal_text(std::uint64_t value) {
  char digits[20];
  char* p = digits + sizeof digits;
  do {
    *--p = static_cast<char>('0' + value % 10);
    value /= 10;
  } while (value != 0);
  return {p, static_cast<std::size_t>(digits + sizeof digits - p)};
}

std::string join(std::initializer_list<std::string_view> parts) {
  std::string text;
  for (const std::string_view part : parts) text.append(part.data(), part.size());
  return text;
}

}  // namespace waxseal
