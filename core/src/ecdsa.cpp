// ECDSA over P-256 with SHA-256 (FIPS 186-5), verified with OpenSSL's numbers and curve points: the
// same source natively and in wasm. Only public numbers pass through here.
#include <openssl/obj_mac.h>

#include "bignum.hpp"
#include "der.hpp"
#include "hmac.hpp"
#include "keyfile.hpp"
#include "privatekey.hpp"

namespace waxseal {
namespace {

constexpr std::size_t coordinate = 32;

/// From 1 to one below `order`.
bool is_scalar(const BIGNUM* value, const BIGNUM* order) noexcept {
  return !BN_is_zero(value) && BN_cmp(value, order) < 0;
}

class p256_key final : public public_key {
 public:
  /// `point_` is null where the two coordinates are those of no point.
  p256_key(std::string_view spki, std::string_view point, private_key half)
      : public_key(std::string(spki)), half_(std::move(half)), context_(BN_CTX_new()),
        group_(EC_GROUP_new_by_curve_name_ex(nullptr, nullptr, NID_X9_62_prime256v1)) {
    const auto x = number(point.substr(1, coordinate)), y = number(point.substr(1 + coordinate));
    const owned<BIGNUM> prime(BN_new());
    if (!context_ || !group_ || !x || !y || !prime) return;
    owned<EC_POINT> made(EC_POINT_new(group_.get()));
    if (!made || EC_GROUP_get_curve(group_.get(), prime.get(), nullptr, nullptr, context_.get()) != 1) return;
    if (BN_cmp(x.get(), prime.get()) >= 0 || BN_cmp(y.get(), prime.get()) >= 0) return;
    // Refuses a point that is not on the curve; the point at infinity has no coordinates.
    if (EC_POINT_set_affine_coordinates(group_.get(), made.get(), x.get(), y.get(), context_.get()) != 1) return;
    point_ = std::move(made);
  }

  bool usable() const noexcept { return point_ != nullptr; }
  bool can_sign() const noexcept override { return static_cast<bool>(half_); }

  bool verify(const signed_text& text, std::string_view signature) const override {
    if (signature.size() != 2 * coordinate) return false;
    unsigned char digest[max_digest];
    hash running(algorithm::sha256);
    for (const auto part : {text.prefix, text.body, text.suffix}) running.update(part);
    running.finish(digest);
    return verify_digest({reinterpret_cast<char*>(digest), coordinate}, signature);
  }

  std::string sign(const signed_text& text) const override {
    unsigned char raw[2 * coordinate];
    const std::string der = half_ ? half_.sign(algorithm::sha256, text) : std::string();
    return std::string(reinterpret_cast<char*>(raw), p256_keys.read(signature_form::der, der, raw));
  }

 private:
  /// With w = 1/s, the x of (z·w)·G + (r·w)·Q is r, modulo the order of G.
  bool verify_digest(std::string_view digest, std::string_view signature) const noexcept {
    const BIGNUM* const order = EC_GROUP_get0_order(group_.get());
    const auto r = number(signature.substr(0, coordinate)), s = number(signature.substr(coordinate));
    const auto z = number(digest);
    const owned<BIGNUM> w(BN_new()), u(BN_new()), v(BN_new()), x(BN_new());
    const owned<EC_POINT> sum(EC_POINT_new(group_.get()));
    BN_CTX* const context = context_.get();
    if (!order || !r || !s || !z || !w || !u || !v || !x || !sum) return false;
    return is_scalar(r.get(), order) && is_scalar(s.get(), order) &&
           BN_mod_inverse(w.get(), s.get(), order, context) != nullptr &&
           BN_mod_mul(u.get(), z.get(), w.get(), order, context) == 1 &&
           BN_mod_mul(v.get(), r.get(), w.get(), order, context) == 1 &&
           EC_POINT_mul(group_.get(), sum.get(), u.get(), point_.get(), v.get(), context) == 1 &&
           // fails at infinity
           EC_POINT_get_affine_coordinates(group_.get(), sum.get(), x.get(), nullptr, context) == 1 &&
           BN_nnmod(x.get(), x.get(), order, context) == 1 && BN_cmp(x.get(), r.get()) == 0;
  }

  private_key half_;
  owned<BN_CTX> context_;
  owned<EC_GROUP> group_;
  owned<EC_POINT> point_;
};

struct p256_scheme final : key_scheme {
  std::string_view name() const noexcept override { return "ecdsa-p256-sha256"; }

  std::string_view open(const key_writing& how, std::string_view text,
                        std::unique_ptr<public_key>& into) const override {
    key_halves halves;
    const std::string_view problem = read_halves(how, text, halves);
    if (!problem.empty()) return problem;
    const auto found = read_public_key(halves.spki);
    if (!found || found->algorithm != key_algorithm::p256) {
      return "is a key, but none for ECDSA over P-256";
    }
    auto key = std::make_unique<p256_key>(halves.spki, found->point, std::move(halves.half));
    if (!key->usable()) return "is no key: its point is not on P-256";
    into = std::move(key);
    return {};
  }

  std::size_t read(signature_form form, std::string_view written, unsigned char* into) const override {
    if (form == signature_form::raw) {
      return written.size() == 2 * coordinate ? written.copy(reinterpret_cast<char*>(into), 2 * coordinate) : 0;
    }
    der_reader outer(written);
    der_reader pair = outer.inside(der_tag::sequence);
    const std::string_view both[] = {pair.natural(), pair.natural()};
    if (!pair.done() || !outer.done()) return 0;
    for (const auto each : both) {
      if (each.empty() || each.size() > coordinate) return 0;
      for (std::size_t i = each.size(); i < coordinate; ++i) *into++ = 0;
      for (const char c : each) *into++ = static_cast<unsigned char>(c);
    }
    return 2 * coordinate;
  }

  std::string write(signature_form form, std::string_view signature) const override {
    if (form == signature_form::raw) return std::string(signature);
    std::string numbers, whole;
    write_der_natural(signature.substr(0, coordinate), numbers);
    write_der_natural(signature.substr(coordinate), numbers);
    write_der(der_tag::sequence, numbers, whole);
    return whole;
  }
};

constexpr p256_scheme scheme;

}  // namespace

const key_scheme& p256_keys = scheme;

}  // namespace waxseal
