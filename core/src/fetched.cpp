// Public keys where parts.cpp puts the signed string together, and those that are fetched from where a
// request says: whether its URL is pinned, what is checked before a key is asked for, and whether a
// certificate holds. Called by parts.cpp and handshake.cpp.
#include "pinned.hpp"
#include "state.hpp"

namespace waxseal {

/// Index of the first key that made one of the signatures, or -1. All that is compared is public.
int verifier::state::match_keys(const secret_keys& its) const {
  const signed_text text{prefix, signs_body ? body : std::string_view(), suffix};
  for (std::uint32_t i = 0; i < its.size(); ++i) {
    if (!its[i] || !its[i]->holds.at(now)) continue;
    for (unsigned k = 0; k < signature_count; ++k) {
      if (its[i]->pair->verify(text, signature(k))) return static_cast<int>(i);
    }
  }
  return -1;
}

/// Where keys are fetched: finds the URL that the request names, which must be pinned, and of the keys
/// that were fetched one whose certificate holds.
status verifier::state::find_key(const secret_keys& its) {
  if (!how.fetched_keys) return status::ok;
  std::string url_text;
  const lookup found = text_at(compiled().key, url_text);
  if (found == lookup::nothing) return status::missing_signature;
  if (found != lookup::found || !is_pinned(compiled().key_urls, url_text)) return status::bad_signature;
  key_url = url_text;
  bool holds_now = its.empty();
  for (const auto& each : its) holds_now |= each && each->holds.at(now);
  return holds_now ? status::ok : status::key_unavailable;
}

/// Whether the challenge of a handshake is a URL that may be visited; the reply then says so.
bool verifier::state::may_visit(std::string_view challenge) {
  return reply.visits = is_pinned(compiled().visit_urls, challenge);
}

/// What is left to check of a request before its key is fetched: a time that stands in the body.
status verifier::state::await_key() {
  std::string text;
  const bool in_body = way->timestamp.pointer || way->timestamp.apart();
  if (!has_tolerance || !in_body) return status::key_unavailable;
  if (text_at(way->timestamp, text) == lookup::nothing) return status::missing_timestamp;
  timestamp = parse_timestamp(way->timestamp_unit, text);
  const status code = timestamp ? check_window() : status::bad_timestamp;
  return code == status::ok ? status::key_unavailable : code;
}

}  // namespace waxseal
