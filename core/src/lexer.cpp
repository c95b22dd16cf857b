// The less frequent half of the lexical layer: multi-byte characters, long spaces, whole values.
#include "lexer.hpp"

namespace waxseal {

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
  number_form form;
  byte_ptr after;
  unsigned char closer;
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
      closer = static_cast<unsigned char>(*p + 2);  // `}` is `{` + 2, and so it is with brackets
      after = p = skip_space(p + 1);
      if (*p == closer) goto next;
      if (objects & 1) goto key;
      goto value;
    case 't':
    case 'f':
    case 'n':
      after = scan_literal(p);
      if (after == nullptr) goto fault;
      break;
    default:
      after = scan_number(p, notes, form);
      if (after == nullptr) goto fault;
      break;
  }
next:
  if (depth == outside) return after;
  p = skip_space(after);
  if (*p != ',') {
    if (*p != (objects & 1 ? '}' : ']')) goto fault;
    objects >>= 1;
    --depth;
    after = p + 1;
    goto next;
  }
  p = skip_space(p + 1);
  if (!(objects & 1)) goto value;
key:
  if (*p != '"') goto fault;
  after = scan_string(p + 1, notes);
  if (after == nullptr) return nullptr;
  p = skip_space(after);
  if (*p != ':') goto fault;
  p = skip_space(p + 1);
  goto value;
fault:
  notes.fault = fault_at(p);
  return nullptr;
}

}  // namespace waxseal
