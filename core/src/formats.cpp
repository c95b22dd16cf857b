// Each format reads the decoded text byte by byte, so that escapes cost no buffer.
#include "formats.hpp"

#include "json.hpp"

namespace waxseal {
namespace {

constexpr bool is_digit(int c) { return c >= '0' && c <= '9'; }
constexpr bool is_letter(int c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; }
constexpr bool is_hex(int c) { return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f'); }

/// A number of exactly `digits` digits, or -1000000.
int number(text_reader& text, int digits) {
  int value = 0;
  while (digits-- > 0) {
    const int c = text.next();
    if (!is_digit(c)) return -1000000;
    value = value * 10 + (c - '0');
  }
  return value;
}

constexpr bool within(int value, int least, int most) { return value >= least && value <= most; }

int days_in(int year, int month) {
  if (month == 2) return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

bool is_date_time(text_reader text) {
  const int year = number(text, 4);
  if (year < 0 || text.next() != '-') return false;
  const int month = number(text, 2);
  if (!within(month, 1, 12) || text.next() != '-') return false;
  if (!within(number(text, 2), 1, days_in(year, month)) || (text.next() | 0x20) != 't') return false;
  const int hour = number(text, 2);
  if (!within(hour, 0, 23) || text.next() != ':') return false;
  const int minute = number(text, 2);
  if (!within(minute, 0, 59) || text.next() != ':') return false;
  const int second = number(text, 2);
  if (!within(second, 0, 60)) return false;
  int c = text.next();
  if (c == '.') {
    if (!is_digit(text.next())) return false;
    while (is_digit(c = text.next())) {
    }
  }
  int offset = 0;  // minutes east of UTC
  if (c == '+' || c == '-') {
    const int hours = number(text, 2);
    if (!within(hours, 0, 23) || text.next() != ':') return false;
    const int minutes = number(text, 2);
    if (!within(minutes, 0, 59)) return false;
    offset = (hours * 60 + minutes) * (c == '+' ? 1 : -1);
  } else if (c != 'Z' && c != 'z') {
    return false;
  }
  const int utc = (hour * 60 + minute - offset + 2 * 1440) % 1440;
  return text.next() < 0 && (second < 60 || utc == 1439);
}

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

text_format format_named(std::string_view name) {
  return static_cast<text_format>(position(name, "date-time uuid uri email") + 1);
}

bool has_format(std::string_view raw, text_format format) {
  const text_reader text(raw);
  switch (format) {
    case text_format::date_time: return is_date_time(text);
    case text_format::uuid: return is_plain_uuid(raw) || is_uuid(text);
    case text_format::uri: return is_uri(text);
    case text_format::email: return is_email(text);
    case text_format::none: break;
  }
  return true;
}

}  // namespace waxseal
