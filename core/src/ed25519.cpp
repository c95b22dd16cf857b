// Ed25519 (RFC 8032), by OpenSSL: natively through EVP, the only door that libcrypto has to it; in
// wasm by the function behind that door, because EVP would bring 900 KB.
#include <cstring>

#include "hmac.hpp"
#include "json.hpp"
#include "keyfile.hpp"

#ifdef __wasm__
#include <openssl/types.h>
extern "C" {  // crypto/ecx.h of OpenSSL's source
int ossl_ed25519_sign(std::uint8_t* signature, const std::uint8_t* message, std::size_t size,
                      const std::uint8_t* key, const std::uint8_t* seed, OSSL_LIB_CTX*, const char*);
int ossl_ed25519_verify(const std::uint8_t* message, std::size_t size, const std::uint8_t* signature,
                        const std::uint8_t* key, OSSL_LIB_CTX*, const char*);
int ossl_ed25519_public_from_private(OSSL_LIB_CTX*, std::uint8_t* key, const std::uint8_t* seed, const char*);
}
#else
#include <openssl/evp.h>
#endif

namespace waxseal {
namespace {

constexpr std::size_t key_size = 32, signature_size = 64;

using bytes = const unsigned char*;
bytes as_bytes(std::string_view text) noexcept { return reinterpret_cast<bytes>(text.data()); }

#ifdef __wasm__
bool verify_ed25519(std::string_view message, bytes signature, bytes key) noexcept {
  return ossl_ed25519_verify(as_bytes(message), message.size(), signature, key, nullptr, nullptr) == 1;
}
bool sign_ed25519(std::string_view message, bytes key, bytes seed, unsigned char* signature) noexcept {
  return ossl_ed25519_sign(signature, as_bytes(message), message.size(), key, seed, nullptr, nullptr) == 1;
}
bool derive_ed25519(bytes seed, unsigned char* key) noexcept {
  return ossl_ed25519_public_from_private(nullptr, key, seed, nullptr) == 1;
}
#else
struct release {
  void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
  void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};
using pkey = std::unique_ptr<EVP_PKEY, release>;
using context = std::unique_ptr<EVP_MD_CTX, release>;

bool verify_ed25519(std::string_view message, bytes signature, bytes key) noexcept {
  const pkey made(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key, key_size));
  const context run(EVP_MD_CTX_new());
  return made && run && EVP_DigestVerifyInit(run.get(), nullptr, nullptr, nullptr, made.get()) == 1 &&
         EVP_DigestVerify(run.get(), signature, signature_size, as_bytes(message), message.size()) == 1;
}
bool sign_ed25519(std::string_view message, bytes, bytes seed, unsigned char* signature) noexcept {
  const pkey made(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed, key_size));
  const context run(EVP_MD_CTX_new());
  std::size_t size = signature_size;
  return made && run && EVP_DigestSignInit(run.get(), nullptr, nullptr, nullptr, made.get()) == 1 &&
         EVP_DigestSign(run.get(), signature, &size, as_bytes(message), message.size()) == 1;
}
bool derive_ed25519(bytes seed, unsigned char* key) noexcept {
  const pkey made(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed, key_size));
  std::size_t size = key_size;
  return made && EVP_PKEY_get_raw_public_key(made.get(), key, &size) == 1;
}
#endif

/// Whether the 32 bytes are the one spelling of a point: its y is below 2^255 - 19 (RFC 8032, 5.1.3).
bool is_canonical(std::string_view point) noexcept {
  if ((point[31] & 0x7f) != 0x7f || static_cast<unsigned char>(point[0]) < 0xed) return true;
  for (std::size_t i = 1; i < 31; ++i) {
    if (static_cast<unsigned char>(point[i]) != 0xff) return true;
  }
  return false;
}

/// Ed25519 digests the message twice, so that it is wanted in one piece.
std::string joined(const signed_text& text) { return join({text.prefix, text.body, text.suffix}); }

class ed25519_key final : public public_key {
 public:
  explicit ed25519_key(std::string_view point) : public_key(write_ed25519_key(point)) {}
  ~ed25519_key() override { wipe(seed_, sizeof seed_); }

  bool verify(const signed_text& text, std::string_view signature) const override {
    return signature.size() == signature_size && verify_ed25519(joined(text), as_bytes(signature), point());
  }
  std::string sign(const signed_text& text) const override {
    unsigned char signature[signature_size];
    if (!private_ || !sign_ed25519(joined(text), point(), seed_, signature)) return {};
    return std::string(reinterpret_cast<char*>(signature), sizeof signature);
  }
  bool can_sign() const noexcept override { return private_; }

  void set_seed(std::string_view seed) {
    seed.copy(reinterpret_cast<char*>(seed_), key_size);
    private_ = true;
  }

 private:
  bytes point() const noexcept { return as_bytes(spki_) + spki_.size() - key_size; }

  bool private_ = false;
  unsigned char seed_[key_size] = {};
};

/// Makes the key of a seed; where its public half is given too, the two must belong together.
result<std::unique_ptr<public_key>, std::string> open_private(std::string_view seed, std::string_view half) {
  unsigned char derived[key_size];
  if (!derive_ed25519(as_bytes(seed), derived)) return std::string("could not be read by OpenSSL");
  const std::string_view point(reinterpret_cast<char*>(derived), key_size);
  if (!half.empty() && half != point) return std::string("has a public half that is not its own");
  auto key = std::make_unique<ed25519_key>(point);
  key->set_seed(seed);
  return result<std::unique_ptr<public_key>, std::string>(std::move(key));
}

struct ed25519_scheme final : key_scheme {
  result<std::unique_ptr<public_key>, std::string> open(const key_writing& how,
                                                       std::string_view text) const override {
    auto read = read_key_text(how, text);
    if (!read) return read.error();
    const std::string_view found = read->bytes;
    if (read->is_private && (found.size() == key_size || found.size() == 2 * key_size)) {
      return open_private(found.substr(0, key_size), found.substr(key_size));
    }
    if (read->is_private) {
      const auto seed = ed25519_seed(found);
      if (!seed) return std::string("is a private key, but none for Ed25519");
      return open_private(*seed, {});
    }
    std::string_view point = found;
    if (found.size() != key_size) {
      const auto key = read_public_key(found);
      if (!key || key->algorithm != key_algorithm::ed25519) return std::string("is a key, but none for Ed25519");
      point = key->point;
    }
    if (!is_canonical(point)) return std::string("is no Ed25519 key: its 32 bytes are none that a point has");
    return result<std::unique_ptr<public_key>, std::string>(std::make_unique<ed25519_key>(point));
  }

  std::size_t read(signature_form, std::string_view written, unsigned char* into) const override {
    if (written.size() != signature_size) return 0;
    return written.copy(reinterpret_cast<char*>(into), signature_size);
  }
};

constexpr ed25519_scheme scheme;

}  // namespace

const key_scheme& ed25519_keys = scheme;

}  // namespace waxseal
