// Verification where what is signed is more than a prefix, the body and a suffix under one header: it
// chooses the way of signing, puts each signed string together, digests it and compares. Called by
// verifier.cpp, for such dialects alone; what the others do is not slowed by any of it.
#include <algorithm>

#include "sentence.hpp"
#include "state.hpp"

namespace waxseal {
namespace {

constexpr unsigned max_groups = 4;
constexpr unsigned max_items = 100;

/// Whether a header may be a signed value between others: no control, quote or bracket, which a body
/// could begin with.
bool is_plain_value(std::string_view text) noexcept {
  if (text.empty() || text.size() > max_token) return false;
  for (const char c : text) {
    if (c < ' ' || c > '~' || c == '"' || c == '{' || c == '[' || c == '}' || c == ']') return false;
  }
  return true;
}

}  // namespace

void append_sha256(encoding how, std::string_view bytes, std::string& into) {
  unsigned char digest[max_digest];
  hash over(algorithm::sha256);
  over.update(bytes);
  over.finish(digest);
  encode(how, {reinterpret_cast<char*>(digest), digest_size(algorithm::sha256)}, into);
}

/// Whether a request is signed in this way, as far as can be seen: its conditions hold, and a signature
/// stands where this way has it, well-formed or not.
bool verifier::state::shows(const settings& which) {
  for (const condition& each : which.when) {
    if (!holds(each)) return false;
  }
  if (which.signature_header == absent) return true;  // the body is read when it is judged
  bool present = has(which.signature_header);
  for (const auto& each : which.more_headers) present |= has(each.index);
  if (!present || !which.is_list) return present;
  std::string_view rest = value(which.signature_header);
  if (!which.list_before.empty()) return rest.starts_with(which.list_before);
  while (!rest.empty()) {
    const std::string_view entry = rest.substr(0, rest.find(which.separator));
    if (entry.starts_with(which.signature.before)) return true;
    rest.remove_prefix(std::min(entry.size() + 1, rest.size()));
    if (which.spaced && rest.starts_with(' ')) rest.remove_prefix(1);
  }
  return false;
}

/// Chooses the strongest way in which the request is signed: only that one is judged, so that a weaker
/// signature never stands in for a stronger one that is wrong. @return its keys, or null: none.
const secret_keys* verifier::state::choose_way() {
  const plan& plan = compiled();
  const secret_keys* chosen = shows(plan) ? &keys : nullptr;
  way = &plan;
  for (std::uint32_t i = 0; i < plan.weaker.size() && chosen == nullptr; ++i) {
    if (!shows(*plan.weaker[i])) continue;
    way = plan.weaker[i].get();
    chosen = &weaker_keys[i];
  }
  if (how.timestamps == options::window::of_dialect) {
    has_tolerance = way->has_tolerance;
    window = {way->past, way->future};
  }
  return chosen;
}

const bool verifier::state::judges_parts = true;

status verifier::state::judge_parts() {
  const plan& plan = compiled();
  matched = -1;
  json_known = false;
  padded_copy.clear();
  claims.clear();
  key_url.clear();
  timestamp.reset();
  const secret_keys* const its = choose_way();
  if (its == nullptr) return status::missing_signature;
  if (keys.empty() && !how.fetched_keys) return how.key_elsewhere ? status::key_unavailable : status::missing_signature;
  if (says_twice(plan.type) || says_twice(plan.id)) return status::duplicate_header;
  if (how.timestamps == options::window::given && !way->has_timestamp) return status::missing_timestamp;
  if (way->is_jwt()) return judge_jwt(*its);
  if (way->static_token) {
    const status code = read_signatures(value(way->signature_header));
    if (code == status::ok) matched = match_token(*its);
    return code;
  }
  for (const condition& each : plan.demands) {
    if (!holds(each)) return status::bad_signature;
  }
  if (const status code = check_hashes(); code != status::ok) return code;
  if (const status code = find_key(*its); code != status::ok) return code;
  if (!way->items) return judge_item(*its, {});
  std::string_view all;
  const std::string_view text = json_body();
  if (text.empty() || find_json(text, *way->items, all) != lookup::found) return status::missing_signature;
  status code = status::missing_signature;  // of an empty array
  unsigned count = 0;
  int first = -1;
  for_each_item(all, [&](std::string_view item) {
    matched = -1;
    code = ++count > max_items ? status::too_many_signatures : judge_item(*its, item);
    if (code == status::ok && matched < 0) code = status::bad_signature;
    if (count == 1) first = matched;
    return code == status::ok;
  });
  matched = first;
  return code;
}

/// Whether the hashes that stand in the URL or a header are those of the body or the URL.
status verifier::state::check_hashes() {
  for (const bound_hash& each : way->hashes) {
    std::string said, right;
    const lookup found = text_at(each.where, said);
    if (found == lookup::nothing) return status::missing_signature;
    append_sha256(each.encoding, each.of_url ? url : body, right);
    if (found != lookup::found || said != right) return status::bad_signature;
  }
  return status::ok;
}

/// Judges one signed thing: the request, or an item of its body.
status verifier::state::judge_item(const secret_keys& its, std::string_view item) {
  status code = status::missing_signature;
  if (way->signature_header == absent) {
    std::string text;
    std::string_view raw = item;
    lookup found = lookup::nothing;
    if (!way->signature_place.field.empty()) {
      found = text_at(way->signature_place, text);
    } else if (!(item.empty() ? raw = json_body() : item).empty()) {
      found = find_json(raw, *way->signature_place.pointer, raw);
      if (found == lookup::found) found = append_scalar(raw, text);
    }
    if (found == lookup::wrong) return status::bad_signature;
    return found == lookup::nothing ? code : judge_header(its, text, item);
  }
  int best = -1;
  const auto judge = [&](int header) {
    if (!has(header) || (code != status::ok && code != status::missing_signature)) return;
    code = judge_header(its, value(header), item);
    if (matched >= 0 && (best < 0 || matched < best)) best = matched;
  };
  judge(way->signature_header);
  for (const auto& each : way->more_headers) judge(each.index);
  matched = best;
  return code;
}

/// Judges the signatures of one header or member, each group of which has its own timestamp.
status verifier::state::judge_header(const secret_keys& its, std::string_view text, std::string_view item) {
  int best = -1;
  std::optional<std::int64_t> at;
  for (unsigned group = 0; group == 0 || !text.empty(); ++group) {
    if (group == max_groups) return status::too_many_signatures;
    const std::string_view one = way->groups ? text.substr(0, text.find(way->groups)) : text;
    text.remove_prefix(std::min(one.size() + 1, text.size()));
    names_text = {};
    matched = -1;
    status code = read_signatures(one);
    if (code == status::ok) code = read_timestamp();
    if (code != status::ok) return code;
    for (unsigned variant = 0; variant < url_variants(way->url); ++variant) {
      code = write_parts(item, variant);
      if (code == status::ok && its.empty()) code = await_key();
      if (code != status::ok) return code;
      const int found = match_parts(its);
      if (found >= 0 && (best < 0 || found < best)) best = found;
      if (found >= 0) at = timestamp;
    }
  }
  matched = best;
  if (best >= 0) timestamp = at;
  return status::ok;
}

/// Puts the signed string together. Values of the body are not believed here, only signed.
status verifier::state::write_parts(std::string_view item, unsigned variant) {
  prefix.clear();
  suffix.clear();
  signs_body = false;
  std::string* side = &prefix;
  std::size_t begin = 0;
  bool in_group = false, absent_in_group = false;
  for (const auto& part : way->signed_string) {
    if (part.what == piece::kind::body) {
      side = &suffix;
      signs_body = true;
      continue;
    }
    if (part.what == piece::kind::open) {
      begin = side->size();
      in_group = true;
      absent_in_group = false;
      continue;
    }
    if (part.what == piece::kind::close) {
      if (absent_in_group) side->erase(begin);
      in_group = false;
      continue;
    }
    bool missing = false;
    if (!append_part(part, item, variant, *side, missing)) {
      if (part.what != piece::kind::id) return missing ? status::missing_signature : status::bad_signature;
      return missing ? status::missing_id : status::bad_id;
    }
    if (missing && !in_group && !part.optional) return status::bad_signature;
    absent_in_group |= missing && !part.optional;
  }
  return status::ok;
}

/// Appends what stands for one placeholder. @return false where it refuses the request; `missing` says
/// that there is nothing.
bool verifier::state::append_part(const piece& part, std::string_view item, unsigned variant, std::string& into,
                                  bool& missing) {
  lookup found = lookup::found;
  switch (part.what) {
    case piece::kind::literal: into.append(part.text); break;
    case piece::kind::timestamp: into.append(timestamp_text); break;
    case piece::kind::url: append_url(way->url, variant, url, into); break;
    case piece::kind::method: into.append(method); break;
    case piece::kind::setting: into.append(given[static_cast<unsigned>(part.wanted)]); break;
    case piece::kind::crc32: into.append(decimal_text(crc32(body))); break;
    case piece::kind::id:
    case piece::kind::header: {
      const std::string_view text = value(part.what == piece::kind::id ? way->id.header : part.wanted);
      missing = text.empty();
      if (!is_token(text)) return false;
      into.append(text);
      break;
    }
    case piece::kind::form:
      return (body.empty() || is_form(value(compiled().content_type))) && append_sorted_form(body, into);
    case piece::kind::sha256: {
      append_sha256(encoding::hex, body, into);
      break;
    }
    case piece::kind::field: {
      place where;
      where.field = part.text;
      found = text_at(where, into);
      break;
    }
    case piece::kind::json: {
      std::string_view raw;
      const std::string_view text = item.empty() ? json_body() : item;
      found = text.empty() ? lookup::nothing : find_json(text, part.text, raw);
      if (found == lookup::found) found = append_scalar(raw, into);
      break;
    }
    case piece::kind::header_names: into.append(names_text); break;
    case piece::kind::header_values: return append_header_values(into);
    default: return false;
  }
  missing = missing || found == lookup::nothing;
  return found != lookup::wrong;
}

/// Appends the values of the headers that the signature names, in its order, with dots between them.
bool verifier::state::append_header_values(std::string& into) {
  std::string_view rest = names_text;
  bool first = true;
  while (first || !rest.empty()) {
    const std::string_view name = rest.substr(0, rest.find(' '));
    rest.remove_prefix(std::min(name.size() + 1, rest.size()));
    int header = absent;
    for (const auto& each : way->nameable) {
      if (same_header(compiled().header_name(each.index), name)) header = each.index;
    }
    const std::string_view text = value(header);
    if (!is_plain_value(text) || (header == compiled().id.header && !is_token(text))) return false;
    if (!first) into.append(".", 1);
    into.append(text);
    first = false;
  }
  return true;
}

/// Index of the first secret whose digest of the signed string is among the signatures, or -1.
/// Compares every pair.
int verifier::state::match_parts(const secret_keys& its) const {
  if (way->by_public_key()) return match_keys(its);
  const unsigned size = waxseal::digest_size(way->digest);
  int found = -1;
  for (std::size_t i = its.size(); i-- > 0;) {
    if (!its[i]) continue;
    unsigned char digest[max_digest];
    its[i]->hmac.digest(prefix, signs_body ? body : std::string_view(), suffix, digest);
    for (unsigned k = 0; k < signature_count; ++k) {
      if (equal_in_constant_time(digest, signatures[k], size)) found = static_cast<int>(i);
    }
  }
  return found;
}

}  // namespace waxseal
