// The verifier: checks that a webhook was signed by one dialect with one of some secrets, and signs.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "waxseal/dialect.hpp"
#include "waxseal/event.hpp"
#include "waxseal/status.hpp"

namespace waxseal {

struct header {
  std::string_view name;  ///< any case
  std::string_view value;
};

/// A webhook as it arrived. Header lines of one name stay separate, so that duplicates are seen.
struct request {
  std::span<const header> headers;
  std::string_view body;
  std::string_view url = {};     ///< needed only where the dialect signs it
  std::string_view method = {};  ///< needed only where the dialect signs it
  bool padded = false;           ///< 32 readable zero bytes follow the body: saves copying it
};

/// How far a timestamp may lie from the clock, in seconds.
struct tolerance {
  std::int64_t past;
  std::int64_t future;
};

/// `report` leaves the verdict to authenticity and states the schema's beside it; `enforce` makes a
/// body that breaks its schema a refusal; `off` reads only what the envelope must give.
enum class schema_mode : std::uint8_t { report, enforce, off };

/// A value that the user configured at the provider and that is signed, such as the id of a webhook.
struct setting {
  std::string_view name;
  std::string_view value;
};

struct options {
  enum class window : std::uint8_t { of_dialect, given, none };
  window timestamps = window::of_dialect;  ///< whose tolerance holds
  tolerance given = {300, 300};            ///< with `window::given`
  schema_mode schema = schema_mode::report;
  std::uint64_t seed = 0;                  ///< entropy for hashing member names
  std::size_t max_body = 32u << 20;        ///< bytes; a longer body is `body_too_large`
  std::span<const setting> settings = {};  ///< those that the dialect names; copied
  bool key_elsewhere = false;              ///< `sign` gets signatures made elsewhere: no secret is needed
  /// The keys come from the URL that a request names. The URL is held to the dialect's and a certificate
  /// to its dates. Without a secret, a request that passes every check but its signature's is
  /// `key_unavailable`, and `verifier::key_url` says where its key is.
  bool fetched_keys = false;
};

/// What is signed: `prefix`, body and `suffix` in this order.
struct digest_plan {
  std::string_view prefix;
  std::string_view suffix;
  bool body = true;  ///< false: the body does not stand between them
};

/// What a sender says of a message. Empty fields are left out of the headers that would carry them.
struct message {
  std::string_view body;
  std::string_view id = {};
  std::string_view type = {};
  std::string_view delivery = {};  ///< id of this delivery, stable over its retries
  std::int64_t timestamp = 0;      ///< Unix seconds at which it is signed
  std::string_view url = {};
  std::string_view method = "POST";
  /// Signatures of what `verifier::to_sign` gave, made by keys that are held elsewhere: the bytes that
  /// a key gives, of ECDSA in DER or r and s. Empty: this verifier's secrets sign.
  std::span<const std::string_view> signatures = {};
};

struct signed_header {
  std::string name;
  std::string value;
};

/// What a provider wants to hear when it asks whether an endpoint is ours.
struct handshake_answer {
  std::string body;
  std::string_view content_type;
  std::string_view header;       ///< that gives the challenge back; empty: none does
  std::string challenge;
  bool gives_secret = false;     ///< the challenge is the secret of the webhooks that follow
  bool visits = false;           ///< the challenge is a URL of the provider's: whoever visits it says yes
};

/// Not for several threads at once: a call reuses the scratch memory of the one before it.
class verifier {
 public:
  /// @param secrets  as the provider shows them, prefix and encoding included; the first one signs.
  ///         Of a scheme with public keys: a public key or certificate, or to sign a private key, as
  ///         the provider shows it or in PEM.
  /// @return the verifier, or a sentence that says which secret is unfit and why. No secret at all
  ///         is such an error; only a dialect whose systems may send unsigned allows it, for
  ///         `sign` alone.
  static result<verifier, std::string> open(const dialect& from,
                                            std::span<const std::string_view> secrets,
                                            options how = {});

  verifier(verifier&&) noexcept;
  verifier& operator=(verifier&&) noexcept;
  /// Wipes the secrets and everything derived from them.
  ~verifier();

  /// Checks that `what` was signed by this verifier's dialect with one of its secrets, and reads
  /// its event.
  ///
  /// The signature is checked over the raw body before anything is parsed. Every secret is tried
  /// against every signature without early exit, so that timing does not tell which one matched.
  ///
  /// @param now  Unix seconds; the library never reads a clock.
  result<event> verify(const request& what, std::int64_t now);

  /// As `verify`, but of the signature alone, for those who only hand the bytes on. The body is not read
  /// (unless only it says how old the request is), so that neither its schema nor an unsigned header that
  /// contradicts it is looked at.
  ///
  /// @return index of the secret that matched
  result<unsigned> authenticate(const request& what, std::int64_t now);

  /// First half of `verify` for a host that hashes itself: reads the headers and says what is
  /// signed. @return `ok`, or why the request is refused before any hash.
  status prepare(const request& what, std::int64_t now, digest_plan& plan);

  /// Second half: judges the request last prepared by its hashes, one for each secret in order,
  /// each of `digest_size()` bytes: the plain hash of the secret's `block`, then of what is signed.
  /// (That is HMAC's inner hash; the outer one, of a few bytes, is taken here.) Of a scheme with
  /// public keys a hash is one byte for each `signature`: 1 where it is one of this key, else 0.
  result<event> judge(std::span<const unsigned char> hashes);
  /// Second half of `authenticate`, by the same hashes. @return index of the secret that matched
  result<unsigned> match(std::span<const unsigned char> hashes);

  static constexpr std::size_t max_block = 128;
  /// Writes the block that the hash of a secret begins with; it is as secret as the secret.
  ///
  /// @param into  room for `max_block` bytes
  /// @return bytes written; 0 where the scheme has public keys, or hashes nothing
  std::size_t block(unsigned secret, unsigned char* into) const noexcept;

  /// Whether `what` is a handshake of this dialect that no signature proves, as those that come by GET
  /// and those that bring the secret; then `answer()` answers it. Those that are signed are told by
  /// `event::handshake`. Anyone can send one: the answer gives nothing away but that this endpoint is
  /// there and, where the dialect's answer holds an HMAC, that of a text of `[A-Za-z0-9_+/=-]`, which
  /// is no webhook's.
  bool asks_handshake(const request& what);

  /// The answer to the handshake last seen by `verify`, `judge` or `asks_handshake`.
  const handshake_answer& answer() const noexcept;
  /// A signature of the request last prepared, as hosts take it (ECDSA: r and s of 32 bytes), of a
  /// scheme with public keys; empty past the last.
  std::string_view signature(unsigned index) const noexcept;

  /// With `options::fetched_keys`, where the key is of the request last refused with `key_unavailable`: one
  /// of the URLs that the dialect pins. Open a verifier with what is there as its secret, and judge again.
  std::string_view key_url() const noexcept;

  /// Headers that deliver `what` in this dialect: those that the dialect sends with every message
  /// and the signature, in the dialect's order.
  result<std::vector<signed_header>, std::string> sign(const message& what);

  /// The fields of the form just read as a JSON object: `event::data` where that is a form's.
  std::string_view form() const noexcept;

  /// The body to send with those headers, where the dialect has its signature in the body: that of the
  /// message just signed, whose place for the signature is filled in. Empty: the body as it was given.
  std::string_view signed_body() const noexcept;

  /// What keys that are held elsewhere are to sign for `what`; their signatures then go into
  /// `message::signatures`. Holds until the next call.
  result<digest_plan, std::string> to_sign(const message& what);

  /// For a host that verifies or signs in place of this build, a key of a scheme with public keys: as
  /// DER SubjectPublicKeyInfo, and (of Ed25519 alone) its private half as PKCS #8. Empty where there is none.
  std::string_view public_key_der(unsigned secret) const noexcept;
  std::string_view private_key_der(unsigned secret) const noexcept;
  unsigned key_count() const noexcept;
  /// Lower-case names of the headers that the dialect reads; a request needs to show no others.
  std::span<const std::string> wanted() const noexcept;
  /// The hash as node:crypto names it, such as `sha256`; empty where the scheme takes none.
  std::string_view digest_name() const noexcept;
  /// Bytes of one digest; 0 where the scheme takes none (a static token); with public keys the number
  /// of signatures in the request last prepared.
  unsigned digest_size() const noexcept;
  /// The scheme in the dialect language's word where it has public keys, else empty.
  std::string_view public_scheme_name() const noexcept;
  const dialect& from() const noexcept;

  struct state;  ///< core/src/state.hpp

 private:
  explicit verifier(std::unique_ptr<state> state);
  std::unique_ptr<state> state_;
};

}  // namespace waxseal
