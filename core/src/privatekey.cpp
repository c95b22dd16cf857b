#include "privatekey.hpp"

#ifndef __wasm__
#include <openssl/evp.h>
#include <openssl/x509.h>
#endif

namespace waxseal {

#ifdef __wasm__

private_key::~private_key() = default;
std::string private_key::sign(algorithm, const signed_text&) const { return {}; }

std::string_view read_halves(const key_writing& how, std::string_view text, key_halves& into) {
  key_material read;
  const std::string_view problem = read_key_text(how, text, read);
  if (!problem.empty()) return problem;
  if (read.is_private) return "is a private key: give the public one, and a signer to sign";
  into.spki = read.bytes;
  return {};
}

#else

namespace {

struct release {
  void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};

const EVP_MD* named(algorithm which) noexcept { return which == algorithm::sha1 ? EVP_sha1() : EVP_sha256(); }

}  // namespace

private_key::~private_key() { EVP_PKEY_free(key_); }

std::string private_key::sign(algorithm digest, const signed_text& text) const {
  const std::unique_ptr<EVP_MD_CTX, release> run(EVP_MD_CTX_new());
  if (!run || EVP_DigestSignInit(run.get(), nullptr, named(digest), nullptr, key_) != 1) return {};
  for (const auto part : {text.prefix, text.body, text.suffix}) {
    if (EVP_DigestSignUpdate(run.get(), part.data(), part.size()) != 1) return {};
  }
  unsigned char signature[max_signature];
  std::size_t size = sizeof signature;
  if (EVP_DigestSignFinal(run.get(), signature, &size) != 1) return {};
  return std::string(reinterpret_cast<char*>(signature), size);
}

std::string_view read_halves(const key_writing& how, std::string_view text, key_halves& into) {
  key_material read;
  const std::string_view problem = read_key_text(how, text, read);
  if (!problem.empty()) return problem;
  if (!read.is_private) {
    into.spki = read.bytes;
    return {};
  }
  auto at = reinterpret_cast<const unsigned char*>(read.bytes.data());
  EVP_PKEY* const pair = d2i_AutoPrivateKey(nullptr, &at, static_cast<long>(read.bytes.size()));
  if (!pair) return "is a private key that OpenSSL cannot read";
  into.half = private_key(pair);
  unsigned char* spki = nullptr;
  const int size = i2d_PUBKEY(pair, &spki);
  if (size > 0) into.spki.assign(reinterpret_cast<char*>(spki), static_cast<std::size_t>(size));
  OPENSSL_free(spki);
  return {};
}

#endif

}  // namespace waxseal
