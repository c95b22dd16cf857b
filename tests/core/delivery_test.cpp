// Delivery decisions as properties over seeded random policies, windows and times; and the
// schedules of the four systems as their documents and code give them.
#include <catch2/catch.hpp>

#include <algorithm>
#include <deque>
#include <numeric>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "waxseal/dialect.hpp"

namespace {

using waxseal::attempt_outcome;
using waxseal::decision;
using waxseal::delivery_policy;
using waxseal::earliest_attempt;
using waxseal::gives_up;
using waxseal::next_attempt;
using waxseal::rate_window;

constexpr auto answered = attempt_outcome::kind::answered;
constexpr auto timed_out = attempt_outcome::kind::timed_out;
constexpr auto unreachable = attempt_outcome::kind::unreachable;

constexpr std::uint32_t most_entropy = 0xffffffff;

class random_source {
 public:
  explicit random_source(std::uint32_t seed) : engine_(seed) {}
  std::uint32_t below(std::uint32_t bound) { return engine_() % bound; }
  std::uint32_t any() { return engine_(); }
  bool coin() { return engine_() & 1; }

 private:
  std::mt19937 engine_;
};

delivery_policy random_policy(random_source& random) {
  static std::uint32_t delays[7], status;  // of the policy made last
  delivery_policy policy;
  policy.delays = {delays, random.below(8)};
  for (auto& delay : delays) delay = random.below(86400);
  policy.jitter_percent = random.below(101);
  policy.retry_after_cap = random.coin() ? random.below(7200) : 0;
  policy.final_client_errors = random.coin();
  policy.final_timeouts = random.coin();
  status = 500 + random.below(100);
  if (random.coin()) policy.final_statuses = {&status, 1};
  return policy;
}

attempt_outcome random_outcome(random_source& random) {
  attempt_outcome outcome;
  outcome.how = static_cast<attempt_outcome::kind>(random.below(3));
  if (outcome.how != answered) return outcome;
  outcome.status = static_cast<std::uint16_t>(100 + random.below(500));
  outcome.retry_after = random.coin() ? random.below(20000) : 0;
  return outcome;
}

delivery_policy policy_of(const char* name) {
  static std::deque<waxseal::result<waxseal::dialect, std::string>> kept;
  const auto& dialect = kept.emplace_back(waxseal::find_dialect(name));
  if (!dialect) throw std::runtime_error(dialect.error());
  return dialect->delivery();
}

/// Seconds between the attempts of a delivery that every time ends as `outcome`, without jitter.
std::vector<std::uint64_t> schedule(const delivery_policy& policy, attempt_outcome outcome) {
  std::vector<std::uint64_t> waits;
  for (std::uint32_t attempts = 1; attempts < 1000; ++attempts) {
    const auto next = next_attempt(policy, attempts, outcome, 0);
    if (next.what != decision::kind::retry) return waits;
    waits.push_back(next.delay / 1000);
  }
  throw std::runtime_error("a delivery that never ends");
}

/// Whether any stretch of `milliseconds` holds more than `limit` of `times`, which are ascending.
/// Counts each stretch that begins at an attempt: the fullest one does.
bool keeps(const rate_window& window, const std::vector<std::int64_t>& times) {
  for (const auto start : times) {
    const auto inside = std::count_if(times.begin(), times.end(), [&](std::int64_t time) {
      return time >= start && time < start + static_cast<std::int64_t>(window.milliseconds);
    });
    if (inside > static_cast<std::int64_t>(window.limit)) return false;
  }
  return true;
}

bool keeps_all(std::span<const rate_window> windows, std::vector<std::int64_t> times,
               std::int64_t one_more) {
  times.push_back(one_more);
  return std::all_of(windows.begin(), windows.end(),
                     [&](const rate_window& window) { return keeps(window, times); });
}

}  // namespace

TEST_CASE("only 2xx delivers, and 410 disables, whatever the policy") {
  random_source random(1);
  for (int round = 0; round < 200; ++round) {
    const auto policy = random_policy(random);
    for (std::uint16_t status = 100; status < 600; ++status) {
      const auto next = next_attempt(policy, 1 + random.below(9), {answered, status, 0}, random.any());
      CAPTURE(status);
      REQUIRE((next.what == decision::kind::delivered) == (status >= 200 && status < 300));
      REQUIRE((next.what == decision::kind::disable) == (status == 410));
    }
  }
}

TEST_CASE("an answer that is not valid is no delivery, and is not asked for again") {
  random_source random(7);
  for (int round = 0; round < 2000; ++round) {
    const auto policy = random_policy(random);
    auto outcome = random_outcome(random);
    const auto attempts = 1 + random.below(9);
    const auto entropy = random.any();
    const auto otherwise = next_attempt(policy, attempts, outcome, entropy);
    outcome.valid = false;
    const auto next = next_attempt(policy, attempts, outcome, entropy);
    const bool success = otherwise.what == decision::kind::delivered;
    REQUIRE(next.what == (success ? decision::kind::failed : otherwise.what));
    REQUIRE(next.delay == otherwise.delay);
  }
}

TEST_CASE("the delays bound the attempts: one more than their number, never more") {
  random_source random(2);
  for (int round = 0; round < 2000; ++round) {
    const auto policy = random_policy(random);
    const auto outcome = random_outcome(random);
    const auto attempts = 1 + random.below(20);
    const auto next = next_attempt(policy, attempts, outcome, random.any());
    if (attempts > policy.delays.size()) REQUIRE(next.what != decision::kind::retry);
  }
  const delivery_policy once;
  CHECK(next_attempt(once, 1, {answered, 500, 0}, 0).what == decision::kind::failed);
}

TEST_CASE("a redirect is a failed attempt, and is retried") {
  constexpr static std::uint32_t delays[] = {1};
  delivery_policy policy;
  policy.delays = delays;
  policy.final_client_errors = true;
  for (std::uint16_t status : {300, 301, 302, 304, 307, 308}) {
    CHECK(next_attempt(policy, 1, {answered, status, 0}, 0).what == decision::kind::retry);
    CHECK(next_attempt(policy, 2, {answered, status, 0}, 0).what == decision::kind::failed);
  }
}

TEST_CASE("what is final is never retried, and all else is while delays are left") {
  random_source random(3);
  for (int round = 0; round < 5000; ++round) {
    const auto policy = random_policy(random);
    const auto outcome = random_outcome(random);
    const auto status = outcome.status;
    if (outcome.how == answered && (status / 100 == 2 || status == 410)) continue;
    const auto& finals = policy.final_statuses;
    const bool client_error = outcome.how == answered && status / 100 == 4 && status != 408 && status != 429;
    const bool final = (outcome.how == timed_out && policy.final_timeouts) ||
                       (client_error && policy.final_client_errors) ||
                       (outcome.how == answered &&
                        std::find(finals.begin(), finals.end(), status) != finals.end());
    const auto attempts = 1 + random.below(9);
    const bool retried = next_attempt(policy, attempts, outcome, random.any()).what == decision::kind::retry;
    CAPTURE(status, static_cast<int>(outcome.how), attempts);
    REQUIRE(retried == (!final && attempts <= policy.delays.size()));
  }
}

TEST_CASE("jitter and Retry-After only ever lengthen a delay, and both are bounded") {
  random_source random(4);
  for (int round = 0; round < 20000; ++round) {
    const auto policy = random_policy(random);
    const auto outcome = random_outcome(random);
    const auto attempts = 1 + random.below(9);
    const auto next = next_attempt(policy, attempts, outcome, random.any());
    if (next.what != decision::kind::retry) continue;
    const std::uint64_t asked = std::min(outcome.retry_after, policy.retry_after_cap);
    const std::uint64_t floor = std::max<std::uint64_t>(policy.delays[attempts - 1], asked) * 1000;
    CAPTURE(floor, policy.jitter_percent, next.delay);
    REQUIRE(next.delay >= floor);
    REQUIRE(next.delay <= floor + floor * policy.jitter_percent / 100);
  }
}

TEST_CASE("entropy spreads the jitter from nothing to nearly all of it, rising") {
  std::uint32_t delays[] = {1000};
  delivery_policy policy;
  policy.delays = delays;
  policy.jitter_percent = 20;
  const auto delay = [&](std::uint32_t entropy) {
    return next_attempt(policy, 1, {unreachable, 0, 0}, entropy).delay;
  };
  CHECK(delay(0) == 1000000);
  CHECK(delay(most_entropy / 2) == Approx(1100000).margin(1));
  CHECK(delay(most_entropy) == Approx(1200000).margin(1));
  delays[0] = 30 * 86400;  // the longest that a dialect may say, with the most jitter
  policy.jitter_percent = 100;
  CHECK(delay(most_entropy) == Approx(2.0 * 30 * 86400 * 1000).margin(1));
  random_source random(5);
  for (int round = 0; round < 1000; ++round) {
    const auto pair = std::minmax({random.any(), random.any()});
    REQUIRE(delay(pair.first) <= delay(pair.second));
  }
}

TEST_CASE("a Retry-After is a floor up to its cap, and without a cap it is not honoured") {
  constexpr static std::uint32_t delays[] = {60};
  delivery_policy policy;
  policy.delays = delays;
  const auto wait = [&](std::uint32_t seconds) {
    return next_attempt(policy, 1, {answered, 503, seconds}, 0).delay / 1000;
  };
  CHECK(wait(3600) == 60);
  policy.retry_after_cap = 600;
  CHECK(wait(0) == 60);
  CHECK(wait(30) == 60);
  CHECK(wait(90) == 90);
  CHECK(wait(3600) == 600);
  CHECK(wait(0xffffffff) == 600);
}

TEST_CASE("Platform Core makes six attempts, after 15, 60, 300, 900 and 3600 seconds") {
  const auto policy = policy_of("platform-core");
  const std::vector<std::uint64_t> waits = {15, 60, 300, 900, 3600};
  CHECK(schedule(policy, {answered, 500, 0}) == waits);
  CHECK(schedule(policy, {answered, 400, 0}) == waits);
  CHECK(schedule(policy, {timed_out, 0, 0}) == waits);
  CHECK(schedule(policy, {unreachable, 0, 0}) == waits);
}

TEST_CASE("OST makes 28 attempts over 90360 seconds") {
  const auto waits = schedule(policy_of("ost"), {answered, 302, 0});
  REQUIRE(waits.size() == 27);
  CHECK(waits[0] == 60);
  CHECK(waits[1] == 300);
  CHECK(std::all_of(waits.begin() + 2, waits.end(), [](auto wait) { return wait == 3600; }));
  CHECK(std::accumulate(waits.begin(), waits.end(), std::uint64_t{0}) == 90360);
}

TEST_CASE("Cosmo makes seven attempts, none after a time-out or a 4xx other than 429") {
  const auto policy = policy_of("cosmo");
  const std::vector<std::uint64_t> waits = {2, 4, 8, 16, 32, 64};
  CHECK(schedule(policy, {answered, 500, 0}) == waits);
  CHECK(schedule(policy, {answered, 429, 0}) == waits);
  CHECK(schedule(policy, {unreachable, 0, 0}) == waits);
  CHECK(schedule(policy, {timed_out, 0, 0}).empty());
  CHECK(schedule(policy, {answered, 404, 0}).empty());
  CHECK(schedule(policy, {answered, 408, 0}).empty());
  CHECK(policy.jitter_percent == 20);
  CHECK(next_attempt(policy, 1, {answered, 429, 30}, 0).delay == 30000);
}

TEST_CASE("an attempt is as early as every window allows, by brute force") {
  random_source random(6);
  for (int round = 0; round < 3000; ++round) {
    std::vector<rate_window> windows(random.below(4));
    for (auto& window : windows) window = {1 + random.below(5), 1 + random.below(40)};
    std::vector<std::int64_t> times;
    std::int64_t now = random.below(20);
    for (auto count = random.below(12); count > 0; --count) {
      times.push_back(earliest_attempt(windows, times, now));
      now = times.back() + (random.coin() ? 0 : random.below(15));
    }
    const auto earliest = earliest_attempt(windows, times, now);
    REQUIRE(earliest >= now);
    REQUIRE(keeps_all(windows, times, earliest));
    for (auto sooner = now; sooner < earliest; ++sooner) REQUIRE_FALSE(keeps_all(windows, times, sooner));
  }
}

TEST_CASE("only the newest attempts of a window matter") {
  const std::vector<rate_window> windows = {{2, 1000}};
  const std::vector<std::int64_t> all = {0, 10, 20, 5000, 5400};
  const std::vector<std::int64_t> newest = {5000, 5400};
  CHECK(earliest_attempt(windows, all, 5500) == 6000);
  CHECK(earliest_attempt(windows, newest, 5500) == 6000);
  CHECK(earliest_attempt(windows, {}, 7) == 7);
  CHECK(earliest_attempt({}, all, 7) == 7);
}

TEST_CASE("Platform Core's two windows both hold under a burst of 2500 events") {
  const auto policy = policy_of("platform-core");
  REQUIRE(policy.rate.size() == 2);
  CHECK(policy.rate[0].limit == 100);
  CHECK(policy.rate[0].milliseconds == 10000);
  CHECK(policy.rate[1].limit == 1000);
  CHECK(policy.rate[1].milliseconds == 60000);
  std::vector<std::int64_t> times;
  std::int64_t now = 1700000000000;
  const auto start = now;
  for (int i = 0; i < 2500; ++i) times.push_back(now = earliest_attempt(policy.rate, times, now));
  for (const auto& window : policy.rate) {
    for (std::size_t i = window.limit; i < times.size(); ++i) {
      REQUIRE(times[i] - times[i - window.limit] >= window.milliseconds);
    }
  }
  // 25 bursts of 100: the last one as early as the narrower window lets it be.
  CHECK(times.back() - start == 24 * 10000);
}

TEST_CASE("an endpoint is given up after its patience and never before, wherever the clock stands") {
  random_source random(11);
  for (int round = 0; round < 5000; ++round) {
    const std::int64_t failing = std::int64_t{random.any()} * random.below(1000);
    const std::uint32_t patience = random.below(10'000'000);
    const std::int64_t end = failing + std::int64_t{patience} * 1000;
    CAPTURE(failing, patience);
    if (patience > 0) REQUIRE_FALSE(gives_up(failing, end - 1, patience));
    REQUIRE(gives_up(failing, end + (patience == 0), patience));
    REQUIRE(gives_up(failing, end + 1 + random.any(), patience));
    REQUIRE_FALSE(gives_up(failing, failing - random.any(), patience));
  }
}
