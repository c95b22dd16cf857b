// A JWT that signs: its header, its signature, and the claims that bind the body. Called by parts.cpp.
#include "state.hpp"

namespace waxseal {
namespace {

/// Decodes canonical base64url and puts padding behind it; empty where it is malformed.
void decode_padded(std::string_view text, std::string& into) {
  into.clear();
  into.append(text);
  const auto size = decode(encoding::base64url, text, reinterpret_cast<unsigned char*>(into.data()), into.size());
  into.erase(size.value_or(0));
  into.append(padding);
}

/// Whether the member `name` of an object is there and is the text `wanted`.
lookup compare_member(std::string_view text, std::string_view name, std::string_view wanted) {
  std::string_view raw;
  std::string found;
  lookup answer = find_member(text, name, raw);
  if (answer == lookup::found) answer = append_scalar(raw, found);
  return answer == lookup::found && found != wanted ? lookup::wrong : answer;
}

/// The whole seconds at `pointer`; `wrong` where something else stands there.
lookup read_seconds(std::string_view text, std::string_view pointer, std::int64_t& into) {
  std::string_view raw;
  lookup answer = find_json(text, pointer, raw);
  if (answer != lookup::found) return answer;
  const auto seconds = parse_integer(raw, 12);
  if (!seconds) return lookup::wrong;
  into = *seconds;
  return lookup::found;
}

}  // namespace

/// A JWT of three parts whose header says exactly this scheme: never the algorithm that it would like.
status verifier::state::judge_jwt(const secret_keys& its) {
  if (const status code = read_signatures(value(way->signature_header)); code != status::ok) return code;
  const auto first = token.find('.'), second = token.find('.', first + 1);
  if (first == token.npos || second == token.npos || token.find('.', second + 1) != token.npos) return status::bad_signature;
  signature_count = 0;
  const auto size = decode(encoding::base64url, token.substr(second + 1), signatures[0], max_digest);
  std::string header;
  decode_padded(token.substr(0, first), header);
  const std::string_view said = without_padding(header);
  decode_padded(token.substr(first + 1, second - first - 1), claims);
  std::string_view raw;
  if (!size || *size != waxseal::digest_size(way->digest) || !is_json(said) || !said.starts_with('{') ||
      compare_member(said, "alg", "HS256") != lookup::found || compare_member(said, "typ", "JWT") == lookup::wrong ||
      find_json(said, "/crit", raw) != lookup::nothing) {
    return status::bad_signature;
  }
  signature_count = 1;
  prefix.clear();
  prefix.append(token.substr(0, second));
  suffix.clear();
  signs_body = false;
  matched = match_parts(its);
  return matched < 0 ? status::bad_signature : check_claims();
}

status verifier::state::check_claims() {
  const std::string_view said = without_padding(claims);
  if (!is_json(said) || !said.starts_with('{')) return status::bad_signature;
  for (const claim& each : way->claims) {
    if (compare_member(said, each.name, each.value) != lookup::found) return status::bad_signature;
  }
  if (const status code = check_hashes(); code != status::ok) return status::bad_signature;
  std::int64_t seconds = 0;
  const lookup expires = read_seconds(said, "/exp", seconds);
  if (expires == lookup::wrong) return status::bad_timestamp;
  if (expires == lookup::found && seconds <= now) return status::too_old;
  const lookup begins = read_seconds(said, "/nbf", seconds);
  if (begins == lookup::wrong) return status::bad_timestamp;
  if (begins == lookup::found && seconds - now > (has_tolerance ? window.future : 0)) return status::too_new;
  return status::ok;
}

}  // namespace waxseal
