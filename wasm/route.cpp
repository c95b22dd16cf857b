// Where webhooks may be sent to, and routing, as waxseal-relay.wasm exports them: one call decides for all
// endpoints of an app.
#include <string>

#include "abi.hpp"
#include "list.hpp"
#include "reader.hpp"
#include "waxseal/address.hpp"
#include "waxseal/routing.hpp"

using namespace waxseal;
using namespace waxseal::abi;

namespace {

/// The texts of one endpoint; spans are made when all have been read, since a list moves as it grows.
struct record {
  struct range {
    u32 first, count;
    bool present;
  };
  struct place {
    std::string_view pointer;
    range values;
  };
  list<std::string_view> all;
  list<place> places;
  list<filter> filters;

  range read(reader& from) {
    const u32 count = from.word();
    range read{all.size(), count == absent ? 0 : count, count != absent};
    for (u32 i = 0; i < read.count && !from.broken; ++i) all.push_back(from.text());
    return read;
  }
  texts view(range of) const { return {all.begin() + of.first, of.count}; }
  std::optional<texts> asked(range of) const { return of.present ? std::optional(view(of)) : std::nullopt; }
  void clear() { all.shrink(0), places.shrink(0), filters.shrink(0); }
};

skip_reason decide(reader& from, record& into, const routed_message& message) {
  into.clear();
  const u32 status = from.word();
  const auto sources = into.read(from), events = into.read(from), channels = into.read(from);
  for (u32 left = from.word(); left > 0 && !from.broken; --left) {
    const std::string_view pointer = from.text();
    into.places.push_back({pointer, into.read(from)});
  }
  if (from.broken || status > 2) return from.broken = true, skip_reason::not_subscribed;
  for (const auto& each : into.places) into.filters.push_back({each.pointer, into.view(each.values)});
  return why_skipped({static_cast<endpoint_status>(status), into.asked(sources), into.asked(events),
                      into.asked(channels), {into.filters.begin(), into.filters.size()}}, message);
}

}  // namespace

WAXSEAL_EXPORT(waxseal_route) u32 waxseal_route(u32 body, u32 table) {
  static std::string reasons;
  static record heard, asked;
  last_made = {};
  last_error = no_such_texts;
  const u64 start = rounded(u64{body} + body_padding, 8);
  if (start + table > memory.capacity) return malformed;
  std::memset(memory.start + body, 0, body_padding);
  reader from{start, start + table};
  routed_message message{.body = {memory.start, body}, .padded = true};
  message.operational = from.word() != 0;
  message.source = from.text();
  heard.clear();
  const auto type = heard.read(from), channels = heard.read(from);
  if (type.count > 0) message.type = heard.all[type.first];
  message.channels = heard.view(channels);
  from.at = rounded(from.at, 8);
  if (from.broken || from.at > from.end) return malformed;
  reasons.clear();
  const u32 count = from.word();
  for (u32 i = 0; i < count && !from.broken; ++i) reasons.push_back(static_cast<char>(decide(from, asked, message)));
  if (from.broken) return malformed;
  last_made = reasons;
  return count;
}

WAXSEAL_EXPORT(waxseal_reason_name) const char* waxseal_reason_name(u32 reason) {
  return reason < skip_reason_count ? name(static_cast<skip_reason>(reason)).data() : nullptr;
}

WAXSEAL_EXPORT(waxseal_check_destination) u32 waxseal_check_destination(u32 url, u32 rules) {
  last_made = {};
  last_error = no_such_texts;
  if (url > memory.capacity) return 0;
  destination found;
  const auto fault = check_destination({memory.start, url}, {.http = (rules & 1) != 0, .private_ = (rules & 2) != 0}, found);
  last_error = advice(fault);
  last_made = fault == destination_fault::ok ? found.host : name(fault);
  return fault == destination_fault::ok ? found.port : 0;
}
