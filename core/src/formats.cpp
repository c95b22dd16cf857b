// Each format reads the decoded text byte by byte, so that escapes cost no buffer.
#include "formats.hpp"

#include "encoding.hpp"
#include "lexer.hpp"

namespace waxseal {
namespace {

constexpr bool is_digit(int c) { return c >= '0' && c <= '9'; }
constexpr bool is_letter(int c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; }
constexpr bool is_hex(int c) { return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f'); }

bool is_uuid(text_reader text) {
  for (int i = 0; i < 36; ++i) {
    const int c = text.next();
    const bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
    if (hyphen ? c != '-' : !is_hex(c)) return false;
  }
  return text.next() < 0;
}

/// The common case, without an escape: an escaped text of 36 bytes is too short for a uuid.
bool is_plain_uuid(std::string_view raw) {
  if (raw.size() != 36) return false;
  bool fits = true;
  for (unsigned i = 0; i < 36; ++i) {
    const bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
    fits &= hyphen ? raw[i] == '-' : is_hex(static_cast<unsigned char>(raw[i]));
  }
  return fits;
}

bool is_uri(text_reader text) {
  int c = text.next();
  if (!is_letter(c)) return false;
  while ((c = text.next()) != ':') {
    if (!is_letter(c) && !is_digit(c) && c != '+' && c != '-' && c != '.') return false;
  }
  c = text.next();
  if (c < 0) return false;
  for (; c >= 0; c = text.next()) {
    if (c <= ' ' || c >= 0x7f) return false;
    if (c == '"' || c == '<' || c == '>' || c == '\\' || c == '^' || c == '`') return false;
    if (c == '{' || c == '|' || c == '}') return false;
  }
  return true;
}

bool is_email(text_reader text) {
  int c, before = '.';  // as if a dot stood in front, so that a leading one is a doubled one
  while ((c = text.next()) != '@') {
    if (c <= ' ' || c == 0x7f || c == '"' || c == '(' || c == ')' || c == ',' || c == ':' ||
        c == ';' || c == '<' || c == '>' || c == '[' || c == '\\' || c == ']')
      return false;  // the end of the text is negative and lands here too
    if (c == '.' && before == '.') return false;
    before = c;
  }
  if (before == '.') return false;
  before = '.';
  while ((c = text.next()) >= 0) {
    if (c == '.' ? before == '.' || before == '-'
                 : !is_letter(c) && !is_digit(c) && (c != '-' || before == '.') && c < 0x80)
      return false;
    before = c;
  }
  return before != '.' && before != '-';
}

}  // namespace

bool has_format(std::string_view raw, text_format format) {
  const text_reader text(raw);
  switch (format) {
    case text_format::date_time: return read_date_time(text).has_value();
    case text_format::uuid: return is_plain_uuid(raw) || is_uuid(text);
    case text_format::uri: return is_uri(text);
    case text_format::email: return is_email(text);
    case text_format::none: break;
  }
  return true;
}

}  // namespace waxseal
