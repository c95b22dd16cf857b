// The destination guard: which URLs and addresses a relay may send to. Pure; whoever connects checks
// the URL first, and then every address that its name resolved to.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace waxseal {

/// What development may relax.
struct destination_rules {
  bool http = false;     ///< `http://` too
  bool private_ = false; ///< addresses and names of the machine and its networks too, at any port
};

/// Where a checked URL leads. Views into the URL.
struct destination {
  std::string_view host;   ///< as written; an IPv6 address without its brackets
  std::uint16_t port = 0;
  bool is_address = false; ///< the host is an address, not a name to resolve
};

/// Why a URL or an address is refused; `ok` if it is not.
enum class destination_fault : std::uint8_t {
  ok, too_long, bad_character, not_https, userinfo, fragment, bad_host, bad_port, local_name, not_public
};

/// Its word, which is the code in JavaScript: `not_https`.
std::string_view name(destination_fault fault) noexcept;
/// The sentence that tells whoever typed the URL what to write instead.
std::string_view advice(destination_fault fault) noexcept;

inline constexpr unsigned max_url = 2048;  ///< bytes

/// Checks `url` as it was typed: nothing is repaired first. A host is a name of ASCII labels with at
/// least one dot, four decimal numbers, or an IPv6 address in brackets; every other spelling of an
/// address (short, octal, hexadecimal, one number) is refused.
///
/// @see RFC 3986; the IANA special-purpose address registries (RFC 6890)
destination_fault check_destination(std::string_view url, destination_rules rules, destination& found) noexcept;

/// Whether `address` (4 bytes or 16, in network order) is global unicast and embeds no address that is
/// not. Everything that is not known to be public is not.
bool is_public(std::span<const unsigned char> address) noexcept;

/// An address in text, IPv4 with four decimal numbers or IPv6 without a zone.
struct ip_address {
  unsigned char bytes[16];
  unsigned char size;  ///< 4 or 16

  std::span<const unsigned char> view() const noexcept { return {bytes, size}; }
};
std::optional<ip_address> parse_address(std::string_view text) noexcept;

}  // namespace waxseal
