#include "waxseal/outbox.hpp"

#include <algorithm>

#include "find.hpp"
#include "list.hpp"
#include "sentence.hpp"

namespace waxseal {
namespace {

/// Appends the key that the endpoint looks for. @return whether there is one
bool append_key(const ordering& how, const ordered_message& what, std::string& key) {
  if (how.pointer) {
    std::string padded(what.body);
    padded.append(padding);
    std::string_view raw;
    const std::string_view body = without_padding(padded);
    return is_json(body) && find_json(body, *how.pointer, raw) == lookup::found && append_scalar(raw, key) == lookup::found;
  }
  unsigned found = 0;
  for (const header& each : what.headers) {
    if (!same_header(how.header, each.name)) continue;
    key.append(each.value);
    ++found;
  }
  return found == 1;
}

/// FNV-1a.
std::uint64_t print_of(std::string_view text) noexcept {
  std::uint64_t value = 0xcbf29ce484222325;
  for (const char c : text) value = (value ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return value;
}

/// Whether one of this line comes before `at`, or is on its way.
bool is_held(std::size_t at, std::span<const open_attempt> open, std::span<const queued> waiting) noexcept {
  const std::uint64_t line = waiting[at].line;
  if (line == 0) return false;
  const auto same = [line](const auto& other) { return other.line == line; };
  const auto before = waiting.first(at);
  return std::any_of(open.begin(), open.end(), same) || std::any_of(before.begin(), before.end(), same);
}

/// The longest due of those that no line holds and that do not begin yet; `waiting.size()`: there is none.
std::uint32_t longest_due(std::span<const open_attempt> open, std::span<const queued> waiting, std::span<const std::uint32_t> begun) noexcept {
  auto best = static_cast<std::uint32_t>(waiting.size());
  for (std::uint32_t i = 0; i < waiting.size(); ++i) {
    const bool sooner = best == waiting.size() || waiting[i].due < waiting[best].due;
    if (sooner && std::find(begun.begin(), begun.end(), i) == begun.end() && !is_held(i, open, waiting)) best = i;
  }
  return best;
}

/// Keeps `times` ascending.
void insert(list<std::int64_t>& times, std::int64_t time) {
  times.push_back(time);
  for (std::size_t at = times.size() - 1; at > 0 && times[at - 1] > time; --at) std::swap(times[at - 1], times[at]);
}

}  // namespace

std::int64_t arrival(std::int64_t began, std::int64_t took) noexcept {
  return began + std::clamp<std::int64_t>(took, 0, longest_way);
}

std::string line_of(const ordering& how, const ordered_message& what) {
  if (how.what == ordering::kind::none) return {};
  if (how.what == ordering::kind::all) return "*";  // no key's line
  std::string key("=", 1);
  key.append(what.key);
  if (what.key.empty() && !append_key(how, what, key)) return {};
  if (key.size() <= max_line) return key;
  return join({std::string_view(key).substr(0, max_line - 20), decimal_text(print_of(key))});
}

admission admit(std::span<const rate_window> windows, std::uint32_t concurrency, std::span<const std::int64_t> past,
                std::span<const open_attempt> open, std::span<const queued> waiting, std::int64_t now,
                std::span<std::uint32_t> begins) {
  list<std::int64_t> times;
  const auto most = std::min<std::size_t>(past.size(), widest(windows));
  for (const std::int64_t time : past.last(most)) times.push_back(time);
  for (const auto& one : open) insert(times, arrival(one.began, now - one.began));
  admission made;
  while (open.size() + made.count < concurrency && made.count < begins.size()) {
    const std::uint32_t next = longest_due(open, waiting, begins.first(made.count));
    if (next == waiting.size()) return made;
    const std::int64_t earliest = earliest_attempt(windows, {times.begin(), times.size()}, std::max(now, waiting[next].due));
    if (earliest > now) {
      made.again = earliest;
      return made;
    }
    begins[made.count++] = next;
    insert(times, now);
  }
  return made;
}

aftermath conclude(const delivery_policy& policy, std::uint32_t attempts, const attempt_outcome& outcome,
                   std::uint32_t entropy, const endpoint_health& health, std::int64_t began, std::int64_t now) noexcept {
  aftermath made{next_attempt(policy, attempts, outcome, entropy)};
  if (made.next.what == decision::kind::delivered) return made;
  made.failing = health.failing != 0 ? health.failing : began;
  made.since = std::max(made.failing, health.changed);
  if (made.next.what == decision::kind::disable) made.disable = disabling::gone;
  else if (health.patience && gives_up(made.since, now, *health.patience)) made.disable = disabling::failing;
  return made;
}

std::uint32_t widest(std::span<const rate_window> windows) noexcept {
  std::uint32_t most = 0;
  for (const auto& each : windows) most = std::max(most, each.limit);
  return most;
}

std::uint64_t longest_delay(const delivery_policy& policy) noexcept {
  std::uint64_t most = policy.retry_after_cap;
  for (const std::uint32_t each : policy.delays) most = std::max<std::uint64_t>(most, each);
  return most * (1000 + 10 * std::uint64_t{policy.jitter_percent});
}

}  // namespace waxseal
