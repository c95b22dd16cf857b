// Strings with escapes: checked, and read as what they stand for. Rare, so that it is compiled small.
#include "lexer.hpp"

namespace waxseal {
namespace {

/// What stands for one byte behind a backslash, or 0.
constexpr char simple_escape(unsigned char c) {
  switch (c) {
    case '"': return '"';
    case '\\': return '\\';
    case '/': return '/';
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return 0;
  }
}

/// The four hex digits at `p`, or -1. Stops at the first byte that is none.
int hex4(const unsigned char* p) {
  int value = 0;
  for (int i = 0; i < 4; ++i) {
    const int digit = hex_value(p[i]);
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

}  // namespace

/// Half a surrogate pair is refused, as I-JSON (RFC 7493) asks: no two readers agree on what it means.
byte_ptr scan_escape(byte_ptr p) {
  if (p[1] != 'u') return simple_escape(p[1]) != 0 ? p + 2 : nullptr;
  const int unit = hex4(p + 2);
  if (unit < 0 || (unit & 0xfc00) == 0xdc00) return nullptr;
  p += 6;
  if ((unit & 0xfc00) != 0xd800) return p;
  if (p[0] != '\\' || p[1] != 'u') return nullptr;
  const int low = hex4(p + 2);
  return low >= 0 && (low & 0xfc00) == 0xdc00 ? p + 6 : nullptr;
}

int text_reader::take_pending() {
  const int byte = pending_ & 0xff;
  pending_ >>= 8;
  return byte;
}

int text_reader::take_escape() {
  const auto* p = reinterpret_cast<byte_ptr>(at_);
  if (p[1] != 'u') {
    at_ += 2;
    return simple_escape(p[1]);
  }
  auto point = static_cast<std::uint32_t>(hex4(p + 2));
  at_ += 6;
  if ((point & 0xfc00) == 0xd800) {
    point = 0x10000 + ((point & 0x3ff) << 10) + (static_cast<std::uint32_t>(hex4(p + 8)) & 0x3ff);
    at_ += 6;
  }
  if (point < 0x80) return static_cast<int>(point);
  const std::uint32_t last = 0x80 | (point & 0x3f);
  if (point < 0x800) {
    pending_ = last;
    return static_cast<int>(0xc0 | point >> 6);
  }
  const std::uint32_t middle = 0x80 | (point >> 6 & 0x3f);
  if (point < 0x10000) {
    pending_ = middle | last << 8;
    return static_cast<int>(0xe0 | point >> 12);
  }
  pending_ = (0x80 | (point >> 12 & 0x3f)) | middle << 8 | last << 16;
  return static_cast<int>(0xf0 | point >> 18);
}

bool stands_for(std::string_view raw, std::string_view text) {
  if (raw.size() == text.size()) {
    // Equal bytes of equal length: then `raw` is `text`, unless a backslash in it stands for less.
    if (std::memcmp(raw.data(), text.data(), text.size()) == 0)
      return std::memchr(raw.data(), '\\', raw.size()) == nullptr;
    return false;  // of equal length an escaped text differs, since an escape is always longer
  }
  if (raw.size() < text.size()) return false;
  text_reader reader(raw);
  for (const char c : text) {
    if (reader.next() != static_cast<unsigned char>(c)) return false;
  }
  return reader.next() < 0;
}

std::size_t decode_text(std::string_view raw, char* into) {
  text_reader reader(raw);
  std::size_t length = 0;
  for (int byte; (byte = reader.next()) >= 0;) into[length++] = static_cast<char>(byte);
  return length;
}

}  // namespace waxseal
