#include "encoding.hpp"

namespace waxseal {
namespace {

int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int base64_digit(char c, bool url) noexcept {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == (url ? '-' : '+')) return 62;
  if (c == (url ? '_' : '/')) return 63;
  return -1;
}

std::optional<std::size_t> decode_hex(std::string_view text, unsigned char* bytes,
                                      std::size_t room) noexcept {
  if (text.size() % 2 != 0 || text.size() / 2 > room) return {};
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_digit(text[i]), low = hex_digit(text[i + 1]);
    if (high < 0 || low < 0) return {};
    bytes[i / 2] = static_cast<unsigned char>(high << 4 | low);
  }
  return text.size() / 2;
}

std::optional<std::size_t> decode_base64(std::string_view text, bool url, unsigned char* bytes,
                                         std::size_t room) noexcept {
  if (!url) {
    if (text.size() % 4 != 0) return {};
    for (int pad = 0; pad < 2 && text.ends_with('='); ++pad) text.remove_suffix(1);
  }
  if (text.size() % 4 == 1 || text.size() * 3 / 4 > room) return {};
  std::uint32_t bits = 0;
  unsigned count = 0;
  std::size_t written = 0;
  for (const char c : text) {
    const int digit = base64_digit(c, url);
    if (digit < 0) return {};
    bits = bits << 6 | static_cast<std::uint32_t>(digit);
    count += 6;
    if (count >= 8) {
      count -= 8;
      bytes[written++] = static_cast<unsigned char>(bits >> count);
    }
  }
  const bool leftover_is_zero = (bits & ((1u << count) - 1)) == 0;
  if (!leftover_is_zero) return {};
  return written;
}

/// Days from 1970-01-01 to a day of the Gregorian calendar.
std::int64_t days_since_epoch(std::int64_t year, unsigned month, unsigned day) noexcept {
  year -= month <= 2;
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const auto year_of_era = static_cast<unsigned>(year - era * 400);
  const unsigned day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  const unsigned day_of_era =
      year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + static_cast<std::int64_t>(day_of_era) - 719468;
}

/// Reads digits at fixed places; `ok` turns false where there is none.
unsigned digits_at(std::string_view text, std::size_t at, unsigned count, bool& ok) noexcept {
  unsigned value = 0;
  for (std::size_t i = at; i < at + count; ++i) {
    if (i >= text.size() || text[i] < '0' || text[i] > '9') return ok = false, 0u;
    value = value * 10 + static_cast<unsigned>(text[i] - '0');
  }
  return value;
}

}  // namespace

std::optional<std::size_t> decode(encoding how, std::string_view text, unsigned char* bytes,
                                  std::size_t room) noexcept {
  if (how == encoding::hex) return decode_hex(text, bytes, room);
  return decode_base64(text, how == encoding::base64url, bytes, room);
}

void encode(encoding how, std::string_view bytes, std::string& text) {
  if (how == encoding::hex) {
    for (const char c : bytes) {
      text += "0123456789abcdef"[static_cast<unsigned char>(c) >> 4];
      text += "0123456789abcdef"[c & 15];
    }
    return;
  }
  std::uint32_t bits = 0;
  unsigned count = 0;
  const auto put = [&](std::uint32_t digit) {
    const char c = alphabet[digit & 63];
    const bool url = how == encoding::base64url;
    text += url && c == '+' ? '-' : url && c == '/' ? '_' : c;
  };
  for (const char c : bytes) {
    bits = bits << 8 | static_cast<unsigned char>(c);
    for (count += 8; count >= 6; count -= 6) put(bits >> (count - 6));
  }
  if (count > 0) put(bits << (6 - count));
  if (how == encoding::base64) text.append((3 - bytes.size() % 3) % 3, '=');
}

std::optional<std::int64_t> parse_integer(std::string_view text, unsigned digits) noexcept {
  if (text.empty() || text.size() > digits || (text[0] == '0' && text.size() > 1)) return {};
  std::int64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return {};
    value = value * 10 + (c - '0');
  }
  return value;
}

std::optional<std::int64_t> parse_date_time(std::string_view text) noexcept {
  bool ok = true;
  const auto number = [&](std::size_t at, unsigned count) { return digits_at(text, at, count, ok); };
  const unsigned year = number(0, 4), month = number(5, 2), day = number(8, 2);
  const unsigned hour = number(11, 2), minute = number(14, 2), second = number(17, 2);
  if (!ok || text[4] != '-' || text[7] != '-' || (text[10] | 0x20) != 't' || text[13] != ':' ||
      text[16] != ':') {
    return {};
  }
  constexpr unsigned char lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (month < 1 || month > 12) return {};
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  const unsigned last = lengths[month - 1] + (month == 2 && leap ? 1u : 0u);
  if (day < 1 || day > last || hour > 23 || minute > 59 || second > 60) return {};
  std::size_t at = 19;
  if (at < text.size() && text[at] == '.') {
    const std::size_t first = ++at;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
    if (at == first) return {};
  }
  if (at >= text.size()) return {};
  std::int64_t offset = 0;
  if ((text[at] | 0x20) == 'z') {
    ++at;
  } else {
    if (text[at] != '+' && text[at] != '-') return {};
    const unsigned hours = number(at + 1, 2), minutes = number(at + 4, 2);
    if (!ok || text[at + 3] != ':' || hours > 23 || minutes > 59) return {};
    offset = (text[at] == '-' ? -60 : 60) * static_cast<std::int64_t>(hours * 60 + minutes);
    at += 6;
  }
  if (at != text.size()) return {};
  return days_since_epoch(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - offset;
}

std::string write_date_time(std::int64_t seconds) {
  std::int64_t days = seconds / 86400;
  std::int64_t rest = seconds % 86400;
  if (rest < 0) rest += 86400, --days;
  // the inverse of days_since_epoch
  const std::int64_t shifted = days + 719468;
  const std::int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
  const auto day_of_era = static_cast<unsigned>(shifted - era * 146097);
  const unsigned year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const unsigned shifted_month = (5 * day_of_year + 2) / 153;
  const unsigned month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
  const std::int64_t year = year_of_era + era * 400 + (month <= 2);
  std::string text;
  const auto put = [&](std::int64_t value, unsigned width, char after) {
    char digits[4];
    for (unsigned i = width; i-- > 0; value /= 10) digits[i] = static_cast<char>('0' + value % 10);
    text.append(digits, width) += after;
  };
  put(year, 4, '-');
  put(month, 2, '-');
  put(day_of_year - (153 * shifted_month + 2) / 5 + 1, 2, 'T');
  put(rest / 3600, 2, ':');
  put(rest / 60 % 60, 2, ':');
  put(rest % 60, 2, 'Z');
  return text;
}

}  // namespace waxseal
