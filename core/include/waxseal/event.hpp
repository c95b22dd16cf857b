// What a verified webhook says: the event and the verdict on its schema.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "waxseal/status.hpp"

namespace waxseal {

/// What the body is made of. `form` is a body whose Content-Type says so and that is not JSON, or that
/// the dialect wants read as one.
enum class content : std::uint8_t { json, form, bytes };

/// How far the sender is proved. A static token travels with the message: it authenticates, but
/// it does not verify that the body is what was sent.
enum class authenticity : std::uint8_t { verified, authenticated };

/// Whether the body keeps to the schemas of its dialect and event.
struct schema_verdict {
  /// `ok`, `schema`, `bad_json`, `bad_utf8`, `too_deep` or `duplicate_key`.
  status code = status::ok;
  /// JSON Pointer, from the body's root, of the first problem; of a missing member the pointer
  /// it would have. Empty where the whole body is meant.
  std::string_view at;
};

/// The key by which a receiver tells a repeated webhook. `signed_key` is false where the key comes
/// from a header that the signature does not cover, so that an attacker can replay the body under
/// another key.
struct dedupe_key {
  std::string_view key;
  bool signed_key = false;
};

/// An authentic webhook.
///
/// The views point into the request's body and headers and into the verifier; they hold until the
/// request is gone or the verifier is called again.
struct event {
  std::string_view type;      ///< canonical name; empty where the webhook names none
  std::string_view alias;     ///< the name as sent, where that is another than `type`
  std::string_view id;        ///< empty where there is none
  std::string_view version;   ///< empty where there is none
  std::optional<std::int64_t> timestamp;  ///< Unix seconds
  std::string_view body;      ///< the bytes as they arrived
  /// JSON text of the event's data, a view into `body`; empty if absent. Of a form that the dialect
  /// wants read, an object of its fields.
  std::string_view data;
  std::string_view challenge; ///< what a provider's handshake asks to be echoed; empty otherwise
  std::optional<dedupe_key> dedupe;
  schema_verdict schema;
  int index = -1;             ///< position of the event in its dialect; -1: unknown to it
  unsigned secret = 0;        ///< index of the secret that matched
  waxseal::content content = content::bytes;
  waxseal::authenticity authenticity = authenticity::verified;
  bool handshake = false;     ///< the provider asks whether this endpoint is ours
  bool big_integers = false;  ///< the body holds an integer beyond ±(2^53 - 1)

  bool known() const noexcept { return index >= 0; }
};

}  // namespace waxseal
