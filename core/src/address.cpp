// What a relay may send to: parses the URL strictly, then looks the address up in the tables of what
// is not public.
#include "waxseal/address.hpp"

#include <cstring>

#include "lexer.hpp"

namespace waxseal {
namespace {

// Unknown to a locale, and no character of a URL is anything but ASCII.
constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
constexpr char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }
constexpr bool is_letter(char c) noexcept { return lower(c) >= 'a' && lower(c) <= 'z'; }

bool equals(std::string_view any, std::string_view lower_case) noexcept {
  if (any.size() != lower_case.size()) return false;
  for (std::size_t i = 0; i < any.size(); ++i) {
    if (lower(any[i]) != lower_case[i]) return false;
  }
  return true;
}

struct range {
  unsigned char first[16];
  unsigned bits;
};

bool holds(const range& block, const unsigned char* address) noexcept {
  const unsigned whole = block.bits / 8, rest = block.bits % 8;
  if (std::memcmp(block.first, address, whole) != 0) return false;
  return rest == 0 || ((block.first[whole] ^ address[whole]) >> (8 - rest)) == 0;
}

/// IPv4 blocks that are not globally reachable, or lead on to others.
constexpr range special_4[] = {
    {{0}, 8},               // this network
    {{10}, 8},              // private
    {{100, 64}, 10},        // carriers' NAT
    {{127}, 8},             // loopback
    {{169, 254}, 16},       // link-local, and the clouds' metadata
    {{172, 16}, 12},        // private
    {{192, 0, 0}, 24},      // protocol assignments
    {{192, 0, 2}, 24},      // documentation
    {{192, 88, 99}, 24},    // relays of 6to4
    {{192, 168}, 16},       // private
    {{198, 18}, 15},        // benchmarks
    {{198, 51, 100}, 24},   // documentation
    {{203, 0, 113}, 24},    // documentation
    {{224}, 4},             // multicast
    {{240}, 4},             // reserved, and broadcast
};

constexpr range global_6 = {{0x20}, 3};

/// IPv6 blocks of global unicast that are not globally reachable, or hold an IPv4 address.
constexpr range special_6[] = {
    {{0x20, 0x01, 0x00}, 23},              // protocol assignments: Teredo, benchmarks, ORCHID
    {{0x20, 0x01, 0x0d, 0xb8}, 32},        // documentation
    {{0x20, 0x02}, 16},                    // 6to4
    {{0x3f, 0xfe}, 16},                    // given back
    {{0x3f, 0xff, 0x00}, 20},              // documentation
};

/// Names that are never looked up in the public DNS: RFC 6761, 6762, 7686, 8375, 9476, ICANN's .internal.
constexpr std::string_view local_domains[] = {"localhost", "local", "internal", "test", "invalid",
                                              "example", "onion", "alt", "home.arpa"};

bool is_local_name(std::string_view host) noexcept {
  if (host.find('.') == host.npos) return true;
  for (const auto domain : local_domains) {
    if (host.size() <= domain.size()) continue;
    const std::size_t dot = host.size() - domain.size() - 1;
    if (host[dot] == '.' && equals(host.substr(dot + 1), domain)) return true;
  }
  return false;
}

/// Ports above 1023 of protocols that a webhook must not be made to speak (the Fetch standard's bad ports).
constexpr std::uint16_t bad_ports[] = {1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000,
                                       6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080};

bool may_use_port(std::uint16_t port, destination_rules rules) noexcept {
  for (const auto bad : bad_ports) {
    if (port == bad) return false;
  }
  return port == 443 || (port == 80 && rules.http) || port > 1023 || (rules.private_ && port != 0);
}

bool read_port(std::string_view text, std::uint16_t& port) noexcept {
  if (text.empty() || text.size() > 5 || (text[0] == '0' && text.size() > 1)) return false;
  std::uint32_t value = 0;
  for (const char c : text) {
    if (!is_digit(c)) return false;
    value = value * 10 + static_cast<std::uint32_t>(c - '0');
  }
  port = static_cast<std::uint16_t>(value);
  return value <= 0xffff;
}

/// A name of labels of letters, digits, - and _, none empty or longer than 63, 253 in all.
bool is_name(std::string_view host) noexcept {
  if (host.empty() || host.size() > 253) return false;
  for (std::string_view rest = host;;) {
    const std::string_view label = rest.substr(0, rest.find('.'));
    if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') return false;
    for (const char c : label) {
      if (!is_letter(c) && !is_digit(c) && c != '-' && c != '_') return false;
    }
    if (label.size() == rest.size()) return true;
    rest.remove_prefix(label.size() + 1);
  }
}

/// Whether some resolver would read the last label, and so the name, as a number.
bool ends_in_number(std::string_view host) noexcept {
  const std::string_view last = host.substr(host.rfind('.') + 1);
  return !last.empty() && is_digit(last.front());
}

bool parse_4(std::string_view text, unsigned char* bytes) noexcept {
  for (unsigned part = 0; part < 4; ++part) {
    const std::string_view digits = part == 3 ? text : text.substr(0, text.find('.'));
    std::uint16_t value = 0;
    if (digits.size() > 3 || !read_port(digits, value) || value > 255) return false;
    bytes[part] = static_cast<unsigned char>(value);
    if (part < 3 && digits.size() == text.size()) return false;
    if (part < 3) text.remove_prefix(digits.size() + 1);
  }
  return true;
}

bool parse_6(std::string_view text, unsigned char* bytes) noexcept {
  unsigned written = 0, gap = 17;  // 17: no `::` yet
  if (text.starts_with("::")) {
    gap = 0;
    text.remove_prefix(2);
  }
  while (!text.empty()) {
    if (written > 14) return false;
    const std::size_t colon = text.find(':');
    const std::string_view group = text.substr(0, colon);
    if (colon == text.npos && group.find('.') != group.npos) {
      if (written > 12 || !parse_4(group, bytes + written)) return false;
      written += 4;
      break;
    }
    if (group.empty() || group.size() > 4) return false;
    unsigned value = 0;
    for (const char c : group) {
      if (hex_value(c) < 0) return false;
      value = value << 4 | static_cast<unsigned>(hex_value(c));
    }
    bytes[written++] = static_cast<unsigned char>(value >> 8);
    bytes[written++] = static_cast<unsigned char>(value);
    if (colon == text.npos) break;
    text.remove_prefix(colon + 1);
    if (text.starts_with(':')) {
      if (gap != 17) return false;
      gap = written;
      text.remove_prefix(1);
    } else if (text.empty()) {
      return false;
    }
  }
  if (gap == 17) return written == 16;
  if (written > 14) return false;
  std::memmove(bytes + 16 - (written - gap), bytes + gap, written - gap);
  std::memset(bytes + gap, 0, 16 - written);
  return true;
}

bool is_public_4(const unsigned char* address) noexcept {
  for (const auto& block : special_4) {
    if (holds(block, address)) return false;
  }
  return true;
}

bool is_public_6(const unsigned char* address) noexcept {
  if (!holds(global_6, address)) return false;
  for (const auto& block : special_6) {
    if (holds(block, address)) return false;
  }
  // ISATAP (RFC 5214) carries an IPv4 address behind 0000:5efe or 0200:5efe.
  const bool isatap = (address[8] & ~2) == 0 && address[9] == 0 && address[10] == 0x5e && address[11] == 0xfe;
  return !isatap || is_public_4(address + 12);
}

destination_fault check_host(destination& found, bool bracketed, destination_rules rules) noexcept {
  if (bracketed || ends_in_number(found.host)) {
    const auto address = parse_address(found.host);
    if (!address || (address->size == 16) != bracketed) return destination_fault::bad_host;
    found.is_address = true;
    return rules.private_ || is_public(address->view()) ? destination_fault::ok : destination_fault::not_public;
  }
  if (!is_name(found.host)) return destination_fault::bad_host;
  return !rules.private_ && is_local_name(found.host) ? destination_fault::local_name : destination_fault::ok;
}

struct told {
  const char* name;
  const char* advice;
};

/// By `destination_fault`.
constexpr told faults[] = {
    {"ok", ""},
    {"too_long", "a URL has at most 2048 characters"},
    {"bad_character", "a URL holds no spaces, line breaks, backslashes or characters outside ASCII: write a name as xn--… and the rest with %"},
    {"not_https", "the URL must begin with https://"},
    {"userinfo", "a URL carries no user name or password: use a header of the endpoint"},
    {"fragment", "a URL for webhooks has no # part"},
    {"bad_host", "the host must be a full domain name, an IPv4 address of four decimal numbers, or an IPv6 address in brackets"},
    {"bad_port", "the port must be 443 or above 1023, and none that browsers refuse"},
    {"local_name", "the host is a name of a local network: use one that the public DNS knows"},
    {"not_public", "the host is an address that is not public"},
};

const told& told_of(destination_fault fault) noexcept {
  constexpr unsigned count = sizeof faults / sizeof *faults;
  static_assert(count == static_cast<unsigned>(destination_fault::not_public) + 1);
  const auto index = static_cast<unsigned>(fault);
  return faults[index < count ? index : count - 1];
}

}  // namespace

std::string_view name(destination_fault fault) noexcept { return told_of(fault).name; }
std::string_view advice(destination_fault fault) noexcept { return told_of(fault).advice; }

destination_fault check_destination(std::string_view url, destination_rules rules, destination& found) noexcept {
  if (url.size() > max_url) return destination_fault::too_long;
  for (const char c : url) {
    if (c <= ' ' || c > '~' || c == '\\') return destination_fault::bad_character;
  }
  const std::size_t scheme_end = url.find("://");
  const std::string_view scheme = url.substr(0, scheme_end);
  const bool https = equals(scheme, "https");
  if (scheme_end == url.npos || (!https && !(rules.http && equals(scheme, "http")))) return destination_fault::not_https;
  url.remove_prefix(scheme_end + 3);
  if (url.find('#') != url.npos) return destination_fault::fragment;
  const std::string_view authority = url.substr(0, url.find_first_of("/?"));
  if (authority.find('@') != authority.npos) return destination_fault::userinfo;
  const bool bracketed = authority.starts_with('[');
  const std::size_t host_end = bracketed ? authority.find(']') : authority.find(':');
  if (bracketed && host_end == authority.npos) return destination_fault::bad_host;
  found = {};
  found.host = bracketed ? authority.substr(1, host_end - 1) : authority.substr(0, host_end);
  found.port = https ? 443 : 80;
  std::string_view rest = authority.substr(bracketed ? host_end + 1 : found.host.size());
  if (!rest.empty()) {
    if (rest[0] != ':') return destination_fault::bad_host;
    if (!read_port(rest.substr(1), found.port)) return destination_fault::bad_port;
  }
  if (const auto fault = check_host(found, bracketed, rules); fault != destination_fault::ok) return fault;
  return may_use_port(found.port, rules) ? destination_fault::ok : destination_fault::bad_port;
}

bool is_public(std::span<const unsigned char> address) noexcept {
  if (address.size() == 4) return is_public_4(address.data());
  return address.size() == 16 && is_public_6(address.data());
}

std::optional<ip_address> parse_address(std::string_view text) noexcept {
  ip_address address = {};
  if (text.find(':') != text.npos) {
    address.size = 16;
    if (parse_6(text, address.bytes)) return address;
  } else {
    address.size = 4;
    if (parse_4(text, address.bytes)) return address;
  }
  return {};
}

}  // namespace waxseal
