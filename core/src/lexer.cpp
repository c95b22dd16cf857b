// The less frequent half of the lexical layer: escapes, multi-byte characters, whole values.
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

constexpr int hex_value(unsigned char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c |= 0x20;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
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

/// Behind the escape whose backslash stands at `p`, or null. Half a surrogate pair is refused, as
/// I-JSON (RFC 7493) asks: no two readers agree on what it means.
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

}  // namespace

byte_ptr skip_long_space(byte_ptr p) {
  for (;; ++p) {
    switch (*p) {
      case ' ':
        while (load8(p) == every_byte(' ')) p += 8;
        if (*p != ' ') --p;
        break;
      case '\n':
      case '\r':
      case '\t':
        break;
      default:
        return p;
    }
  }
}

unsigned utf8_length(byte_ptr p) {
  const auto continues = [](unsigned char c) { return (c & 0xc0) == 0x80; };
  const unsigned char lead = p[0];
  if (lead < 0xc2 || lead > 0xf4 || !continues(p[1])) return 0;
  if (lead < 0xe0) return 2;
  if (!continues(p[2])) return 0;
  if (lead < 0xf0) {
    if (lead == 0xe0 && p[1] < 0xa0) return 0;  // overlong
    if (lead == 0xed && p[1] > 0x9f) return 0;  // a surrogate
    return 3;
  }
  if (!continues(p[3])) return 0;
  if (lead == 0xf0 && p[1] < 0x90) return 0;  // overlong
  if (lead == 0xf4 && p[1] > 0x8f) return 0;  // beyond U+10FFFF
  return 4;
}

byte_ptr scan_special(byte_ptr p, lexical_notes& notes) {
  if (*p == '\\') {
    notes.escaped = true;
    do {
      p = scan_escape(p);
      if (p == nullptr) {
        notes.fault = status::bad_json;
        return nullptr;
      }
    } while (*p == '\\');
    return p;
  }
  if (*p < 0x80) {  // a control character, or the end of the text
    notes.fault = status::bad_json;
    return nullptr;
  }
  notes.non_ascii = true;
  do {
    const unsigned length = utf8_length(p);
    if (length == 0) {
      notes.fault = status::bad_utf8;
      return nullptr;
    }
    p += length;
  } while (*p >= 0x80);
  return p;
}

bool beyond_safe_integer(byte_ptr digits, std::size_t count) {
  return count > 16 || (count == 16 && std::memcmp(digits, "9007199254740991", 16) > 0);
}

status fault_at(byte_ptr p) {
  return *p >= 0x80 && utf8_length(p) == 0 ? status::bad_utf8 : status::bad_json;
}

byte_ptr skip_value(byte_ptr p, unsigned depth, lexical_notes& notes) {
  const unsigned outside = depth;
  std::uint64_t objects = 0;  // bit 0 tells whether the innermost open container is an object
  bool integer;
  byte_ptr after;
value:
  switch (*p) {
    case '"':
      after = scan_string(p + 1, notes);
      if (after == nullptr) return nullptr;
      break;
    case '{':
    case '[':
      if (depth == max_depth) {
        notes.fault = status::too_deep;
        return nullptr;
      }
      ++depth;
      objects = objects << 1 | (*p == '{');
      after = skip_space(p + 1);
      if (*after == *p + 2) goto close;  // `}` is `{` + 2, and so it is with brackets
      p = after;
      if (objects & 1) goto key;
      goto value;
    case 't':
    case 'f':
    case 'n':
      after = scan_literal(p);
      if (after == nullptr) goto fault;
      break;
    default:
      after = scan_number(p, notes, integer);
      if (after == nullptr) goto fault;
      break;
  }
next:
  p = after;
  if (depth == outside) return p;
  p = skip_space(p);
  if (*p == ',') {
    p = skip_space(p + 1);
    if (!(objects & 1)) goto value;
  } else {
    after = p;
    goto close;
  }
key:
  if (*p != '"') goto fault;
  p = scan_string(p + 1, notes);
  if (p == nullptr) return nullptr;
  p = skip_space(p);
  if (*p != ':') goto fault;
  p = skip_space(p + 1);
  goto value;
close:
  if (*after != (objects & 1 ? '}' : ']')) {
    p = after;
    goto fault;
  }
  ++after;
  objects >>= 1;
  --depth;
  goto next;
fault:
  notes.fault = fault_at(p);
  return nullptr;
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
