// Keys as providers show them and files hold them: base64 or hex, PEM, a public key (RFC 5280's
// SubjectPublicKeyInfo), an X.509 certificate, a private key (PKCS #8). Called by the schemes of
// publickey.hpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "publickey.hpp"

namespace waxseal {

enum class key_algorithm : std::uint8_t { ed25519, p256, rsa };

/// A SubjectPublicKeyInfo, viewed.
struct public_key_view {
  key_algorithm algorithm;
  std::string_view point;              ///< Ed25519: 32 bytes; P-256: 4, x, y of 1 + 32 + 32 bytes
  std::string_view modulus, exponent;  ///< RSA: big-endian, without zeros before them
};

/// Reads a SubjectPublicKeyInfo of one of the three kinds, in DER and with nothing behind it.
std::optional<public_key_view> read_public_key(std::string_view der) noexcept;

/// When a certificate holds, in Unix seconds; without one always.
struct validity {
  std::int64_t from = INT64_MIN, until = INT64_MAX;
  bool at(std::int64_t now) const noexcept { return from <= now && now <= until; }
};

/// An X.509 certificate's SubjectPublicKeyInfo, viewed, and the time that it is for. The certificate's own
/// signature and its names are not looked at: that it can be trusted is known from where it comes from.
struct certificate {
  std::string_view key;
  validity holds;
};
std::optional<certificate> read_certificate(std::string_view der) noexcept;

/// What stands in a key's text. Wiped when it goes.
struct key_material {
  bool is_private = false;
  validity holds;
  /// A SubjectPublicKeyInfo; of a private key PKCS #8 or what PEM held; of a bare Ed25519 key either
  /// its 32 bytes.
  std::string bytes;

  key_material() = default;
  key_material(const key_material&) = delete;
  ~key_material();
};

/// Reads a key's text. @return a sentence, to stand behind "secret 0 ", where it is no key; empty: it is one
std::string_view read_key_text(const key_writing& how, std::string_view text, key_material& into);

/// When the key in a text may be used: the time of a certificate, and always of any other key.
validity certified_time(const key_writing& how, std::string_view text);

/// The 32 bytes from which an Ed25519 key is made, in PKCS #8 (RFC 8410).
std::optional<std::string_view> ed25519_seed(std::string_view der) noexcept;

/// The SubjectPublicKeyInfo of a bare Ed25519 key.
std::string write_ed25519_key(std::string_view point);

}  // namespace waxseal
