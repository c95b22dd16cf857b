#include "loose.hpp"

#include "hmac.hpp"

namespace waxseal {

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  }
  return out;
}

int hex_byte(std::string_view text, std::size_t at) {
  if (at + 1 >= text.size()) return -1;
  const int high = hex_value(text[at]), low = hex_value(text[at + 1]);
  return high < 0 || low < 0 ? -1 : high << 4 | low;
}

std::string decoded(encoding how, std::string_view text) {
  std::string padded(text);  // it may be of a secret
  if (how == encoding::base64) padded.append((4 - padded.size() % 4) % 4, '=');
  if (how == encoding::base64url) {
    while (padded.ends_with('=')) padded.pop_back();
  }
  std::string bytes(padded.size(), '\0');
  const auto size = decode(how, padded, reinterpret_cast<unsigned char*>(bytes.data()), bytes.size());
  bytes.resize(size.value_or(0));
  wipe(padded.data(), padded.size());
  return bytes;
}

std::string percent_decoded(std::string_view text, bool plus) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int byte = text[i] == '%' ? hex_byte(text, i + 1) : -1;
    out.push_back(byte >= 0 ? static_cast<char>(byte) : plus && text[i] == '+' ? ' ' : text[i]);
    if (byte >= 0) i += 2;
  }
  return out;
}

}  // namespace waxseal
