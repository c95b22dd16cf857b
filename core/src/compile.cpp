// The second half of loading a dialect: what can be done only when the whole file is read. Checks
// that its parts fit together, and compiles its schemas. Called by loader.cpp.
#include "compile.hpp"

#include <algorithm>

#include "json.hpp"

namespace waxseal {
namespace {

int find_wanted(const plan& in, std::string_view name) {
  const auto found = std::find(in.wanted.begin(), in.wanted.end(), name);
  return found == in.wanted.end() ? absent : static_cast<int>(found - in.wanted.begin());
}

int add_wanted(plan& into, std::string_view name) {
  const int index = find_wanted(into, name);
  if (index != absent) return index;
  into.wanted.emplace_back(name);
  return static_cast<int>(into.wanted.size()) - 1;
}

bool stands_in(const text_template& parts, piece::kind what) {
  return std::any_of(parts.begin(), parts.end(), [&](const piece& part) { return part.what == what; });
}

std::string check_timestamp(const plan& in) {
  const int sources = (in.timestamp.header != absent) + in.timestamp.pointer.has_value() +
                      in.timestamp_in_signature;
  if (in.has_timestamp && sources != 1) {
    return "/timestamp: exactly one of header, pointer and signature says where it stands";
  }
  if (in.timestamp_in_signature == in.timestamp_fields.empty()) {
    return "/timestamp/signature: goes with a {timestamp} in /signature/list/fields";
  }
  const bool is_signed = stands_in(in.signed_string, piece::kind::timestamp);
  if (is_signed && (!in.has_timestamp || in.timestamp.pointer)) {
    return "/signature/signed: {timestamp} needs a /timestamp in a header or in the signature";
  }
  if (in.has_tolerance && !is_signed && !in.timestamp.pointer) {
    return "/timestamp/tolerance: needs {timestamp} in /signature/signed: an unsigned time proves "
           "nothing";
  }
  return {};
}

std::string check_signature(plan& in) {
  if (in.signature_header == absent) return "/signature/header: is missing";
  if (in.static_token) {
    if (in.list || !in.signed_string.empty()) {
      return "/signature: a static token has neither list nor signed";
    }
    return {};
  }
  if (in.signed_string.empty()) in.signed_string.push_back({piece::kind::body, {}});
  const auto bodies = std::count_if(in.signed_string.begin(), in.signed_string.end(),
                                    [](const piece& part) { return part.what == piece::kind::body; });
  if (bodies != 1) return "/signature/signed: {body} stands in it exactly once";
  if (stands_in(in.signed_string, piece::kind::id) && in.id.header == absent) {
    return "/signature/signed: {id} needs /event/id/header";
  }
  if (in.ignore_others && in.signature.before.empty()) {
    return "/signature/list/others: \"ignore\" needs a tag before {sig} in /signature/value";
  }
  return {};
}

}  // namespace

std::string check_plan(plan& into) {
  for (auto& part : into.signed_string) {
    if (part.what == piece::kind::header) part.wanted = add_wanted(into, part.text);
  }
  into.content_type = add_wanted(into, "content-type");
  if (into.wanted.size() > max_wanted) {
    return "/signature: at most " + decimal_text(max_wanted - 1) + " headers are read";
  }
  std::string problem = check_signature(into);
  if (problem.empty()) problem = check_timestamp(into);
  if (problem.empty() && into.has_handshake &&
      !(into.handshake.pointer && into.challenge.pointer)) {
    problem = "/handshake: needs when/pointer, when/equals and answer/pointer";
  }
  return problem;
}

namespace {

struct mark_request {
  slot wanted;
  std::string_view pointer;
  std::string_view at;  ///< where the dialect file says it
};

/// Marks the places that the dialect asks for in the envelope; equal pointers share one slot.
std::string mark_places(plan& into) {
  std::vector<mark_request> requests;
  const auto ask = [&](slot wanted, const std::optional<std::string>& pointer, std::string_view at) {
    if (pointer) requests.push_back({wanted, *pointer, at});
  };
  ask(slot::type, into.type.pointer, "/event/type/pointer");
  ask(slot::id, into.id.pointer, "/event/id/pointer");
  ask(slot::version, into.version.pointer, "/event/version/pointer");
  ask(slot::timestamp, into.timestamp.pointer, "/timestamp/pointer");
  if (into.dedupe) ask(slot::dedupe, into.dedupe->pointer, "/event/dedupe/pointer");
  ask(slot::handshake, into.handshake.pointer, "/handshake/when/pointer");
  ask(slot::challenge, into.challenge.pointer, "/handshake/answer/pointer");
  if (!into.data_pointer.empty()) requests.push_back({slot::data, into.data_pointer, "/event/data"});
  into.body.data_replaced = std::none_of(requests.begin(), requests.end(), [&](const mark_request& one) {
    return one.pointer.starts_with(into.data_pointer + "/");
  });
  for (auto each = requests.begin(); each != requests.end(); ++each) {
    const auto same = std::find_if(requests.begin(), each, [&](const mark_request& earlier) {
      return earlier.pointer == each->pointer;
    });
    if (same != each) {
      into.where[static_cast<unsigned>(each->wanted)] = same->wanted;
      continue;
    }
    auto marked = into.body.schemas.mark(into.body.envelope, each->pointer, each->wanted);
    if (!marked) return std::string(each->at) + ": " + marked.error();
    into.body.envelope = *marked;
  }
  return {};
}

}  // namespace

std::string compile_body(plan& into, std::string_view defs, std::string_view body,
                         std::span<const std::string> event_pointers) {
  auto& schemas = into.body.schemas;
  if (!defs.empty()) schemas.define(defs);
  if (!body.empty()) {
    auto node = schemas.compile(body, "/body");
    if (!node) return node.error();
    into.body.envelope = *node;
  }
  for (std::size_t i = 0; i < into.events.size(); ++i) {
    if (into.events[i].schema.empty()) continue;
    auto node = schemas.compile(into.events[i].schema, event_pointers[i]);
    if (!node) return node.error();
    into.body.events[i].schema = *node;
  }
  into.body.data_is_body = into.data_pointer.empty();
  return mark_places(into);
}

}  // namespace waxseal
