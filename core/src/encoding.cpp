#include "encoding.hpp"

namespace waxseal {
namespace {

int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

/// The digits of base64, but for the last two.
constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

constexpr std::string_view last_digits(bool url) noexcept { return url ? "-_" : "+/"; }

/// By arithmetic: looked up in `alphabet`, the digits of a signature took as long as its hash.
int base64_digit(char c, bool url) noexcept {
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= '0' && c <= '9') return c - '0' + 52;
  const auto last = last_digits(url).find(c);
  return last == last_digits(url).npos ? -1 : static_cast<int>(alphabet.size() + last);
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

constexpr bool is_digit(int c) noexcept { return c >= '0' && c <= '9'; }
constexpr bool within(int value, int least, int most) noexcept { return value >= least && value <= most; }

/// A number of exactly `digits` digits, or -1.
int number(text_reader& text, int digits) noexcept {
  int value = 0;
  for (; digits > 0; --digits) {
    const int c = text.next();
    if (!is_digit(c)) return -1;
    value = value * 10 + (c - '0');
  }
  return value;
}

int days_in(int year, int month) noexcept {
  if (month == 2) return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
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
      constexpr char digits[] = "0123456789abcdef";
      text.append(digits + (static_cast<unsigned char>(c) >> 4), 1).append(digits + (c & 15), 1);
    }
    return;
  }
  std::uint32_t bits = 0;
  unsigned count = 0;
  const auto put = [&](std::uint32_t digit) {
    digit &= 63;
    const char* const at = digit < alphabet.size()
                               ? alphabet.data() + digit
                               : last_digits(how == encoding::base64url).data() + (digit - alphabet.size());
    text.append(at, 1);
  };
  for (const char c : bytes) {
    bits = bits << 8 | static_cast<unsigned char>(c);
    for (count += 8; count >= 6; count -= 6) put(bits >> (count - 6));
  }
  if (count > 0) put(bits << (6 - count));
  if (how == encoding::base64) text.append("==", (3 - bytes.size() % 3) % 3);
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

std::optional<std::int64_t> read_date_time(text_reader text) noexcept {
  const int year = number(text, 4);
  if (year < 0 || text.next() != '-') return {};
  const int month = number(text, 2);
  if (!within(month, 1, 12) || text.next() != '-') return {};
  const int day = number(text, 2);
  if (!within(day, 1, days_in(year, month)) || (text.next() | 0x20) != 't') return {};
  const int hour = number(text, 2);
  if (!within(hour, 0, 23) || text.next() != ':') return {};
  const int minute = number(text, 2);
  if (!within(minute, 0, 59) || text.next() != ':') return {};
  const int second = number(text, 2);
  if (!within(second, 0, 60)) return {};
  int c = text.next();
  if (c == '.') {
    if (!is_digit(text.next())) return {};
    while (is_digit(c = text.next())) {
    }
  }
  int east = 0;  // minutes of UTC
  if (c == '+' || c == '-') {
    const int hours = number(text, 2);
    if (!within(hours, 0, 23) || text.next() != ':') return {};
    const int minutes = number(text, 2);
    if (!within(minutes, 0, 59)) return {};
    east = (hours * 60 + minutes) * (c == '+' ? 1 : -1);
  } else if ((c | 0x20) != 'z') {
    return {};
  }
  const std::int64_t days = days_since_epoch(year, static_cast<unsigned>(month), static_cast<unsigned>(day));
  const std::int64_t seconds = days * 86400 + (hour * 60 + minute - east) * 60 + second;
  if (text.next() >= 0 || (second == 60 && seconds % 86400 != 0)) return {};
  return seconds;
}

std::optional<std::int64_t> parse_date_time(std::string_view text) noexcept {
  if (text.find('\\') != text.npos) return {};  // which the reader would take for an escape
  return read_date_time(text_reader(text));
}

std::string write_date_time(std::int64_t seconds) {
  std::int64_t days = seconds / 86400;
  std::int64_t rest = seconds % 86400;
  if (rest < 0) rest += 86400, --days;
  std::int64_t year = 1968 + days * 400 / 146097;  // at most three years too early
  while (days_since_epoch(year + 1, 1, 1) <= days) ++year;
  unsigned month = 1;
  while (month < 12 && days_since_epoch(year, month + 1, 1) <= days) ++month;
  std::string text;
  const auto put = [&](std::int64_t value, unsigned width, char after) {
    char digits[4];
    for (unsigned i = width; i-- > 0; value /= 10) digits[i] = static_cast<char>('0' + value % 10);
    text.append(digits, width).append(&after, 1);
  };
  put(year, 4, '-');
  put(month, 2, '-');
  put(days - days_since_epoch(year, month, 1) + 1, 2, 'T');
  put(rest / 3600, 2, ':');
  put(rest / 60 % 60, 2, ':');
  put(rest % 60, 2, 'Z');
  return text;
}

}  // namespace waxseal
