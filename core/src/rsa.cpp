// RSA signatures of PKCS #1 v1.5 (RFC 8017, 8.2.2), verified with OpenSSL's numbers: what the
// signature opens to is compared with the whole encoding that it must be, and nothing of it is parsed.

#include "bignum.hpp"
#include "hmac.hpp"
#include "keyfile.hpp"
#include "privatekey.hpp"

namespace waxseal {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t smallest = 2048 / 8, largest = 4096 / 8;
static_assert(largest == max_signature);

// DigestInfo up to the digest, RFC 8017, 9.2, note 1.
constexpr auto sha1_info = "\x30\x21\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00\x04\x14"sv;
constexpr auto sha256_info =
    "\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20"sv;

class rsa_key final : public public_key {
 public:
  rsa_key(algorithm digest, std::string_view spki, const public_key_view& key, private_key half)
      : public_key(std::string(spki)), digest_(digest), size_(key.modulus.size()), half_(std::move(half)),
        context_(BN_CTX_new()), modulus_(number(key.modulus)), exponent_(number(key.exponent)),
        montgomery_(BN_MONT_CTX_new()) {
    usable_ = context_ && modulus_ && exponent_ && montgomery_ &&
              BN_MONT_CTX_set(montgomery_.get(), modulus_.get(), context_.get()) == 1;
  }

  bool usable() const noexcept { return usable_; }
  bool can_sign() const noexcept override { return static_cast<bool>(half_); }

  bool verify(const signed_text& text, std::string_view signature) const override {
    if (signature.size() != size_) return false;
    const auto sealed = number(signature);
    const owned<BIGNUM> opened(BN_new());
    if (!sealed || !opened || BN_cmp(sealed.get(), modulus_.get()) >= 0) return false;
    unsigned char found[max_signature], wanted[max_signature];
    encode(text, wanted);
    return BN_mod_exp_mont(opened.get(), sealed.get(), exponent_.get(), modulus_.get(), context_.get(),
                           montgomery_.get()) == 1 &&
           BN_bn2binpad(opened.get(), found, static_cast<int>(size_)) == static_cast<int>(size_) &&
           equal_in_constant_time(found, wanted, size_);
  }

  std::string sign(const signed_text& text) const override {
    return half_ ? half_.sign(digest_, text) : std::string();
  }

 private:
  /// EMSA-PKCS1-v1_5: 0, 1, at least eight 0xff, 0, the digest's DigestInfo.
  void encode(const signed_text& text, unsigned char* into) const noexcept {
    const std::string_view info = digest_ == algorithm::sha1 ? sha1_info : sha256_info;
    unsigned char digest[max_digest];
    hash running(digest_);
    for (const auto part : {text.prefix, text.body, text.suffix}) running.update(part);
    running.finish(digest);
    const std::size_t tail = info.size() + digest_size(digest_);
    *into++ = 0;
    *into++ = 1;
    for (std::size_t i = 3; i < size_ - tail; ++i) *into++ = 0xff;
    *into++ = 0;
    for (const char c : info) *into++ = static_cast<unsigned char>(c);
    for (std::size_t i = 0; i < digest_size(digest_); ++i) *into++ = digest[i];
  }

  algorithm digest_;
  std::size_t size_;
  private_key half_;
  owned<BN_CTX> context_;
  owned<BIGNUM> modulus_, exponent_;
  owned<BN_MONT_CTX> montgomery_;
  bool usable_ = false;
};

/// The modulus has 2048 to 4096 bits, in whole bytes; both numbers are odd, the exponent 3 to 2^32.
std::string_view complaint_about(const public_key_view& key) noexcept {
  const std::string_view modulus = key.modulus, exponent = key.exponent;
  if (modulus.size() < smallest) return "is too weak: an RSA key of at least 2048 bits is wanted";
  if (modulus.size() > largest) return "is too long: an RSA key has at most 4096 bits here";
  const bool whole = (modulus.front() & 0x80) != 0 && (modulus.back() & 1) != 0;
  const bool good = whole && !exponent.empty() && exponent.size() <= 4 && (exponent.back() & 1) != 0 && exponent != "\x01"sv;
  return good ? "" : "holds numbers that no RSA key has";
}

struct rsa_scheme final : key_scheme {
  algorithm digest;
  constexpr explicit rsa_scheme(algorithm which) : digest(which) {}
  std::string_view name() const noexcept override {
    return digest == algorithm::sha1 ? "rsa-pkcs1-sha1" : "rsa-pkcs1-sha256";
  }

  std::string_view open(const key_writing& how, std::string_view text,
                        std::unique_ptr<public_key>& into) const override {
    key_halves halves;
    const std::string_view problem = read_halves(how, text, halves);
    if (!problem.empty()) return problem;
    const auto found = read_public_key(halves.spki);
    if (!found || found->algorithm != key_algorithm::rsa) return "is a key, but none for RSA";
    const std::string_view wrong = complaint_about(*found);
    if (!wrong.empty()) return wrong;
    auto key = std::make_unique<rsa_key>(digest, halves.spki, *found, std::move(halves.half));
    if (!key->usable()) return "could not be read by OpenSSL";
    into = std::move(key);
    return {};
  }

  std::size_t read(signature_form, std::string_view written, unsigned char* into) const override {
    if (written.size() < smallest || written.size() > largest) return 0;
    return written.copy(reinterpret_cast<char*>(into), written.size());
  }
};

constexpr rsa_scheme with_sha1{algorithm::sha1}, with_sha256{algorithm::sha256};

}  // namespace

const key_scheme& rsa_sha1_keys = with_sha1;
const key_scheme& rsa_sha256_keys = with_sha256;

}  // namespace waxseal
