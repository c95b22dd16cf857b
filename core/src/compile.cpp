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

std::string_view check_timestamp(const plan& in) {
  const int sources = (in.timestamp.header != absent) + in.timestamp.pointer.has_value() +
                      in.timestamp_in_signature;
  if (in.has_timestamp && sources != 1) {
    return "/timestamp: one of header, pointer and signature is wanted";
  }
  if (in.timestamp_in_signature != in.timestamp_field.has_value()) {
    return "/timestamp/signature: goes with a {timestamp} in /signature/list/fields";
  }
  const bool is_signed = count(in.signed_string, piece::kind::timestamp) > 0;
  if (is_signed && (!in.has_timestamp || in.timestamp.pointer)) {
    return "/signature/signed: {timestamp} needs /timestamp/header or /timestamp/signature";
  }
  if (in.has_tolerance && !is_signed && !in.timestamp.pointer) {
    return "/timestamp/tolerance: needs {timestamp} in /signature/signed";
  }
  return {};
}

std::string_view check_signature(plan& in) {
  if (in.signature_header == absent) return "/signature/header: is missing";
  if (in.static_token) {
    if (in.is_list || !in.signed_string.empty()) {
      return "/signature: a static token has neither list nor signed";
    }
    return {};
  }
  if (in.signed_string.empty()) in.signed_string.push_back({piece::kind::body, {}});
  if (count(in.signed_string, piece::kind::body) != 1) return "/signature/signed: one {body} is wanted";
  if (count(in.signed_string, piece::kind::id) > 0 && in.id.header == absent) {
    return "/signature/signed: {id} needs /event/id/header";
  }
  if (in.ignore_others && in.signature.before.empty()) {
    return "/signature/list/others: ignore needs a tag before {sig} in /signature/value";
  }
  return {};
}

}  // namespace

std::string_view check_plan(plan& into, bool has_documents) {
  if (!is_kebab(into.name)) return "/name: a name in kebab-case is wanted, such as \"my-system\"";
  if (!has_documents) return "/documents: at least one is wanted";
  if (into.title.empty()) return "/title: is missing";
  if (into.how_signed == settings::scheme::missing) return "/signature/scheme: is missing";
  into.static_token = into.how_signed == settings::scheme::static_token;
  if (!into.static_token) into.digest = static_cast<algorithm>(into.how_signed);
  into.secret_min_bytes = std::max(into.secret_min_bytes, 1u);
  for (auto& part : into.signed_string) {
    if (part.what == piece::kind::header) part.wanted = into.want(part.text);
  }
  into.content_type = into.want("content-type");
  if (into.wanted_count > max_wanted) return "/signature: at most 15 headers are read";
  static_assert(max_wanted == 16);
  std::string_view problem = check_signature(into);
  if (problem.empty()) problem = check_timestamp(into);
  if (problem.empty() && into.has_handshake && !(into.handshake.pointer && into.challenge.pointer)) {
    problem = "/handshake: needs when/pointer, when/equals and answer/pointer";
  }
  return problem;
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
      {slot::handshake, into.handshake.pointer, "/handshake/when/pointer: "},
      {slot::challenge, into.challenge.pointer, "/handshake/answer/pointer: "},
      {slot::data, into.data_pointer.empty() ? nothing.pointer : into.data_pointer, "/event/data: "},
  };
  const std::string_view data = into.data_pointer;
  into.body.data_replaced = true;
  for (const auto& each : requests) {
    if (!each.pointer) continue;
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
  return problem.empty() ? mark_places(into) : complaint{{}, problem};
}

}  // namespace waxseal
