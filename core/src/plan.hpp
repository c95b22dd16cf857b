// The compiled dialect: what loader.cpp makes of a dialect file, and verifier.cpp and sign.cpp run.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "encoding.hpp"
#include "hmac.hpp"
#include "list.hpp"
#include "publickey.hpp"
#include "scan.hpp"
#include "waxseal/delivery.hpp"
#include "waxseal/dialect.hpp"

namespace waxseal {

inline constexpr unsigned max_signatures = 8;      ///< looked at in one request
inline constexpr std::size_t max_header = 4096;    ///< bytes of a header value that is looked at
inline constexpr std::size_t max_token = 256;      ///< bytes of an id in a signed string
inline constexpr unsigned max_secrets = 16;
inline constexpr std::string_view too_many_secrets = "at most 16 secrets can be used at once";
inline constexpr unsigned max_wanted = 16;         ///< headers that a dialect may ask for
inline constexpr int absent = -1;                  ///< no wanted header

/// One part of a template: text, or the place where a value goes.
struct piece {
  enum class kind : std::uint8_t {
    literal, id, timestamp, body, url, method, header, type, delivery, signature,
    form, field, crc32, sha256, setting, json, header_names, header_values,
    open, close,  ///< `[` and `]` around what is left out where one of its values is absent
  };
  kind what = kind::literal;
  std::string_view text;   ///< of a literal; of a header, setting or field its name; of json the pointer
  int wanted = absent;     ///< of a header or setting: its place among those of the plan
  bool optional = false;   ///< of json: empty where it is absent
};
using text_template = list<piece>;

/// `before{sig}after` or `before{timestamp}after`: how one entry of a signature header is written.
struct entry_form {
  std::string_view before;
  std::string_view after;
};

/// Where a value stands: in a header, in the body, or in both; or in one of the other places.
struct place {
  int header = absent;             ///< index into `plan::wanted`
  std::optional<std::string_view> pointer;
  std::string_view field;          ///< of a body that is a form
  std::string_view query;          ///< parameter of the URL
  std::string_view claim;          ///< of the JWT that signs
  bool indexed = false;            ///< the pointer goes through an array

  /// Whether the scanner cannot give it.
  bool apart() const noexcept { return indexed || !field.empty() || !query.empty() || !claim.empty(); }
  bool nowhere() const noexcept { return header == absent && !pointer && !apart(); }
};

/// A place and the text that must stand there; without a text: that anything stands there.
struct condition {
  place where;
  std::string_view equals;
  std::string_view setting;  ///< names the setting that it must equal
};

/// One of several wanted headers.
struct header_ref {
  int index = absent;
};

/// A SHA-256 that the signature covers and that binds the body or the URL.
struct bound_hash {
  place where;
  bool of_url = false;
  waxseal::encoding encoding = waxseal::encoding::hex;
};

struct claim {
  std::string_view name, value;
};

/// How the URL that is signed may be written beside the way it came.
enum class url_form : std::uint8_t { exact, either_port, decoded };

struct outgoing_header {
  std::string_view name;
  text_template value;
};

/// What a dialect file says in single values, where its keywords put them. All texts view into
/// `plan::source` and `plan::decoded`.
struct settings {
  std::string_view name;
  std::string_view title;

  // signature
  enum class scheme : std::uint8_t {
    sha1, sha256, sha384, sha512, static_token, http_basic, jwt_hs256,
    ed25519, ecdsa_p256_sha256, rsa_pkcs1_sha1, rsa_pkcs1_sha256, missing
  };
  scheme how_signed = scheme::missing;
  bool static_token = false;
  signature_form format = signature_form::unsaid;
  algorithm digest = algorithm::sha256;
  waxseal::encoding encoding = waxseal::encoding::hex;
  int signature_header = absent;
  entry_form signature;
  list<header_ref> more_headers;          ///< that carry signatures too
  place signature_place;           ///< where no header carries it
  bool is_list = false;
  char separator = ',';
  bool spaced = false;             ///< one space follows each separator
  std::string_view list_before;    ///< stands once before the list
  char groups = 0;                 ///< separates lists, each with its own timestamp; 0: one list
  std::optional<entry_form> names_field;  ///< of the entry that names the signed headers
  list<header_ref> nameable;              ///< headers that such an entry may name
  bool ignore_others = false;
  std::optional<entry_form> timestamp_field;
  text_template signed_string;
  list<condition> when;            ///< what a request shows that is signed in this way
  std::optional<std::string_view> items;  ///< array each of whose items has a signature of its own
  url_form url = url_form::exact;
  list<bound_hash> hashes;
  list<claim> claims;
  /// More than one set of signatures in one header over a prefix, the body and a suffix: the core
  /// digests itself, in parts.cpp.
  bool elaborate = false;
  bool covers_body = true;         ///< the signature binds every byte of the body

  // secret
  bool has_secret = false;
  bool own_secret = false;         ///< of several ways: it is said of this one alone
  std::string_view secret_prefix, signing_prefix;
  secret_form secret_encoding = secret_form::utf8;
  std::uint32_t secret_min_bytes = 1;

  // of all ways together
  list<condition> demands;         ///< what a request must show beside a signature
  place key;                       ///< where the URL of the key stands
  std::string_view key_urls;       ///< those that it may be, as pinned.hpp has them; empty: no key is fetched

  // timestamp
  enum class unit : std::uint8_t { seconds, milliseconds, date_time };
  bool has_timestamp = false;
  bool own_timestamp = false;
  bool timestamp_in_signature = false;
  place timestamp;
  unit timestamp_unit = unit::seconds;
  bool has_tolerance = false;
  std::uint32_t past = 0, future = 0;

  // event
  place id, type, version;
  std::string_view data_pointer;
  bool reads_forms = false;        ///< a body that is a form is read as an object of its fields
  bool dedupe_is_id = true;
  std::optional<place> dedupe;     ///< when it is not the id; nothing and not the id: none
  bool has_handshake = false;
  bool handshake_by_get = false;
  bool handshake_signed = true;
  bool handshake_gives_secret = false;  ///< the challenge is the secret of what follows
  list<condition> handshake;            ///< all hold of a request that asks
  place challenge;
  std::string_view answer_body;         ///< JSON text; empty: the challenge alone
  std::string_view answer_type;
  std::string_view answer_header;       ///< that gives the challenge back; empty: the body does
  std::string_view visit_urls;          ///< the challenge is one of these, to be visited; empty: it is given back

  std::string_view envelope;       ///< JSON text without white space; empty: there is none

  int content_type = absent;
  delivery_policy delivery;

  /// Whether the signed string covers this wanted header.
  bool covers(int header) const noexcept;
  /// Whether it covers what stands at this place.
  bool covers(const place& where) const noexcept;
  bool is_jwt() const noexcept { return how_signed == scheme::jwt_hs256; }
  bool by_public_key() const noexcept { return how_signed >= scheme::ed25519 && how_signed < scheme::missing; }
  /// Where `by_public_key()`.
  public_scheme key_kind() const noexcept {
    return static_cast<public_scheme>(static_cast<unsigned>(how_signed) - static_cast<unsigned>(scheme::ed25519));
  }
  /// Bytes of a decoded signature; 0 where they vary, and for a static token.
  std::size_t signature_size() const noexcept {
    if (static_token) return 0;
    if (!by_public_key()) return digest_size(digest);
    return how_signed == scheme::ed25519 || format == signature_form::raw ? 64 : 0;
  }
};

/// One event as the file describes it; see `event_type`. What the scanner needs of it stands in
/// `body_plan`.
struct described_event {
  std::string_view name;
  std::string_view title;
  std::string_view description;
  bool documented = true;
  std::uint32_t first_alias = 0;  ///< in `plan::aliases`
  std::uint32_t aliases = 0;      ///< how many
  std::string_view schema;
  std::string_view example;
};

/// What a dialect file says in lists.
struct tables {
  list<described_event> events;
  list<std::string_view> aliases;
  std::string wanted[max_wanted + 1];  ///< lower-case names of the headers that are read
  unsigned wanted_count = 0;
  list<outgoing_header> headers;    ///< those that are sent
  list<std::uint32_t> delays, final_statuses;  ///< what `delivery` views
  list<rate_window> rate;
  body_plan body;
  list<std::unique_ptr<settings>> weaker;  ///< further ways of signing, the strongest first
  list<std::string_view> setting_names;    ///< those that the signed strings need come first
  unsigned needed_settings = 0;
  /// The slot of the scanner that holds each of our slots: two that share a pointer share a slot.
  slot where[slot_count] = {slot::type, slot::id, slot::version, slot::timestamp,
                            slot::data, slot::dedupe, slot::handshake, slot::challenge};
};

/// A new member goes into `settings` or `tables`, and from there into image.hpp, which does not
/// compile without it.
struct plan : settings, tables {
  std::atomic<unsigned> owners = 1;
  std::string source;               ///< the file's text, or the image
  std::unique_ptr<char[]> decoded;  ///< those of its texts that hold an escape
  std::unique_ptr<std::vector<event_type>> described;  ///< for `dialect::events`, once it is asked
  std::once_flag described_once;

  /// One of its ways of signing, the strongest (0) first; there are `weaker.size() + 1`.
  const settings& way(std::uint32_t at) const noexcept {
    return at == 0 ? static_cast<const settings&>(*this) : *weaker[at - 1];
  }
  /// The lower-case name of a wanted header; empty for `absent`.
  std::string_view header_name(int header) const noexcept {
    return header == absent ? std::string_view() : wanted[static_cast<unsigned>(header)];
  }
  /// The index of a header in `wanted`, where it is added if it is new.
  int want(std::string_view header);
  /// The index of a name in `setting_names`, where it is added if it is new.
  int want_setting(std::string_view name);
};

/// The words of `signature.scheme`, in the order of `settings::scheme`.
inline constexpr std::string_view scheme_words =
    "hmac-sha1 hmac-sha256 hmac-sha384 hmac-sha512 static-token http-basic jwt-hs256 "
    "ed25519 ecdsa-p256-sha256 rsa-pkcs1-sha1 rsa-pkcs1-sha256";

/// Reads a template such as `{timestamp}.{body}`. @return a sentence when a placeholder is not in
/// `allowed` (a list for the reader, and the rule); `{header:NAME}` is allowed as `header`.
std::string parse_template(std::string_view text, std::string_view allowed, text_template& into);

/// Whether a token of a JSON Pointer is a number, which an array's items have.
bool goes_through_array(std::string_view pointer) noexcept;

/// Compares ASCII names of headers without regard to case; `lower` is lower-case already.
bool same_header(std::string_view lower, std::string_view any) noexcept;
inline char lower_case(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

}  // namespace waxseal
