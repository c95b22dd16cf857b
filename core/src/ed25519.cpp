// Ed25519 (RFC 8032), by OpenSSL: natively through EVP, the only door that libcrypto has to it; in
// wasm by the function behind that door, because EVP would bring 900 KB.
#include <cstring>

#include "hmac.hpp"
#include "json.hpp"
#include "keyfile.hpp"

#ifdef __wasm__
#include <openssl/types.h>
extern "C" {  // crypto/ecx.h of OpenSSL's source
int ossl_ed25519_verify(const std::uint8_t* message, std::size_t size, const std::uint8_t* signature,
                        const std::uint8_t* key, OSSL_LIB_CTX*, const char*);
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
// Both would link OpenSSL's table of 27 KB of gzip: in wasm the host signs.
constexpr bool calculates_with_seeds = false;
bool sign_ed25519(std::string_view, bytes, unsigned char*) noexcept { return false; }
bool derive_ed25519(bytes, unsigned char*) noexcept { return false; }
#else
constexpr bool calculates_with_seeds = true;
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
bool sign_ed25519(std::string_view message, bytes seed, unsigned char* signature) noexcept {
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

/// What stands before the seed in a private key's PKCS #8 (RFC 8410).
constexpr unsigned char pkcs8_head[] = {0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20};

class ed25519_key final : public public_key {
 public:
  /// @param point  empty where only a seed is known
  explicit ed25519_key(std::string_view point) : public_key(point.empty() ? std::string() : write_ed25519_key(point)) {}
  ~ed25519_key() override { wipe(half_, sizeof half_); }

  bool verify(const signed_text& text, std::string_view signature) const override {
    if (spki_.empty() || signature.size() != signature_size) return false;
    return verify_ed25519(joined(text), as_bytes(signature), as_bytes(spki_) + spki_.size() - key_size);
  }
  std::string sign(const signed_text& text) const override {
    unsigned char signature[signature_size];
    if (!private_ || !sign_ed25519(joined(text), half_ + sizeof pkcs8_head, signature)) return {};
    return std::string(reinterpret_cast<char*>(signature), sizeof signature);
  }
  bool can_sign() const noexcept override { return calculates_with_seeds && private_; }
  std::string_view pkcs8() const noexcept override {
    return private_ ? std::string_view(reinterpret_cast<const char*>(half_), sizeof half_) : std::string_view();
  }

  void set_seed(std::string_view seed) {
    std::memcpy(half_, pkcs8_head, sizeof pkcs8_head);
    seed.copy(reinterpret_cast<char*>(half_) + sizeof pkcs8_head, key_size);
    private_ = true;
  }

 private:
  bool private_ = false;
  unsigned char half_[sizeof pkcs8_head + key_size] = {};
};

/// Makes the key of a seed. Where its public half is given too, the two must belong together; in wasm,
/// which cannot tell, the half is believed, and without one the key does not verify.
std::string_view open_private(std::string_view seed, std::string_view half, std::unique_ptr<public_key>& into) {
  unsigned char derived[key_size];
  std::string_view point = half;
  if (calculates_with_seeds) {
    if (!derive_ed25519(as_bytes(seed), derived)) return "could not be read by OpenSSL";
    point = {reinterpret_cast<char*>(derived), key_size};
    if (!half.empty() && half != point) return "has a public half that is not its own";
  } else if (!half.empty() && !is_canonical(half)) {
    return "has a public half that is none";
  }
  auto key = std::make_unique<ed25519_key>(point);
  key->set_seed(seed);
  into = std::move(key);
  return {};
}

struct ed25519_scheme final : key_scheme {
  std::string_view name() const noexcept override { return "ed25519"; }

  std::string_view open(const key_writing& how, std::string_view text,
                        std::unique_ptr<public_key>& into) const override {
    key_material read;
    const std::string_view problem = read_key_text(how, text, read);
    if (!problem.empty()) return problem;
    const std::string_view found = read.bytes;
    if (read.is_private && (found.size() == key_size || found.size() == 2 * key_size)) {
      return open_private(found.substr(0, key_size), found.substr(key_size), into);
    }
    if (read.is_private) {
      const auto seed = ed25519_seed(found);
      if (!seed) return "is a private key, but none for Ed25519";
      return open_private(*seed, {}, into);
    }
    std::string_view point = found;
    if (found.size() != key_size) {
      const auto key = read_public_key(found);
      if (!key || key->algorithm != key_algorithm::ed25519) return "is a key, but none for Ed25519";
      point = key->point;
    }
    if (!is_canonical(point)) return "is no Ed25519 key: its 32 bytes are none that a point has";
    into = std::make_unique<ed25519_key>(point);
    return {};
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
