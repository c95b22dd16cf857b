// Verification: what a request must show before anything in its body is believed.
//
//   prepare: headers, signatures, timestamp, id → the signed string
//   judge:   the digests against every signature → the event (read.cpp)
#include "waxseal/verifier.hpp"

#include <cstring>

#include "sentence.hpp"
#include "state.hpp"

namespace waxseal {
namespace {

bool is_word_character(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/// Whether `entry`, in a list whose other entries are ignored, has a tag, `mark` and a value.
bool is_ignorable(std::string_view entry, char mark) noexcept {
  std::size_t tag = 0;
  while (tag < entry.size() && is_word_character(entry[tag])) ++tag;
  if (tag == 0 || tag + 1 >= entry.size() || entry[tag] != mark) return false;
  for (const char c : entry.substr(tag + 1)) {
    if (c <= ' ' || c > '~' || c == ',') return false;
  }
  return true;
}

bool has_form(const entry_form& form, std::string_view entry) noexcept {
  return entry.size() >= form.before.size() + form.after.size() && entry.starts_with(form.before) &&
         entry.ends_with(form.after);
}

std::string_view inside(const entry_form& form, std::string_view entry) noexcept {
  return entry.substr(form.before.size(), entry.size() - form.before.size() - form.after.size());
}

result<unsigned> secret_of(const result<event>& judged) {
  if (!judged) return judged.error();
  return judged->secret;
}

}  // namespace

bool is_token(std::string_view text) noexcept {
  if (text.empty() || text.size() > max_token) return false;
  for (const char c : text) {
    if (!is_word_character(c) && c != '_' && c != '-') return false;
  }
  return true;
}

std::optional<std::int64_t> parse_timestamp(plan::unit unit, std::string_view text) noexcept {
  if (unit == plan::unit::date_time) return parse_date_time(text);
  if (unit == plan::unit::seconds) return parse_integer(text, 12);
  const auto milliseconds = parse_integer(text, 15);
  if (!milliseconds) return {};
  return *milliseconds / 1000;
}

result<event> verifier::verify(const request& what, std::int64_t now) { return state_->verify(what, now, false); }
result<unsigned> verifier::authenticate(const request& what, std::int64_t now) {
  return secret_of(state_->verify(what, now, true));
}
result<event> verifier::judge(std::span<const unsigned char> hashes) { return state_->judge(hashes, false); }
result<unsigned> verifier::match(std::span<const unsigned char> hashes) {
  return secret_of(state_->judge(hashes, true));
}

result<event> verifier::state::verify(const request& what, std::int64_t at, bool signature_only) {
  if (const status refused = prepare(what, at); refused != status::ok) return refused;
  unsigned char hashes[max_secrets * max_digest];
  std::size_t written = 0;
  if (public_keys()) {
    written = verify_signatures(hashes);
  } else if (by_host()) {
    for (const auto& key : keys) {
      key->hmac.inner(prefix, body, suffix, hashes + written);
      written += hash_size();
    }
  }
  return judge({hashes, written}, signature_only);
}

status verifier::prepare(const request& what, std::int64_t now, digest_plan& plan) {
  const status code = state_->prepare(what, now);
  plan = {state_->prefix, state_->suffix};
  return code;
}

/// @param signature_only  nothing of the event is told but the secret
result<event> verifier::state::judge(std::span<const unsigned char> hashes, bool signature_only) {
  if (!prepared || hashes.size() != std::size_t{hash_size()} * keys.size()) return status::internal;
  prepared = false;
  const int secret = public_keys()          ? match_verdicts(hashes)
                     : hash_size() != 0     ? match(hashes)
                     : compiled().elaborate ? matched
                                            : match_token(keys);
  if (secret < 0) return status::bad_signature;
  if (!signature_only || dated_by_body()) return read_event(static_cast<unsigned>(secret));
  event unread;
  unread.secret = static_cast<unsigned>(secret);
  return unread;
}

status verifier::state::prepare(const request& what, std::int64_t at) {
  prepared = false;
  now = at;
  body = what.body;
  padded = what.padded;
  if (body.size() > how.max_body) return status::body_too_large;
  status code = take_headers(what);
  if (compiled().elaborate) {
    url = what.url;
    method = what.method;
    if (code == status::ok) code = judge_parts();
    prepared = code == status::ok;
    return code;
  }
  if (code == status::ok) code = read_signatures(value(compiled().signature_header));
  if (code == status::ok) code = read_timestamp();
  if (code == status::ok) code = write_signed_string(what);
  prepared = code == status::ok;
  return code;
}

/// Finds the wanted headers. One that comes twice is refused, whichever of the two would be right.
status verifier::state::take_headers(const request& what) {
  const plan& plan = compiled();
  way = &plan;
  fields = {};
  for (const auto& header : what.headers) {
    for (std::size_t i = 0; i < plan.wanted_count; ++i) {
      if (!same_header(plan.wanted[i], header.name)) continue;
      if (fields[i].present && static_cast<int>(i) != plan.content_type) {
        return status::duplicate_header;
      }
      fields[i] = {header.value, true};
    }
  }
  return says_twice(plan.type) || says_twice(plan.id) || (plan.dedupe && says_twice(*plan.dedupe))
             ? status::duplicate_header
             : status::ok;
}

/// Whether two lines of a header that the signature does not cover were joined by a comma on their
/// way, as Fetch does. (Of one that it covers, the grammar refuses the comma.)
bool verifier::state::says_twice(const place& where) const noexcept {
  return has(where.header) && !way->covers(where.header) &&
         value(where.header).find(',') != std::string_view::npos;
}

status verifier::state::read_signatures(std::string_view header) {
  const settings& plan = *way;
  signature_count = 0;
  timestamp_text = {};
  if (header.empty()) return status::missing_signature;
  if (knows_public_keys() && lacks_public_key()) return status::key_unavailable;
  if (keys.empty() && !(knows_public_keys() && how.fetched_keys)) return status::missing_signature;
  if (header.size() > max_header) return status::too_many_signatures;
  if (plan.is_list) return read_signature_list(header);
  if (!has_form(plan.signature, header)) return status::bad_signature;
  if (plan.static_token || plan.is_jwt()) {
    token = inside(plan.signature, header);
    return status::ok;
  }
  return take_signature(inside(plan.signature, header)) ? status::ok : status::bad_signature;
}

/// Whether keys are set, here or at a signer's, and all of them only sign.
bool verifier::state::lacks_public_key() const {
  for (const auto& key : keys) {
    if (!key || !key->pair || !key->pair->spki().empty()) return false;
  }
  return keys.empty() ? how.key_elsewhere && !how.fetched_keys : true;
}

status verifier::state::read_signature_list(std::string_view header) {
  const settings& plan = *way;
  const char mark = plan.signature.before.empty() ? '\0' : plan.signature.before.back();
  bool malformed = !header.starts_with(plan.list_before);
  if (!malformed) header.remove_prefix(plan.list_before.size());
  // A timestamp without a tag is told by its place alone: it stands first.
  const bool time_first = plan.timestamp_field && plan.timestamp_field->before.empty();
  for (bool more = true; more;) {
    const auto end = header.find(plan.separator);
    const std::string_view entry = header.substr(0, end);
    more = end != header.npos;
    if (more) header.remove_prefix(end + 1);
    if (more && plan.spaced) {
      malformed |= !header.starts_with(' ');
      if (!header.empty()) header.remove_prefix(1);
    }
    if (time_first && timestamp_text.data() == nullptr) {
      timestamp_text = entry;
    } else if (has_form(plan.signature, entry)) {
      if (signature_count == max_signatures) return status::too_many_signatures;
      malformed |= !take_signature(inside(plan.signature, entry));
    } else if (plan.timestamp_field && has_form(*plan.timestamp_field, entry)) {
      malformed |= timestamp_text.data() != nullptr;
      timestamp_text = inside(*plan.timestamp_field, entry);
    } else if (plan.names_field && has_form(*plan.names_field, entry)) {
      malformed |= names_text.data() != nullptr;
      names_text = inside(*plan.names_field, entry);
    } else {
      malformed |= !plan.ignore_others || !is_ignorable(entry, mark);
    }
  }
  return malformed || signature_count == 0 ? status::bad_signature : status::ok;
}

/// Decodes one signature into the next place; false if it is not the exact text of a digest.
bool verifier::state::take_signature(std::string_view entry) {
  unsigned char* const into = signatures[signature_count];
  std::size_t& size = signature_sizes[signature_count++];
  if (!way_scheme()) {
    const auto bytes = decode(way->encoding, entry, into, max_digest);
    return bytes && *bytes == waxseal::digest_size(way->digest);
  }
  unsigned char written[max_signature];
  const auto bytes = decode(way->encoding, entry, written, max_signature);
  size = bytes ? way_scheme()->read(way->format, {reinterpret_cast<char*>(written), *bytes}, into) : 0;
  return size > 0;
}

/// Reads the timestamp that stands in a header or in the signature.
status verifier::state::read_timestamp() {
  const settings& plan = *way;
  timestamp.reset();
  if (plan.timestamp.header != absent) timestamp_text = value(plan.timestamp.header);
  else if (!plan.timestamp_in_signature) return status::ok;
  const bool needed = has_tolerance || plan.timestamp_in_signature || plan.covers(plan.timestamp.header);
  if (timestamp_text.empty()) return needed ? status::missing_timestamp : status::ok;
  timestamp = parse_timestamp(plan.timestamp_unit, timestamp_text);
  if (!timestamp) return needed ? status::bad_timestamp : status::ok;
  return check_window();
}

status verifier::state::check_window() const {
  if (!has_tolerance) return status::ok;
  if (now - *timestamp > window.past) return status::too_old;
  if (*timestamp - now > window.future) return status::too_new;
  return status::ok;
}

/// Puts together what stands before and behind the body in the signed string.
status verifier::state::write_signed_string(const request& what) {
  const plan& plan = compiled();
  prefix.clear();
  suffix.clear();
  std::string* side = &prefix;
  for (const auto& part : plan.signed_string) {
    switch (part.what) {
      case piece::kind::literal: side->append(part.text); break;
      case piece::kind::body: side = &suffix; break;
      case piece::kind::timestamp: side->append(timestamp_text); break;
      case piece::kind::url: side->append(what.url); break;
      case piece::kind::method: side->append(what.method); break;
      case piece::kind::id:
      case piece::kind::header: {
        const bool is_id = part.what == piece::kind::id;
        const std::string_view text = value(is_id ? plan.id.header : part.wanted);
        if (text.empty()) return is_id ? status::missing_id : status::missing_signature;
        if (!is_token(text)) return is_id ? status::bad_id : status::bad_signature;
        side->append(text);
        break;
      }
      default: return status::internal;
    }
  }
  return status::ok;
}

/// Index of the first secret whose HMAC is among the signatures, or -1. Compares every pair.
int verifier::state::match(std::span<const unsigned char> hashes) const {
  const unsigned size = waxseal::digest_size(compiled().digest);
  int found = -1;
  for (std::size_t i = keys.size(); i-- > 0;) {
    unsigned char digest[max_digest];
    std::memcpy(digest, hashes.data() + i * size, size);
    keys[i]->hmac.outer(digest);
    for (unsigned k = 0; k < signature_count; ++k) {
      if (equal_in_constant_time(digest, signatures[k], size)) {
        found = static_cast<int>(i);
      }
    }
  }
  return found;
}

/// The first secret that one of the signatures is of, or -1. All that is compared is public.
int verifier::state::match_verdicts(std::span<const unsigned char> verdicts) const {
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    if (verdicts[i] == 1) return static_cast<int>(i / signature_count);
  }
  return -1;
}

/// Tries each key on each signature until one matches; what is not tried has the verdict 0.
/// @return verdicts written
std::size_t verifier::state::verify_signatures(unsigned char* verdicts) const {
  bool found = false;
  std::size_t written = 0;
  for (const auto& key : keys) {
    for (unsigned k = 0; k < signature_count; ++k) {
      found = !found && key->pair->verify({prefix, body, suffix}, signature(k));
      verdicts[written++] = found;
      if (found) break;
    }
    if (found) break;
  }
  while (written < std::size_t{signature_count} * keys.size()) verdicts[written++] = 0;
  return written;
}

int verifier::state::match_token(const secret_keys& its) const {
  int found = -1;
  for (std::size_t i = its.size(); i-- > 0;) {
    if (!its[i]) continue;
    const std::string& key = its[i]->bytes;
    if (key.size() == token.size() && equal_in_constant_time(key.data(), token.data(), key.size())) {
      found = static_cast<int>(i);
    }
  }
  return found;
}

}  // namespace waxseal
