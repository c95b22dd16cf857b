// What a verifier keeps between calls. Shared by verifier.cpp, read.cpp and sign.cpp.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "find.hpp"
#include "keyfile.hpp"
#include "plan.hpp"
#include "scan.hpp"
#include "waxseal/verifier.hpp"

namespace waxseal {

/// Deletes a key in a build that has any; in waxseal.wasm the linker then knows of none.
struct delete_key {
  void operator()(public_key* key) const noexcept {
    if (knows_public_keys()) delete key;
  }
};
using owned_key = std::unique_ptr<public_key, delete_key>;

/// One secret: its decoded bytes, wiped when it goes, and the HMAC states made from them; or a key
/// of a public-key scheme.
struct secret_key {
  std::string bytes;
  hmac_key hmac;
  owned_key pair;
  validity holds;  ///< of a key that was fetched: when its certificate holds

  secret_key(algorithm digest, std::string_view decoded) : bytes(decoded), hmac(digest, decoded) {}
  secret_key(const secret_key&) = delete;  // so that no copy is left behind
  secret_key& operator=(const secret_key&) = delete;
  ~secret_key() { wipe(bytes.data(), bytes.size()); }
};

/// The value of one wanted header of a request.
struct field {
  std::string_view value;
  bool present = false;
};

/// How much of a message's headers is made: without a signature, up to the text that is signed, or all.
enum class signing : std::uint8_t { none, text, whole };

/// The headers of a message while it is signed.
struct outgoing_headers {
  std::vector<signed_header> all;  ///< has room for every header that can come
  std::size_t sent = 0;

  /// The value of the header called `name` (lower case); `otherwise` where it is new.
  std::string& complete(std::string_view name, std::string_view otherwise);
};

using secret_keys = list<std::unique_ptr<secret_key>>;

struct verifier::state {
  dialect from;
  options how;
  bool has_tolerance = false;
  tolerance window = {0, 0};
  secret_keys keys;                ///< of the strongest way; null where a secret is none for it
  list<secret_keys> weaker_keys;   ///< of each of `plan::weaker`
  std::unique_ptr<std::string[]> given;  ///< values of the plan's settings
  waxseal::scanner scanner;

  // the request last prepared
  bool prepared = false;
  std::array<field, max_wanted> fields;
  std::string_view body;
  bool padded = false;
  std::int64_t now = 0;
  std::string_view timestamp_text;
  std::optional<std::int64_t> timestamp;
  std::string prefix, suffix;      ///< of the signed string, around the body
  unsigned signature_count = 0;
  unsigned char signatures[max_signatures][max_signature];
  std::size_t signature_sizes[max_signatures];
  std::string_view token;          ///< the static token that came
  const settings* way;             ///< how it is signed, of several ways

  // of an elaborate one (parts.cpp)
  std::string_view url, method;
  bool json_known = false, json_valid = false;
  std::string padded_copy;         ///< of a body that came without padding
  std::string claims;              ///< of the JWT that signed, padded
  std::string_view names_text;     ///< names of the signed headers, as the signature lists them
  bool signs_body = true;          ///< the body stands between `prefix` and `suffix`
  int matched = -1;
  std::string key_url;             ///< where a fetched key is, once it is found to be pinned

  std::string form_object;         ///< a form as JSON, with padding (forms.cpp)
  std::string decoded[slot_count];  ///< texts with an escape of the event last read, by slot

  state(const dialect& which, const options& chosen)
      : from(which), how(chosen), scanner(chosen.seed), way(&which.compiled()) {}

  const plan& compiled() const noexcept { return from.compiled(); }
  /// The scheme of the way that is judged, where it has public keys. Asked each time and never kept: in
  /// waxseal.wasm, where find_scheme gives none, the linker then takes out all that follows from it.
  const key_scheme* way_scheme() const noexcept { return way->by_public_key() ? find_scheme(way->key_kind()) : nullptr; }
  /// The same where a host may verify and sign in place of the core.
  const key_scheme* public_keys() const noexcept {
    return compiled().by_public_key() && !compiled().elaborate ? find_scheme(compiled().key_kind()) : nullptr;
  }
  std::string_view value(int header) const noexcept {
    return header == absent ? std::string_view() : fields[static_cast<unsigned>(header)].value;
  }
  bool has(int header) const noexcept {
    return header != absent && fields[static_cast<unsigned>(header)].present;
  }

  /// Whether a host may digest: by HMAC, and what is signed is a prefix, the body and a suffix.
  bool by_host() const noexcept { return !compiled().static_token && !compiled().elaborate && !compiled().by_public_key(); }
  /// Bytes of one hash in `judge`; 0 where none is taken.
  unsigned hash_size() const noexcept {
    if (public_keys()) return signature_count;
    return by_host() ? waxseal::digest_size(compiled().digest) : 0;
  }
  /// Whether only the body says how old a request is.
  bool dated_by_body() const noexcept { return has_tolerance && (way->timestamp.pointer || way->timestamp.apart()); }
  std::string take_settings(std::span<const setting> settings);
  result<event> verify(const request& what, std::int64_t at, bool signature_only);
  result<event> judge(std::span<const unsigned char> hashes, bool signature_only);
  status prepare(const request& what, std::int64_t at);
  status take_headers(const request& what);
  bool says_twice(const place& where) const noexcept;
  status read_signatures(std::string_view header);
  bool lacks_public_key() const;
  status read_signature_list(std::string_view header);
  bool take_signature(std::string_view entry);
  status read_timestamp();
  status check_window() const;
  status write_signed_string(const request& what);
  int match(std::span<const unsigned char> hashes) const;
  int match_verdicts(std::span<const unsigned char> verdicts) const;
  std::size_t verify_signatures(unsigned char* verdicts) const;
  std::string_view signature(unsigned index) const noexcept {
    return {reinterpret_cast<const char*>(signatures[index]), signature_sizes[index]};
  }
  int match_token(const secret_keys& its) const;
  result<event> read_event(unsigned secret);  // read.cpp
  std::string_view text_to_scan();            // forms.cpp

  // places.cpp
  bool says(const condition& wanted, std::string_view text) const;
  bool holds(const condition& wanted);
  lookup text_at(const place& where, std::string& into);
  std::string_view json_body();

  // parts.cpp
  static const bool judges_parts;  ///< false where a module leaves it and sign_parts.cpp out
  status judge_parts();
  const secret_keys* choose_way();
  bool shows(const settings& which);
  status check_hashes();
  status judge_jwt(const secret_keys& keys);
  status check_claims();
  status judge_item(const secret_keys& keys, std::string_view item);
  status judge_header(const secret_keys& keys, std::string_view text, std::string_view item);
  status write_parts(std::string_view item, unsigned variant);
  bool append_part(const piece& part, std::string_view item, unsigned variant, std::string& into, bool& missing);
  bool append_header_values(std::string& into);
  int match_parts(const secret_keys& keys) const;

  // fetched.cpp
  int match_keys(const secret_keys& keys) const;
  status find_key(const secret_keys& keys);
  status await_key();
  bool may_visit(std::string_view challenge);

  // handshake.cpp
  handshake_answer reply;
  bool write_reply(std::string_view challenge);
  bool fill_reply(std::string_view text, std::string_view challenge, bool quoted);

  // sign_parts.cpp
  std::string signed_body;         ///< the body with its signatures; empty: as it was given
  bool by_signer = false, text_alone = false;  ///< a signer signs; and that is how far it goes
  std::string_view made_elsewhere;             ///< its signature
  std::string sign_parts(const message& what, std::string_view timestamp, signing how_far, outgoing_headers& headers);
  const secret_keys* choose_way_to_sign();
  void read_back(const outgoing_headers& headers);
  std::string make_signature(const secret_key* key, std::string_view item, std::string& into);
  std::string sign_by_key(const secret_key* key, std::string& into);
  void make_jwt(const secret_key& key, std::string& into);
  std::string put_in_body(const secret_key* key);
  std::string put_in_headers(const secret_keys& its, std::string_view timestamp, outgoing_headers& headers);
  std::size_t take_made(std::string_view made, unsigned char* raw) const;  // sign.cpp
};

/// Whether a value may stand between others in a signed string: `[A-Za-z0-9_-]`, 1 to 256.
bool is_token(std::string_view text) noexcept;

/// Appends the SHA-256 of `bytes`.
void append_sha256(encoding how, std::string_view bytes, std::string& into);

/// Whether a Content-Type is that of a form.
bool is_form(std::string_view content_type) noexcept;

/// Unix seconds of a timestamp as the dialect writes it, or nothing.
std::optional<std::int64_t> parse_timestamp(plan::unit unit, std::string_view text) noexcept;

}  // namespace waxseal
