#include "keyfile.hpp"

#include "der.hpp"
#include "encoding.hpp"
#include "hmac.hpp"

namespace waxseal {
namespace {

using namespace std::string_view_literals;

// Object identifiers, as DER writes them.
constexpr auto ed25519_object = "\x2b\x65\x70"sv;                                // 1.3.101.112, RFC 8410
constexpr auto ec_object = "\x2a\x86\x48\xce\x3d\x02\x01"sv;                     // 1.2.840.10045.2.1, RFC 5480
constexpr auto p256_object = "\x2a\x86\x48\xce\x3d\x03\x01\x07"sv;               // 1.2.840.10045.3.1.7
constexpr auto rsa_object = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"sv;            // 1.2.840.113549.1.1.1, RFC 8017

constexpr auto pem_begin = "-----BEGIN "sv, pem_end = "-----END "sv, pem_dashes = "-----"sv;
constexpr std::size_t longest_text = 16384;  ///< a key of 4096 bits is 3.3 KB of PEM, a certificate 3

/// One PEM block (RFC 7468), which the text begins with; what follows it, such as the chain of a
/// certificate, is not looked at.
struct pem_block {
  std::string_view label, base64;
};

std::optional<pem_block> read_pem(std::string_view text) noexcept {
  text.remove_prefix(pem_begin.size());
  const auto named = text.find(pem_dashes);
  if (named == text.npos) return {};
  pem_block block{text.substr(0, named), text.substr(named + pem_dashes.size())};
  const auto end = block.base64.find(pem_end);
  if (end == text.npos) return {};
  std::string_view close = block.base64.substr(end + pem_end.size());
  if (!close.starts_with(block.label) || !close.substr(block.label.size()).starts_with(pem_dashes)) return {};
  block.base64 = block.base64.substr(0, end);
  return block;
}

/// Decodes base64 in lines.
bool decode_lines(std::string_view lines, std::string& bytes) {
  std::string text;
  text.reserve(lines.size());
  for (const char c : lines) {
    if (c != '\n' && c != '\r') text.push_back(c);
  }
  bytes.resize(text.size());
  const auto size = decode(encoding::base64, text, reinterpret_cast<unsigned char*>(bytes.data()), bytes.size());
  wipe(text.data(), text.size());
  bytes.resize(size.value_or(0));
  return size.has_value();
}

/// Takes a certificate down to its key, and finds a private key.
bool recognise(key_material& found) {
  if (const auto read = read_certificate(found.bytes)) {
    const std::string spki(read->key);
    found.bytes = spki;
    found.holds = read->holds;
  }
  if (read_public_key(found.bytes)) return true;
  der_reader outer(found.bytes);
  found.is_private = outer.inside(der_tag::sequence).next_is(der_tag::integer);  // its version
  return found.is_private && outer.done();
}

std::string_view read_pem_key(std::string_view text, key_material& found) {
  const auto block = read_pem(text);
  if (!block) return "is not whole PEM: its END line is missing";
  const auto is = [&](std::string_view label) { return block->label == label; };
  if (is("ENCRYPTED PRIVATE KEY")) return "is an encrypted private key: give it decrypted";
  if (!is("PUBLIC KEY") && !is("CERTIFICATE") && !is("PRIVATE KEY") && !is("EC PRIVATE KEY") && !is("RSA PRIVATE KEY")) {
    return "is PEM of another kind: give a PUBLIC KEY, CERTIFICATE or PRIVATE KEY";
  }
  if (!decode_lines(block->base64, found.bytes)) return "is PEM, but not base64 in lines: are its line breaks lost?";
  if (!recognise(found)) return "is PEM, but holds no key that is known here";
  return {};
}

std::string_view read_bare_key(const key_writing& how, std::string_view text, key_material& found) {
  if (how.form == secret_form::utf8) return "is no PEM: it begins with -----BEGIN";
  if (!how.private_prefix.empty() && text.starts_with(how.private_prefix)) {
    text.remove_prefix(how.private_prefix.size());
    found.is_private = true;
  } else if (text.starts_with(how.public_prefix)) {
    text.remove_prefix(how.public_prefix.size());
  }
  const bool hex = how.form == secret_form::hex;
  found.bytes.resize(text.size());
  const auto size = decode(hex ? encoding::hex : encoding::base64, text,
                           reinterpret_cast<unsigned char*>(found.bytes.data()), found.bytes.size());
  if (!size) return hex ? "is neither lower-case hex nor PEM" : "is neither base64 nor PEM";
  found.bytes.resize(*size);
  constexpr std::size_t bare = 32, with_public_half = 64;
  if (found.bytes.size() == bare || (found.is_private && found.bytes.size() == with_public_half)) return {};
  return recognise(found) ? "" : "holds no key that is known here";
}

}  // namespace

key_material::~key_material() { wipe(bytes.data(), bytes.size()); }

std::optional<public_key_view> read_public_key(std::string_view der) noexcept {
  der_reader outer(der);
  der_reader key = outer.inside(der_tag::sequence);
  der_reader algorithm = key.inside(der_tag::sequence);
  const std::string_view object = algorithm.take(der_tag::object);
  public_key_view found{};
  bool good = false;
  if (object == ed25519_object) {
    found.algorithm = key_algorithm::ed25519;
    found.point = key.bits();
    good = found.point.size() == 32;
  } else if (object == ec_object) {
    found.algorithm = key_algorithm::p256;
    good = algorithm.take(der_tag::object) == p256_object;
    found.point = key.bits();
    good = good && found.point.size() == 65 && found.point[0] == 4;
  } else if (object == rsa_object) {
    found.algorithm = key_algorithm::rsa;
    good = algorithm.take(der_tag::null).empty();
    der_reader bits(key.bits());
    der_reader numbers = bits.inside(der_tag::sequence);
    found.modulus = numbers.natural();
    found.exponent = numbers.natural();
    good = good && numbers.done() && bits.done();
  }
  if (!good || !algorithm.done() || !key.done() || !outer.done()) return {};
  return found;
}

std::optional<certificate> read_certificate(std::string_view der) noexcept {
  der_reader outer(der);
  der_reader whole = outer.inside(der_tag::sequence);
  der_reader body = whole.inside(der_tag::sequence);
  whole.take(der_tag::sequence);
  whole.bits();
  if (!whole.done() || !outer.done()) return {};
  if (body.next_is(der_tag::first)) body.take(der_tag::first);    // the version
  body.take(der_tag::integer);                                    // serial number
  body.take(der_tag::sequence);                                   // algorithm
  body.take(der_tag::sequence);                                   // issuer
  der_reader dates = body.inside(der_tag::sequence);
  body.take(der_tag::sequence);                                   // subject
  const std::string_view key = body.whole(der_tag::sequence);
  const auto from = dates.time(), until = dates.time();
  if (body.failed() || !dates.done()) return {};
  return certificate{key, {*from, *until}};
}

std::string_view read_key_text(const key_writing& how, std::string_view text, key_material& into) {
  if (text.size() > longest_text) return "is too long for a key";
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  return text.starts_with(pem_begin) ? read_pem_key(text, into) : read_bare_key(how, text, into);
}

validity certified_time(const key_writing& how, std::string_view text) {
  key_material read;
  return read_key_text(how, text, read).empty() ? read.holds : validity{};
}

std::optional<std::string_view> ed25519_seed(std::string_view der) noexcept {
  der_reader outer(der);
  der_reader key = outer.inside(der_tag::sequence);
  const bool first_version = key.natural().empty();
  der_reader algorithm = key.inside(der_tag::sequence);
  const bool ours = algorithm.take(der_tag::object) == ed25519_object;
  der_reader wrapped = key.inside(der_tag::octet_string);
  const std::string_view seed = wrapped.take(der_tag::octet_string);
  if (!first_version || !ours || !algorithm.done() || !wrapped.done() || !key.done() || !outer.done()) return {};
  if (seed.size() != 32) return {};
  return seed;
}

std::string write_ed25519_key(std::string_view point) {
  std::string algorithm, object, key, bits;
  write_der(der_tag::object, ed25519_object, object);
  write_der(der_tag::sequence, object, algorithm);
  bits.push_back('\0');
  bits.append(point);
  write_der(der_tag::bit_string, bits, algorithm);
  write_der(der_tag::sequence, algorithm, key);
  return key;
}

}  // namespace waxseal
