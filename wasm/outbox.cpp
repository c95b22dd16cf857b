// What an endpoint's queue does, as waxseal-relay.wasm exports it. Numbers are f64 in the arena, one after
// the other, and so are those of an answer in waxseal_text(-1, 6, 0).
#include <array>
#include <string>

#include "abi.hpp"
#include "list.hpp"
#include "reader.hpp"

using namespace waxseal;
using namespace waxseal::abi;

namespace {

static_assert(sizeof(open_attempt) == 16 && sizeof(queued) == 16);  // two numbers each

constexpr u32 max_concurrency = 1024;

std::array<double, 1 + max_concurrency> numbers;  ///< of the last answer

void answer_with(u32 count) { last_made = {reinterpret_cast<const char*>(numbers.data()), count * sizeof(double)}; }

std::int64_t number(u64 index) {
  double value;
  std::memcpy(&value, memory.start + index * sizeof value, sizeof value);
  return whole(value);
}

double told(const decision& next) {
  if (next.what == decision::kind::retry) return static_cast<double>(next.delay);
  return next.what == decision::kind::delivered ? -1 : next.what == decision::kind::failed ? -2 : -3;
}

}  // namespace

WAXSEAL_EXPORT(waxseal_admit)
u32 waxseal_admit(i32 slot, u32 past_count, u32 open_count, u32 waiting_count, u32 concurrency, double now) {
  static std::array<u32, max_concurrency> begins;
  last_made = {};
  const delivery_policy* const policy = policy_of(slot);
  const u64 count = u64{past_count} + 2 * (u64{open_count} + waiting_count);
  if (!policy || count * sizeof(double) > memory.capacity) return malformed;
  for (u64 i = 0; i < count; ++i) {  // in place, so that no number of attempts needs more memory
    const std::int64_t value = number(i);
    std::memcpy(memory.start + i * sizeof value, &value, sizeof value);
  }
  const auto* past = reinterpret_cast<const std::int64_t*>(memory.start);
  const auto* open = reinterpret_cast<const open_attempt*>(past + past_count);
  const auto* waiting = reinterpret_cast<const queued*>(open + open_count);
  const admission made = admit(policy->rate, concurrency, {past, past_count}, {open, open_count}, {waiting, waiting_count}, whole(now), begins);
  numbers[0] = made.again == admission::never ? -1 : static_cast<double>(made.again);
  for (u32 i = 0; i < made.count; ++i) numbers[1 + i] = begins[i];
  answer_with(1 + made.count);
  return made.count;
}

WAXSEAL_EXPORT(waxseal_conclude)
u32 waxseal_conclude(i32 slot, u32 attempts, u32 how, u32 http_status, u32 retry_after, u32 entropy, double began, double now) {
  last_made = {};
  const delivery_policy* const policy = policy_of(slot);
  if (!policy || how > 3 || memory.capacity < 3 * sizeof(double)) return malformed;
  endpoint_health health{number(0), number(1), {}};
  if (number(2) >= 0) health.patience = static_cast<u32>(number(2));
  const aftermath made = conclude(*policy, attempts, outcome_of(how, http_status, retry_after), entropy, health, whole(began), whole(now));
  numbers[0] = told(made.next);
  numbers[1] = static_cast<double>(made.failing);
  numbers[2] = static_cast<double>(made.disable);
  numbers[3] = static_cast<double>(made.since);
  answer_with(4);
  return 0;
}

WAXSEAL_EXPORT(waxseal_arrival) double waxseal_arrival(double began, double took) {
  return static_cast<double>(arrival(whole(began), whole(took)));
}

WAXSEAL_EXPORT(waxseal_widest) u32 waxseal_widest(i32 slot) {
  const delivery_policy* const policy = policy_of(slot);
  return policy ? widest(policy->rate) : 0;
}

WAXSEAL_EXPORT(waxseal_longest_delay) double waxseal_longest_delay(i32 slot) {
  const delivery_policy* const policy = policy_of(slot);
  return policy ? static_cast<double>(longest_delay(*policy)) : 0;
}

WAXSEAL_EXPORT(waxseal_line) u32 waxseal_line(u32 body, u32 table) {
  static std::string line;
  last_made = {};
  const u64 start = rounded(u64{body} + body_padding, 8);
  if (start + table > memory.capacity) return malformed;
  reader from{start, start + table};
  ordering how;
  const u32 kind = from.word();
  if (from.word() != 0) how.pointer = from.text();
  how.header = from.text();
  ordered_message message{from.text(), {}, {memory.start, body}};
  list<header> headers;
  for (u32 left = from.word(); left > 0 && !from.broken; --left) {
    const std::string_view name = from.text();
    headers.push_back({name, from.text()});
  }
  if (from.broken || kind > 2) return malformed;
  how.what = static_cast<ordering::kind>(kind);
  message.headers = {headers.begin(), headers.size()};
  line = line_of(how, message);
  last_made = line;
  return 0;
}
