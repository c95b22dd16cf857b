// What the calls of a verifier cost. The figures are those of wasm, where the slowest of all takes place;
// `npm run bench -- explain` shows what they come to.
#include "work.hpp"

#include <algorithm>

#include "plan.hpp"

namespace waxseal {
namespace {

constexpr std::size_t mac_work = 256;     ///< a MAC's own, beside what goes through it
constexpr std::size_t field_work = 48;    ///< a field of a form, decoded and sorted
constexpr std::size_t line_work = 32;     ///< a header, held against those that are wanted
constexpr std::size_t secret_work = 3 << 10;
constexpr std::size_t key_work = 8 << 10;  ///< a public key read: PEM, DER, a point
constexpr std::size_t ed25519_work = 32 << 10, ecdsa_work = 256 << 10, rsa_work = 64 << 10;
constexpr std::size_t max_groups = 4;

std::size_t key_work_of(const settings& way) {
  if (!way.by_public_key()) return 0;
  const bool ecdsa = way.how_signed == settings::scheme::ecdsa_p256_sha256;
  return ecdsa ? ecdsa_work : way.how_signed == settings::scheme::ed25519 ? ed25519_work : rsa_work;
}

std::size_t count(std::string_view text, char what) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), what));
}

/// What it costs to put the signed string together.
std::size_t write_work(const settings& way, std::string_view body) {
  std::size_t work = way.is_jwt() || way.items ? body.size() : 0;
  for (const auto& part : way.signed_string) {
    switch (part.what) {
      case piece::kind::form: work += 2 * body.size() + field_work * count(body, '&'); break;
      case piece::kind::crc32: work += 3 * body.size(); break;
      case piece::kind::sha256: work += body.size(); break;
      case piece::kind::json: case piece::kind::field: work += way.items ? 0 : body.size() / 2; break;
      default: break;
    }
  }
  for (const auto& each : way.hashes) work += each.of_url ? 0 : body.size();
  return work;
}

/// The signatures of a request, and the groups of them, as far as they are looked at.
std::size_t signatures(const plan& how, const settings& way, const request& what, std::size_t& groups) {
  std::size_t most = 1;
  for (const auto& line : what.headers) {
    if (!way.is_list || !same_header(how.header_name(way.signature_header), line.name)) continue;
    most = std::max(most, std::min<std::size_t>(max_signatures, count(line.value, way.separator) + 1));
    if (way.groups) groups = std::min(max_groups, count(line.value, way.groups) + 1);
  }
  return most;
}

std::size_t way_work(const plan& how, const settings& way, const request& what, std::size_t keys) {
  if (way.static_token) return mac_work;
  const std::size_t size = what.body.size();
  std::size_t groups = 1, each = size + what.url.size() + mac_work + key_work_of(way);
  const std::size_t shown = signatures(how, way, what, groups);
  if (way.by_public_key()) each *= shown;
  const std::size_t variants = way.url == url_form::either_port ? 2 : 1;
  const std::size_t items = way.items ? std::min<std::size_t>(size / 2, 100) * mac_work : 0;
  return groups * variants * (write_work(way, what.body) + items + std::max<std::size_t>(keys, 1) * (each + items));
}

}  // namespace

std::size_t open_work(const plan& how) {
  for (std::uint32_t i = 0; i <= how.weaker.size(); ++i) {
    if (how.way(i).by_public_key()) return key_work;
  }
  return secret_work;
}

std::size_t read_work(const request& what) { return mac_work + what.headers.size() * line_work; }

std::size_t verify_work(const plan& how, const request& what, std::size_t keys) {
  std::size_t most = 0;
  for (std::uint32_t i = 0; i <= how.weaker.size(); ++i) most = std::max(most, way_work(how, how.way(i), what, keys));
  return read_work(what) + most;
}

std::size_t prepare_work(const plan& how, const request& what, std::size_t keys) {
  return how.elaborate ? verify_work(how, what, keys) : read_work(what);
}

}  // namespace waxseal
