// The private half of an ECDSA or RSA key. Such keys sign natively, by OpenSSL's EVP; in wasm they
// are refused with a sentence, because signing with them takes secret random numbers and ways of
// calculating that hide the key, which EVP has and a small module cannot.
#pragma once

#include <utility>

#include "hmac.hpp"
#include "keyfile.hpp"

struct evp_pkey_st;

namespace waxseal {

class private_key {
 public:
  private_key() noexcept = default;
  explicit private_key(evp_pkey_st* key) noexcept : key_(key) {}
  private_key(private_key&& other) noexcept : key_(std::exchange(other.key_, nullptr)) {}
  private_key& operator=(private_key&& other) noexcept {
    std::swap(key_, other.key_);
    return *this;
  }
  ~private_key();

  explicit operator bool() const noexcept { return key_ != nullptr; }
  /// ECDSA's in DER; empty where OpenSSL fails.
  std::string sign(algorithm digest, const signed_text& text) const;

 private:
  evp_pkey_st* key_ = nullptr;
};

struct key_halves {
  std::string spki;
  private_key half;
};

/// Reads a public key, or a private one and its public half.
/// @return a sentence, to stand behind "secret 0 ", where it is neither
std::string_view read_halves(const key_writing& how, std::string_view text, key_halves& into);

}  // namespace waxseal
