#include "hmac.hpp"

#include <cstring>

#include <openssl/crypto.h>

namespace waxseal {

unsigned digest_size(algorithm which) noexcept {
  constexpr unsigned sizes[] = {SHA_DIGEST_LENGTH, SHA256_DIGEST_LENGTH, SHA384_DIGEST_LENGTH,
                                SHA512_DIGEST_LENGTH};
  return sizes[static_cast<unsigned>(which)];
}

std::string_view digest_name(algorithm which) noexcept {
  constexpr const char* names[] = {"sha1", "sha256", "sha384", "sha512"};
  return names[static_cast<unsigned>(which)];
}

hash::hash(algorithm which) noexcept : which_(which) {
  switch (which_) {
    case algorithm::sha1: SHA1_Init(&sha1_); break;
    case algorithm::sha256: SHA256_Init(&sha256_); break;
    case algorithm::sha384: SHA384_Init(&sha512_); break;
    case algorithm::sha512: SHA512_Init(&sha512_); break;
  }
}

void hash::update(std::string_view bytes) noexcept {
  switch (which_) {
    case algorithm::sha1: SHA1_Update(&sha1_, bytes.data(), bytes.size()); break;
    case algorithm::sha256: SHA256_Update(&sha256_, bytes.data(), bytes.size()); break;
    case algorithm::sha384: SHA384_Update(&sha512_, bytes.data(), bytes.size()); break;
    case algorithm::sha512: SHA512_Update(&sha512_, bytes.data(), bytes.size()); break;
  }
}

void hash::finish(unsigned char* digest) noexcept {
  switch (which_) {
    case algorithm::sha1: SHA1_Final(digest, &sha1_); break;
    case algorithm::sha256: SHA256_Final(digest, &sha256_); break;
    case algorithm::sha384: SHA384_Final(digest, &sha512_); break;
    case algorithm::sha512: SHA512_Final(digest, &sha512_); break;
  }
}

namespace {

constexpr unsigned char inner_mask = 0x36, outer_mask = 0x5c;  // RFC 2104

}  // namespace

std::size_t hmac_key::inner_block(algorithm which, std::string_view key, unsigned char* block) noexcept {
  const std::size_t size = which <= algorithm::sha256 ? SHA256_CBLOCK : SHA512_CBLOCK;
  std::memset(block, 0, size);
  if (key.size() > size) {
    hash shortened(which);
    shortened.update(key);
    shortened.finish(block);
    wipe(&shortened, sizeof shortened);
  } else {
    key.copy(reinterpret_cast<char*>(block), key.size());
  }
  for (std::size_t i = 0; i < size; ++i) block[i] ^= inner_mask;
  return size;
}

hmac_key::hmac_key(algorithm which, std::string_view key) noexcept
    : which_(which), inner_(which), outer_(which) {
  unsigned char block[max_block];
  const std::string_view pad(reinterpret_cast<char*>(block), inner_block(which, key, block));
  inner_.update(pad);
  for (auto& byte : block) byte ^= inner_mask ^ outer_mask;
  outer_.update(pad);
  wipe(block, sizeof block);
}

hmac_key::~hmac_key() {
  wipe(&inner_, sizeof inner_);
  wipe(&outer_, sizeof outer_);
}

void hmac_key::inner(std::string_view prefix, std::string_view body, std::string_view suffix,
                     unsigned char* digest) const noexcept {
  hash inner = inner_;
  inner.update(prefix);
  inner.update(body);
  inner.update(suffix);
  inner.finish(digest);
}

void hmac_key::digest(std::string_view prefix, std::string_view body, std::string_view suffix,
                      unsigned char* digest) const noexcept {
  inner(prefix, body, suffix, digest);
  outer(digest);
}

void hmac_key::outer(unsigned char* digest) const noexcept {
  hash outer = outer_;
  outer.update({reinterpret_cast<const char*>(digest), digest_size(which_)});
  outer.finish(digest);
}

void wipe(void* bytes, std::size_t count) noexcept { OPENSSL_cleanse(bytes, count); }

bool equal_in_constant_time(const void* left, const void* right, std::size_t count) noexcept {
  return CRYPTO_memcmp(left, right, count) == 0;
}

}  // namespace waxseal
