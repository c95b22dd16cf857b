// The second half of loading a dialect: what can be done only when the whole file is read. Checks
// that its parts fit together, and compiles its schemas. Called by loader.cpp.
#include "compile.hpp"

#include <algorithm>

#include "json.hpp"

namespace waxseal {
namespace {

bool is_kebab(std::string_view name) {
  for (const char c : name) {
    if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-') return false;
  }
  return !name.empty() && name.front() != '-' && name.back() != '-';
}

unsigned count(const text_template& parts, piece::kind what) {
  unsigned found = 0;
  for (const piece& part : parts) found += part.what == what;
  return found;
}

unsigned count_elsewhere(const settings& in) {
  return !in.timestamp.field.empty() + !in.timestamp.claim.empty();
}

std::string_view check_timestamp(const settings& in) {
  const unsigned sources = (in.timestamp.header != absent) + in.timestamp.pointer.has_value() +
                           in.timestamp_in_signature + count_elsewhere(in);
  if (in.has_timestamp && sources != 1) {
    return "/timestamp: one of header, pointer, field, claim and signature is wanted";
  }
  if (in.timestamp_in_signature != in.timestamp_field.has_value()) {
    return "/timestamp/signature: goes with a {timestamp} in /signature/list/fields";
  }
  const bool is_signed = count(in.signed_string, piece::kind::timestamp) > 0;
  if (is_signed && in.timestamp.header == absent && !in.timestamp_in_signature) {
    return "/signature/signed: {timestamp} needs /timestamp/header or /timestamp/signature";
  }
  if (in.has_tolerance && !is_signed && !in.covers(in.timestamp)) {
    return "/timestamp/tolerance: needs a timestamp that is signed, such as {timestamp} in /signature/signed";
  }
  return {};
}

/// Whether the core must put the signed string together and digest it by itself: where it is more
/// than a prefix, the body and a suffix under the signatures of one header.
bool is_elaborate(const settings& in) {
  for (const piece& part : in.signed_string) {
    if (part.what >= piece::kind::form) return true;
  }
  return count(in.signed_string, piece::kind::body) != 1 || !in.more_headers.empty() ||
         in.signature_header == absent || in.items || in.url != url_form::exact || !in.hashes.empty() ||
         in.is_jwt() || !in.when.empty() || in.groups != 0 || in.names_field;
}

bool binds_body(const settings& in) {
  for (const bound_hash& each : in.hashes) {
    if (!each.of_url) return true;
  }
  return count(in.signed_string, piece::kind::body) + count(in.signed_string, piece::kind::form) +
             count(in.signed_string, piece::kind::sha256) > 0;
}

std::string_view check_token(const settings& in) {
  if (in.is_list || !in.signed_string.empty()) return "/signature: a static token has neither list nor signed";
  return {};
}

std::string_view check_jwt(const settings& in) {
  if (in.is_list || !in.signed_string.empty() || in.items) return "/signature: a JWT has neither list, signed nor items";
  if (!binds_body(in)) return "/signature/hashes: a JWT needs a claim that holds the body's hash";
  return {};
}

std::string_view check_keys(const settings& in) {
  const bool ecdsa = in.how_signed == settings::scheme::ecdsa_p256_sha256;
  if (ecdsa != (in.format != signature_form::unsaid)) return "/signature/format: goes with ecdsa-p256-sha256";
  if (in.by_public_key() ? in.secret_min_bytes > 1 : !in.signing_prefix.empty()) {
    return "/secret: a public key has no min_bytes, and no other a signing_prefix";
  }
  return {};
}

std::string_view check_signature(settings& in, const place& id) {
  const bool in_header = in.signature_header != absent;
  const bool in_body = in.signature_place.pointer || !in.signature_place.field.empty();
  if (!in_header && !in_body) return "/signature/header: is missing";
  if (in_header && in_body) return "/signature: header, pointer or field, not two of them";
  for (const bound_hash& each : in.hashes) {
    if (each.where.claim.empty() == in.is_jwt()) return "/signature/hashes: a claim goes with the scheme jwt-hs256, a query or a header with the others";
    if (!each.where.query.empty() && count(in.signed_string, piece::kind::url) == 0) return "/signature/hashes: a query needs {url} in /signature/signed";
    if (each.where.header != absent && !in.covers(each.where.header)) return "/signature/hashes: the header must stand in /signature/signed";
  }
  if (!in.claims.empty() && !in.is_jwt()) return "/signature/claims: go with the scheme jwt-hs256";
  if (const std::string_view problem = check_keys(in); !problem.empty()) return problem;
  if (in.static_token) return check_token(in);
  if (in.is_jwt()) return check_jwt(in);
  if (in.signed_string.empty()) in.signed_string.push_back({piece::kind::body, {}});
  if (count(in.signed_string, piece::kind::body) > 1) return "/signature/signed: one {body} is wanted";
  const unsigned values = count(in.signed_string, piece::kind::json) + count(in.signed_string, piece::kind::field) +
                          count(in.signed_string, piece::kind::crc32);
  if (!binds_body(in) && values == 0) return "/signature/signed: one {body} is wanted, or another placeholder for what it holds";
  if (count(in.signed_string, piece::kind::id) > 0 && id.header == absent) {
    return "/signature/signed: {id} needs /event/id/header";
  }
  if (in.ignore_others && in.signature.before.empty()) {
    return "/signature/list/others: ignore needs a tag before {sig} in /signature/value";
  }
  const bool names = count(in.signed_string, piece::kind::header_values) > 0;
  if (names != in.names_field.has_value() || names == in.nameable.empty()) {
    return "/signature/headers: goes with {header_names} in /signature/list/fields and {header_values} in /signature/signed";
  }
  if (in.items && in.signature_place.pointer == std::nullopt) return "/signature/items: needs /signature/pointer, counted from each item";
  return {};
}

/// What does not depend on the other ways of signing.
std::string_view check_way(plan& into, settings& in) {
  if (in.how_signed == settings::scheme::missing) return "/signature/scheme: is missing";
  in.static_token = in.how_signed == settings::scheme::static_token || in.how_signed == settings::scheme::http_basic;
  if (!in.static_token && !in.by_public_key()) in.digest = in.is_jwt() ? algorithm::sha256 : static_cast<algorithm>(in.how_signed);
  in.secret_min_bytes = std::max(in.secret_min_bytes, 1u);
  for (auto& part : in.signed_string) {
    if (part.what == piece::kind::header) part.wanted = into.want(part.text);
    if (part.what == piece::kind::setting) part.wanted = into.want_setting(part.text);
  }
  in.id.header = into.id.header;
  const std::string_view problem = check_signature(in, into.id);
  in.covers_body = binds_body(in);
  if (!problem.empty()) return problem;
  return check_timestamp(in);
}

/// A weaker way has the file's secret and timestamp where it names none of its own; the timestamp only
/// where its signed string covers it.
void inherit(const plan& from, settings& to) {
  to.title = from.title;
  if (!to.has_secret && !from.own_secret) {
    to.secret_prefix = from.secret_prefix;
    to.secret_encoding = from.secret_encoding;
    to.secret_min_bytes = from.secret_min_bytes;
  }
  to.covers_body = to.signed_string.empty() || binds_body(to);
  const bool signs_time = count(to.signed_string, piece::kind::timestamp) > 0 || to.timestamp_field ||
                          (from.timestamp.pointer && to.covers(from.timestamp));
  if (to.has_timestamp || !from.has_timestamp || from.own_timestamp || !signs_time) return;
  to.has_timestamp = true;
  to.timestamp.header = from.timestamp.header;
  to.timestamp.pointer = from.timestamp.pointer;
  to.timestamp.indexed = from.timestamp.indexed;
  to.timestamp_in_signature = to.timestamp_field.has_value();
  to.timestamp_unit = from.timestamp_unit;
  to.has_tolerance = from.has_tolerance;
  to.past = from.past;
  to.future = from.future;
}

std::string_view check_key(const plan& in) {
  if (in.key.nowhere() != in.key_urls.empty()) return "/key: needs urls and the header or pointer of one of them";
  if (in.key_urls.empty()) return {};
  bool public_keys = in.by_public_key();
  for (const auto& each : in.weaker) public_keys = public_keys && each->by_public_key();
  return public_keys ? "" : "/key: goes with a scheme that has public keys";
}

std::string_view check_handshake(plan& in) {
  if (!in.has_handshake) return {};
  if (!in.visit_urls.empty() && (!in.handshake_signed || !in.answer_body.empty() || !in.answer_header.empty())) {
    return "/handshake/answer/visit: goes with a handshake that is signed, and with no other answer";
  }
  if (in.handshake.empty() || in.challenge.nowhere()) {
    return "/handshake: needs when and, in answer, the header, pointer or query of what is given back";
  }
  for (const condition& each : in.handshake) {
    if (!each.setting.empty()) in.want_setting(each.setting);
  }
  if (in.handshake_by_get) in.handshake_signed = false;
  return {};
}

}  // namespace

std::string_view check_plan(plan& into, bool has_documents) {
  if (!is_kebab(into.name)) return "/name: a name in kebab-case is wanted, such as \"my-system\"";
  if (!has_documents) return "/documents: at least one is wanted";
  if (into.title.empty()) return "/title: is missing";
  std::string_view problem = check_way(into, into);
  for (auto& each : into.weaker) {
    inherit(into, *each);
    if (problem.empty()) problem = check_way(into, *each);
  }
  into.elaborate = is_elaborate(into) && !(into.static_token && into.signature_header != absent);
  if (!into.weaker.empty() || !into.demands.empty() || !into.key_urls.empty() || !into.visit_urls.empty()) into.elaborate = true;
  if (problem.empty()) problem = check_key(into);
  for (const condition& each : into.demands) {
    if (!each.setting.empty()) into.want_setting(each.setting);
  }
  into.needed_settings = into.setting_names.size();
  into.content_type = into.want("content-type");
  if (into.wanted_count > max_wanted) return "/signature: at most 15 headers are read";
  static_assert(max_wanted == 16);
  return problem.empty() ? check_handshake(into) : problem;
}

namespace {

/// A place that the dialect asks for in the envelope.
struct mark_request {
  slot wanted;
  std::optional<std::string_view> pointer;
  std::string_view at;  ///< where the dialect file says it, and a colon
};

/// Marks the places that the dialect asks for; equal pointers share one slot.
complaint mark_places(plan& into) {
  const place nothing;
  const mark_request requests[] = {
      {slot::type, into.type.pointer, "/event/type/pointer: "},
      {slot::id, into.id.pointer, "/event/id/pointer: "},
      {slot::version, into.version.pointer, "/event/version/pointer: "},
      {slot::timestamp, into.timestamp.pointer, "/timestamp/pointer: "},
      {slot::dedupe, into.dedupe.value_or(nothing).pointer, "/event/dedupe/pointer: "},
      {slot::handshake, into.handshake.empty() ? nothing.pointer : into.handshake[0].where.pointer, "/handshake/when/pointer: "},
      {slot::challenge, into.challenge.pointer, "/handshake/answer/pointer: "},
      {slot::data, into.data_pointer.empty() ? nothing.pointer : into.data_pointer, "/event/data: "},
  };
  const std::string_view data = into.data_pointer;
  into.body.data_replaced = true;
  for (const auto& each : requests) {
    if (!each.pointer || goes_through_array(*each.pointer)) continue;
    const std::string_view pointer = *each.pointer;
    const bool below = pointer.size() > data.size() && pointer.starts_with(data) && pointer[data.size()] == '/';
    if (below) into.body.data_replaced = false;
    const mark_request* same = requests;
    while (same->pointer != each.pointer) ++same;
    if (same != &each) {
      into.where[static_cast<unsigned>(each.wanted)] = same->wanted;
      continue;
    }
    auto marked = into.body.schemas.mark(into.body.envelope, pointer, each.wanted);
    if (!marked) return {each.at, marked.error()};
    into.body.envelope = *marked;
  }
  return {};
}

}  // namespace

complaint compile_body(plan& into, std::string_view defs, std::string_view body) {
  auto& schemas = into.body.schemas;
  std::string_view problem;
  const auto compile = [&](std::string_view schema, std::string_view base, std::uint32_t& node) {
    if (schema.empty()) return;
    auto made = schemas.compile(schema, base);
    if (made) node = *made;
    problem = made.error();
  };
  schemas.define(defs);
  compile(body, "/body", into.body.envelope);
  for (std::size_t i = 0; i < into.events.size() && problem.empty(); ++i) {
    std::string base;
    append_pointer(base, "events");
    append_pointer(base, into.events[i].name);
    append_pointer(base, "schema");
    compile(into.events[i].schema, base, into.body.events[i].schema);
  }
  into.body.data_is_body = into.data_pointer.empty();
  if (!into.body.item_type.empty() && !into.body.data_is_body) {
    return {"/event/items: ", "stands only where the data is the whole body"};
  }
  return problem.empty() ? mark_places(into) : complaint{{}, problem};
}

}  // namespace waxseal
