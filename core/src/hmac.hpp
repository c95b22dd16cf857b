// HMAC over OpenSSL's hash functions, with the key's inner and outer states kept, so that a
// message costs no key set-up. Called by verifier.cpp.
#pragma once

#include <cstddef>
#include <string_view>

#define OPENSSL_SUPPRESS_DEPRECATED  // the low-level hashes: EVP would bring 900 KB into the wasm
#include <openssl/sha.h>

namespace waxseal {

enum class algorithm : unsigned char { sha1, sha256, sha384, sha512 };

inline constexpr unsigned max_digest = SHA512_DIGEST_LENGTH;

/// Bytes of one digest.
unsigned digest_size(algorithm which) noexcept;
/// The hash's name as `node:crypto` writes it, such as `sha256`.
std::string_view digest_name(algorithm which) noexcept;

/// One running hash.
class hash {
 public:
  explicit hash(algorithm which) noexcept;
  void update(std::string_view bytes) noexcept;
  /// Writes `digest_size` bytes; the hash is spent.
  void finish(unsigned char* digest) noexcept;

 private:
  algorithm which_;
  union {
    SHA_CTX sha1_;
    SHA256_CTX sha256_;
    SHA512_CTX sha512_;
  };
};

inline constexpr std::size_t max_block = SHA512_CBLOCK;

/// The key of an HMAC, as the two hash states that every message starts from.
class hmac_key {
 public:
  hmac_key(algorithm which, std::string_view key) noexcept;
  hmac_key(const hmac_key&) noexcept = default;
  hmac_key& operator=(const hmac_key&) noexcept = default;
  ~hmac_key();

  /// Writes the block that the inner hash begins with, at most `max_block` bytes: for a host that
  /// hashes itself. @return its bytes
  static std::size_t inner_block(algorithm which, std::string_view key, unsigned char* block) noexcept;
  /// Writes the inner hash of `prefix`, `body` and `suffix` in this order, `digest_size` bytes.
  void inner(std::string_view prefix, std::string_view body, std::string_view suffix,
             unsigned char* digest) const noexcept;
  /// Both: the HMAC.
  void digest(std::string_view prefix, std::string_view body, std::string_view suffix,
              unsigned char* digest) const noexcept;
  /// Makes an inner hash the HMAC, in its place.
  void outer(unsigned char* digest) const noexcept;

 private:
  algorithm which_;
  hash inner_;
  hash outer_;
};

/// Overwrites `bytes` in a way that no compiler takes out.
void wipe(void* bytes, std::size_t count) noexcept;
/// Compares in a time that depends on `count` alone.
bool equal_in_constant_time(const void* left, const void* right, std::size_t count) noexcept;

}  // namespace waxseal
