#include "der.hpp"

#include <algorithm>

#include "encoding.hpp"

namespace waxseal {
namespace {

std::uint8_t byte(char c) noexcept { return static_cast<std::uint8_t>(c); }

std::string_view without_zeros(std::string_view bytes) noexcept {
  return bytes.substr(std::min(bytes.find_first_not_of('\0'), bytes.size()));
}

}  // namespace

std::string_view der_reader::whole(der_tag tag) noexcept {
  const std::string_view all = rest_;
  const std::string_view contents = take(tag);
  return failed_ ? contents : all.substr(0, all.size() - rest_.size());
}

std::string_view der_reader::take(der_tag tag) noexcept {
  if (failed_ || !next_is(tag) || rest_.size() < 2) return fail();
  std::size_t length = byte(rest_[1]), header = 2;
  if (length >= 0x80) {
    const std::size_t bytes = length - 0x80;
    if (bytes == 0 || bytes > 2 || rest_.size() < 2 + bytes) return fail();
    length = 0;
    for (; header < 2 + bytes; ++header) length = length << 8 | byte(rest_[header]);
    if (length < 0x80 || (bytes == 2 && length < 0x100)) return fail();
  }
  if (rest_.size() - header < length) return fail();
  const std::string_view contents = rest_.substr(header, length);
  rest_.remove_prefix(header + length);
  return contents;
}

der_reader der_reader::inside(der_tag tag) noexcept {
  der_reader next(take(tag));
  next.failed_ = failed_;
  return next;
}

std::string_view der_reader::natural() noexcept {
  std::string_view bytes = take(der_tag::integer);
  if (bytes.empty() || byte(bytes[0]) >= 0x80) return fail();
  if (bytes[0] != 0) return bytes;
  if (bytes.size() > 1 && byte(bytes[1]) < 0x80) return fail();
  return bytes.substr(1);
}

std::optional<std::int64_t> der_reader::time() noexcept {
  const bool brief = next_is(der_tag::short_time);
  const std::string_view digits = take(brief ? der_tag::short_time : der_tag::long_time);
  const std::size_t year = brief ? 2 : 4;
  char text[] = "20YY-MM-DDThh:mm:ssZ";
  if (digits.size() != year + sizeof("MMDDhhmmssZ") - 1 || digits.back() != 'Z') return fail(), std::nullopt;
  if (brief && digits[0] >= '5') std::copy_n("19", 2, text);
  std::size_t to = 4 - year;
  for (const char digit : digits) {
    while (text[to] == '-' || text[to] == 'T' || text[to] == ':') ++to;
    text[to++] = digit;
  }
  const auto seconds = parse_date_time({text, sizeof text - 1});
  if (!seconds) fail();
  return seconds;
}

std::string_view der_reader::bits() noexcept {
  const std::string_view contents = take(der_tag::bit_string);
  if (contents.empty() || contents[0] != 0) return fail();
  return contents.substr(1);
}

void write_der(der_tag tag, std::string_view contents, std::string& into) {
  into.push_back(static_cast<char>(tag));
  into.push_back(static_cast<char>(contents.size()));
  into.append(contents);
}

void write_der_natural(std::string_view bytes, std::string& into) {
  bytes = without_zeros(bytes);
  std::string contents;
  if (bytes.empty() || byte(bytes[0]) >= 0x80) contents.push_back('\0');
  contents.append(bytes);
  write_der(der_tag::integer, contents, into);
}

}  // namespace waxseal
