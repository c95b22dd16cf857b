// Public-key signatures: Ed25519, ECDSA over P-256 and RSA PKCS #1 v1.5. All arithmetic is OpenSSL's.
// Called by verifier.cpp and sign.cpp.
//
//   publickey.cpp                  the table of schemes
//   ed25519.cpp ecdsa.cpp rsa.cpp  one scheme each
//   keyfile.cpp der.cpp            how a key is written
//   privatekey.cpp                 signing by ECDSA and RSA, natively alone
//
// In wasm nothing signs: that asks of OpenSSL large tables or secret random numbers. The host does.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "waxseal/status.hpp"

namespace waxseal {

/// How a secret is written in the provider's settings.
enum class secret_form : std::uint8_t { utf8, base64, hex };

/// In the order of the dialect language's words.
enum class public_scheme : std::uint8_t { ed25519, ecdsa_p256_sha256, rsa_pkcs1_sha1, rsa_pkcs1_sha256 };

/// How an ECDSA signature is written: r and s of 32 bytes each, or DER.
enum class signature_form : std::uint8_t { raw, der, unsaid };

inline constexpr std::size_t max_signature = 512;  ///< bytes: RSA of 4096 bits

/// How a dialect's keys are written when they are not PEM.
struct key_writing {
  std::string_view public_prefix, private_prefix;
  secret_form form = secret_form::base64;
};

/// What is signed: the three in this order.
struct signed_text {
  std::string_view prefix, body, suffix;
};

/// A public key, and its private half where that was given.
class public_key {
 public:
  virtual ~public_key() = default;
  /// Whether `signature`, in the form that `key_scheme::read` makes, is one of `text`.
  virtual bool verify(const signed_text& text, std::string_view signature) const = 0;
  /// A signature in that form; empty where there is no private half, or OpenSSL fails.
  virtual std::string sign(const signed_text& text) const = 0;
  virtual bool can_sign() const noexcept = 0;
  /// The private half in DER PKCS #8, for a host that signs in place of this build; empty: none.
  virtual std::string_view pkcs8() const noexcept { return {}; }
  /// DER SubjectPublicKeyInfo, canonical; empty where only a private half is known.
  std::string_view spki() const noexcept { return spki_; }

 protected:
  explicit public_key(std::string spki) noexcept : spki_(std::move(spki)) {}
  std::string spki_;
};

class key_scheme {
 public:
  /// As the dialect language calls it.
  virtual std::string_view name() const noexcept = 0;
  /// Makes a key of its text. @return a sentence, to stand behind "secret 0 ", that says why it is
  /// none; empty: it is one
  virtual std::string_view open(const key_writing& how, std::string_view text,
                                std::unique_ptr<public_key>& into) const = 0;
  /// Reads a decoded signature into the form that keys and hosts take (ECDSA: r and s of 32 bytes).
  /// `into` has room for `max_signature`. @return its bytes; 0: it is not the exact text of one
  virtual std::size_t read(signature_form form, std::string_view bytes, unsigned char* into) const = 0;
  /// The way back.
  virtual std::string write(signature_form form, std::string_view signature) const;

 protected:
  ~key_scheme() = default;
};

/// The scheme, or null in a build without public keys: waxseal.wasm holds none of this.
const key_scheme* find_scheme(public_scheme which) noexcept;

/// Whether this build knows public-key schemes and, for every scheme, signers elsewhere.
inline bool knows_public_keys() noexcept { return find_scheme(public_scheme::ed25519) != nullptr; }

extern const key_scheme& ed25519_keys;
extern const key_scheme& p256_keys;
extern const key_scheme& rsa_sha1_keys;
extern const key_scheme& rsa_sha256_keys;

}  // namespace waxseal
