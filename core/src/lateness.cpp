// Why a request's time is refused: which clock is off, and how far.
#include "json.hpp"
#include "plan.hpp"
#include "repair.hpp"
#include "spellings.hpp"

namespace waxseal {
namespace {

constexpr std::int64_t day = 86400;

/// `2 h 5 min`: the two largest units that count.
std::string duration(std::int64_t seconds) {
  struct unit { std::int64_t size; std::string_view name; };
  constexpr unit units[] = {{86400, " days"}, {3600, " h"}, {60, " min"}, {1, " s"}};
  std::string text;
  int parts = 0;
  for (const auto& each : units) {
    const std::int64_t count = seconds / each.size;
    if (count == 0 && (each.size > 1 || parts > 0)) continue;
    if (parts++ == 2) break;
    if (!text.empty()) text.push_back(' ');
    const std::string_view name = count == 1 && each.size == 86400 ? " day" : each.name;
    text.append(decimal_text(static_cast<std::uint64_t>(count))).append(name);
    seconds -= count * each.size;
  }
  return text;
}

constexpr std::size_t most_asked = 64;  ///< times, below

/// The time in a request's headers, found by asking `strict` at which clock it is no longer `late`.
std::int64_t ask_time(verifier& strict, const request& what, std::int64_t now, tolerance window, status late) {
  constexpr std::int64_t far = std::int64_t{1} << 43;  // seconds
  const bool old = late == status::too_old;
  std::int64_t inside = old ? 0 : now + far, outside = now;
  while (inside - outside > 1 || outside - inside > 1) {
    const std::int64_t middle = inside + (outside - inside) / 2;
    digest_plan unused;
    (strict.prepare(what, middle, unused) == late ? outside : inside) = middle;
  }
  return old ? inside - window.past : inside + window.future;
}

}  // namespace

std::optional<finding> explain_time(const dialect& from, const options& strict, const request& what,
                                    std::int64_t now, budget& left, std::optional<std::int64_t> known) {
  const plan& how = from.compiled();
  const bool own = strict.timestamps == options::window::of_dialect;
  if (strict.timestamps == options::window::none || (own && !how.has_tolerance)) return {};
  const tolerance window = own ? tolerance{how.past, how.future} : strict.given;
  std::int64_t time = known.value_or(now);
  const std::string nobodys = write_secret(from, nobodys_key);
  const std::string_view one[] = {nobodys};
  auto hook = verifier::open(from, one, strict);
  if (hook && !known && left.spend(most_asked * prepare_work(how, what, 1))) {
    digest_plan unused;
    const status late = hook->prepare(what, now, unused);
    if (late == status::too_old || late == status::too_new) time = ask_time(*hook, what, now, window, late);
  }
  const std::int64_t age = now - time;
  if (age <= window.past && -age <= window.future) return {};
  const bool other_unit = time * 1000 > now - day && time * 1000 < now + day;
  const cause what_is_off = other_unit  ? cause::timestamp_seconds
                            : age > day ? cause::request_old
                            : age > 0   ? cause::clock_ahead
                                        : cause::clock_behind;
  return make_finding(what_is_off, certainty::seen, duration(age > 0 ? age : -age),
                      duration(age > 0 ? window.past : window.future));
}

}  // namespace waxseal
