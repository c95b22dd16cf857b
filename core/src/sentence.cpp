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

void append_json_text(std::string_view text, std::string& into) {
  for (const char c : text) {
    constexpr char digits[] = "0123456789abcdef";
    if (static_cast<unsigned char>(c) < ' ') {
      into.append("\\u00", 4).append(digits + (c >> 4), 1).append(digits + (c & 15), 1);
      continue;
    }
    if (c == '"' || c == '\\') into.append("\\", 1);
    into.append(&c, 1);
  }
}

}  // namespace waxseal
