// Which endpoints get a message. The words and sentences of the reasons stand in one table here.
#include "waxseal/routing.hpp"

#include <algorithm>
#include <string>

#include "decimal.hpp"
#include "lexer.hpp"

namespace waxseal {
namespace {

struct told {
  const char* name;
  const char* advice;
};

/// By `skip_reason`.
constexpr told reasons[] = {
    {"none", "the endpoint gets the message"},
    {"not_subscribed", "the endpoint asks for other sources, event types or channels"},
    {"inactive", "the endpoint's owner has paused it"},
    {"disabled", "the relay has disabled the endpoint, whose `reason` says why"},
    {"none_selected", "a filter of the endpoint has nothing selected that it lets pass"},
    {"filtered", "what the message says is not what a filter of the endpoint lets pass"},
};
static_assert(sizeof reasons / sizeof *reasons == skip_reason_count);

bool holds(texts list, std::string_view text) noexcept {
  return std::find(list.begin(), list.end(), text) != list.end();
}

bool asks_for(const subscription& endpoint, const routed_message& message) noexcept {
  if (message.operational) return endpoint.events && message.type && holds(*endpoint.events, *message.type);
  if (endpoint.sources && !holds(*endpoint.sources, message.source)) return false;
  const auto listed = [&](std::string_view channel) { return holds(*endpoint.channels, channel); };
  if (endpoint.channels && std::none_of(message.channels.begin(), message.channels.end(), listed)) return false;
  if (!endpoint.events) return true;
  const auto meant = [&](std::string_view pattern) { return means(pattern, *message.type); };
  return message.type && std::any_of(endpoint.events->begin(), endpoint.events->end(), meant);
}

/// A token of a JSON Pointer, unescaped as it is compared.
bool is_token(std::string_view token, std::string_view raw) noexcept {
  text_reader key(raw);
  for (std::size_t i = 0; i < token.size(); ++i) {
    char wanted = token[i];
    if (wanted == '~' && i + 1 < token.size()) wanted = token[++i] == '1' ? '/' : token[i] == '0' ? '~' : token[i];
    if (key.next() != static_cast<unsigned char>(wanted)) return false;
  }
  return key.next() == -1;
}

byte_ptr bytes(std::string_view text) noexcept { return reinterpret_cast<byte_ptr>(text.data()); }

/// The one member of the accepted object at `p` that `token` names; null where there is none, or two.
byte_ptr member(byte_ptr p, std::string_view token) {
  if (*p != '{') return nullptr;
  byte_ptr found = nullptr;
  lexical_notes notes;
  for (p = skip_space(p + 1); *p == '"';) {
    const byte_ptr end = scan_string(p + 1, notes);
    const std::string_view raw(reinterpret_cast<const char*>(p + 1), static_cast<std::size_t>(end - p - 2));
    const byte_ptr value = skip_space(skip_space(end) + 1);
    if (is_token(token, raw)) {
      if (found) return nullptr;
      found = value;
    }
    p = skip_space(skip_value(value, 0, notes));
    if (*p == ',') p = skip_space(p + 1);
  }
  return found;
}

/// Whether two accepted scalars are equal.
bool equal(std::string_view a, std::string_view b) {
  const auto is_number = [](std::string_view text) { return text[0] == '-' || (text[0] >= '0' && text[0] <= '9'); };
  if (is_number(a) && is_number(b)) return compare_decimals(a, b) == 0;
  if (a[0] != '"' || b[0] != '"') return a == b && a[0] != '{' && a[0] != '[';
  text_reader left(a.substr(1, a.size() - 2)), right(b.substr(1, b.size() - 2));
  for (;;) {
    const int next = left.next();
    if (next != right.next()) return false;
    if (next == -1) return true;
  }
}

/// @param body  padded
bool passes(const filter& asked, std::string_view body) {
  lexical_notes notes;
  byte_ptr p = skip_space(bytes(body));
  const byte_ptr end = skip_value(p, 0, notes);
  if (end == nullptr || skip_space(end) != bytes(body) + body.size()) return false;
  for (std::string_view rest = asked.pointer; !rest.empty();) {
    if (rest[0] != '/') return false;
    rest.remove_prefix(1);
    const std::string_view token = rest.substr(0, rest.find('/'));
    rest.remove_prefix(token.size());
    p = member(p, token);
    if (p == nullptr) return false;
  }
  const byte_ptr behind = skip_value(p, 0, notes);
  const std::string_view value(reinterpret_cast<const char*>(p), static_cast<std::size_t>(behind - p));
  return std::any_of(asked.values.begin(), asked.values.end(),
                     [&](std::string_view one) { return !one.empty() && equal(value, one); });
}

}  // namespace

std::string_view name(skip_reason reason) noexcept {
  const auto index = static_cast<unsigned>(reason);
  return index < skip_reason_count ? reasons[index].name : std::string_view();
}

std::string_view advice(skip_reason reason) noexcept {
  const auto index = static_cast<unsigned>(reason);
  return index < skip_reason_count ? reasons[index].advice : std::string_view();
}

bool means(std::string_view pattern, std::string_view type) noexcept {
  if (!pattern.ends_with('*')) return pattern == type;
  return type.starts_with(pattern.substr(0, pattern.size() - 1));
}

skip_reason why_skipped(const subscription& endpoint, const routed_message& message) {
  if (!asks_for(endpoint, message)) return skip_reason::not_subscribed;
  if (endpoint.status == endpoint_status::inactive) return skip_reason::inactive;
  if (endpoint.status == endpoint_status::disabled) return skip_reason::disabled;
  if (endpoint.filters.empty()) return skip_reason::none;
  for (const auto& each : endpoint.filters) {
    if (each.values.empty()) return skip_reason::none_selected;
  }
  std::string copy;
  std::string_view body = message.body;
  if (!message.padded) {
    copy.append(body.data(), body.size()).append(scan_padding, '\0');
    body = {copy.data(), body.size()};
  }
  const auto lets_pass = [&](const filter& each) { return passes(each, body); };
  return std::all_of(endpoint.filters.begin(), endpoint.filters.end(), lets_pass) ? skip_reason::none : skip_reason::filtered;
}

}  // namespace waxseal
