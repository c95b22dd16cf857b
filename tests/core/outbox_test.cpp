// What a queue does, as properties over seeded random queues: which deliveries begin, when the next may,
// in which line each waits, and what an attempt means for its endpoint.
#include <catch2/catch.hpp>

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "waxseal/outbox.hpp"

namespace {

using waxseal::admission;
using waxseal::attempt_outcome;
using waxseal::decision;
using waxseal::delivery_policy;
using waxseal::disabling;
using waxseal::endpoint_health;
using waxseal::line_of;
using waxseal::open_attempt;
using waxseal::ordering;
using waxseal::queued;
using waxseal::rate_window;
using milliseconds = std::int64_t;

class random_source {
 public:
  explicit random_source(std::uint32_t seed) : engine_(seed) {}
  std::uint32_t below(std::uint32_t bound) { return engine_() % bound; }
  std::uint32_t any() { return engine_(); }
  bool coin() { return engine_() & 1; }

 private:
  std::mt19937 engine_;
};

struct queue {
  std::vector<rate_window> windows;
  std::uint32_t concurrency = 1;
  std::vector<milliseconds> past;
  std::vector<open_attempt> open;
  std::vector<queued> waiting;

  /// The places in `waiting` that begin at `now`; `again` is then when the next may.
  std::vector<std::uint32_t> begins(milliseconds now, milliseconds& again) const {
    std::vector<std::uint32_t> places(concurrency);
    const admission made = admit(windows, concurrency, past, open, waiting, now, places);
    again = made.again;
    places.resize(made.count);
    return places;
  }
  std::vector<std::uint32_t> begins(milliseconds now) const {
    milliseconds again;
    return begins(now, again);
  }
};

queue random_queue(random_source& random, milliseconds now) {
  queue made;
  for (auto left = random.below(3); left > 0; --left) made.windows.push_back({1 + random.below(4), 1 + random.below(60)});
  made.concurrency = 1 + random.below(5);
  milliseconds at = now - 60;
  for (auto left = random.below(8); left > 0; --left) {
    at = earliest_attempt(made.windows, made.past, at + random.below(10));
    if (at <= now) made.past.push_back(at);
  }
  std::set<std::uint64_t> on_their_way;
  for (auto left = random.below(3); left > 0; --left) {
    const std::uint64_t line = random.below(4);
    if (line == 0 || on_their_way.insert(line).second) made.open.push_back({now - random.below(5000), line});
  }
  for (auto left = random.below(9); left > 0; --left) made.waiting.push_back({now - 20 + random.below(40), random.below(4)});
  return made;
}

/// Whether one of its line came before, or is on its way.
bool is_held(const queue& of, std::size_t which) {
  const auto line = of.waiting[which].line;
  if (line == 0) return false;
  const auto same = [&](const auto& other) { return other.line == line; };
  return std::any_of(of.open.begin(), of.open.end(), same) || std::any_of(of.waiting.begin(), of.waiting.begin() + static_cast<std::ptrdiff_t>(which), same);
}

/// Whether `more` attempts at `now` keep every window at the receiver, counted by brute force.
bool keeps_windows(const queue& of, milliseconds now, std::size_t more) {
  std::vector<milliseconds> times = of.past;
  for (const auto& one : of.open) times.push_back(waxseal::arrival(one.began, now - one.began));
  times.insert(times.end(), more, now);
  return std::all_of(of.windows.begin(), of.windows.end(), [&](const rate_window& window) {
    const auto inside = std::count_if(times.begin(), times.end(), [&](milliseconds time) { return time > now - static_cast<milliseconds>(window.milliseconds); });
    return inside <= static_cast<std::ptrdiff_t>(window.limit);
  });
}

constexpr milliseconds start = 1'700'000'000'000;

}  // namespace

TEST_CASE("what begins is due, first of its line, within the concurrency and every window") {
  random_source random(1);
  unsigned begun = 0;
  for (int round = 0; round < 20'000; ++round) {
    const queue one = random_queue(random, start);
    const auto places = one.begins(start);
    begun += static_cast<unsigned>(places.size());
    std::set<std::uint64_t> lines;
    for (const auto place : places) {
      REQUIRE(place < one.waiting.size());
      REQUIRE(one.waiting[place].due <= start);
      REQUIRE_FALSE(is_held(one, place));
      REQUIRE((one.waiting[place].line == 0 || lines.insert(one.waiting[place].line).second));
    }
    REQUIRE(std::set<std::uint32_t>(places.begin(), places.end()).size() == places.size());
    REQUIRE(one.open.size() + places.size() <= std::max<std::size_t>(one.concurrency, one.open.size()));
    if (!places.empty()) REQUIRE(keeps_windows(one, start, places.size()));
  }
  CHECK(begun > 10'000);
}

TEST_CASE("nothing that may begin is left: only the line, the concurrency or a window holds it back") {
  random_source random(2);
  for (int round = 0; round < 20'000; ++round) {
    const queue one = random_queue(random, start);
    const auto places = one.begins(start);
    if (one.open.size() + places.size() >= one.concurrency || !keeps_windows(one, start, places.size() + 1)) continue;
    for (std::uint32_t i = 0; i < one.waiting.size(); ++i) {
      const bool begins = std::find(places.begin(), places.end(), i) != places.end();
      REQUIRE(begins == (one.waiting[i].due <= start && !is_held(one, i)));
    }
  }
}

TEST_CASE("the longest due begins first, and of two the one that came first") {
  const queue one{{}, 2, {}, {}, {{start - 1, 0}, {start - 5, 0}, {start - 5, 0}, {start, 0}}};
  CHECK(one.begins(start) == std::vector<std::uint32_t>{1, 2});
}

TEST_CASE("the queue is looked at again exactly when the next may begin") {
  random_source random(3);
  unsigned waits = 0;
  for (int round = 0; round < 5'000; ++round) {
    queue one = random_queue(random, start);
    one.open.clear();  // those on their way may end at any time, which is a look of its own
    if (!one.begins(start).empty()) continue;
    milliseconds again;
    one.begins(start, again);
    if (again == admission::never) {
      REQUIRE(one.waiting.empty());
      continue;
    }
    ++waits;
    REQUIRE(again > start);
    REQUIRE_FALSE(one.begins(again).empty());
    for (auto sooner = start; sooner < again; ++sooner) REQUIRE(one.begins(sooner).empty());
  }
  CHECK(waits > 500);
}

TEST_CASE("an attempt on its way counts as arriving now, and 2 s after its start at the latest") {
  CHECK(waxseal::arrival(start, 30) == start + 30);
  CHECK(waxseal::arrival(start, 30'000) == start + 2000);
  CHECK(waxseal::arrival(start, -5) == start);  // a clock set back
  queue one{{{1, 1000}}, 8, {}, {{start - 100, 0}}, {{start, 0}}};
  milliseconds again;
  CHECK(one.begins(start, again).empty());
  CHECK(again == start + 1000);
  one.open[0].began = start - 3001;
  CHECK(one.begins(start).size() == 1);
}

TEST_CASE("a failed attempt begins what has failed, a success ends it; 410 or its patience disables, by brute force") {
  random_source random(4);
  constexpr static std::uint32_t delays[] = {1, 2, 3};
  delivery_policy policy;
  policy.delays = delays;
  unsigned disabled = 0;
  for (int round = 0; round < 20'000; ++round) {
    endpoint_health health{random.coin() ? 0 : start - random.below(100'000), start - random.below(100'000), {}};
    if (random.coin()) health.patience = random.below(100);
    const milliseconds began = start - random.below(2000);
    attempt_outcome outcome{static_cast<attempt_outcome::kind>(random.below(3))};
    constexpr std::uint16_t statuses[] = {200, 204, 302, 404, 410, 500};
    if (outcome.how == attempt_outcome::kind::answered) outcome.status = statuses[random.below(6)];
    const auto entropy = random.any();
    const auto attempts = 1 + random.below(5);
    const auto after = conclude(policy, attempts, outcome, entropy, health, began, start);
    const auto alone = next_attempt(policy, attempts, outcome, entropy);
    REQUIRE((after.next.what == alone.what && after.next.delay == alone.delay));
    if (alone.what == decision::kind::delivered) {
      REQUIRE((after.failing == 0 && after.disable == disabling::none));
      continue;
    }
    const milliseconds failing = health.failing ? health.failing : began, since = std::max(failing, health.changed);
    REQUIRE(after.failing == failing);
    REQUIRE(after.since == since);
    const bool too_long = health.patience && start - since >= milliseconds{*health.patience} * 1000 && start > since;
    const auto why = alone.what == decision::kind::disable ? disabling::gone : too_long ? disabling::failing : disabling::none;
    REQUIRE(after.disable == why);
    disabled += why == disabling::failing;
  }
  CHECK(disabled > 100);
}

TEST_CASE("no retry is put off longer than the longest delay") {
  random_source random(5);
  for (int round = 0; round < 5'000; ++round) {
    std::uint32_t delays[4];
    for (auto& delay : delays) delay = random.below(100'000);
    delivery_policy policy;
    policy.delays = {delays, random.below(5)};
    policy.jitter_percent = random.below(101);
    policy.retry_after_cap = random.below(100'000);
    const auto next = next_attempt(policy, 1 + random.below(4), {attempt_outcome::kind::answered, 503, random.below(200'000)}, random.any());
    REQUIRE(next.delay <= longest_delay(policy));
  }
  constexpr static rate_window windows[] = {{7, 1000}, {90, 60'000}, {8, 5}};
  CHECK(waxseal::widest(windows) == 90);
  CHECK(waxseal::widest({}) == 0);
}

TEST_CASE("a message waits in the line of its key: given with it, in the body, or in a header") {
  const waxseal::header headers[] = {{"X-Customer", "ada"}, {"x-other", "b"}};
  const auto line = [&](ordering how, std::string_view key, std::string_view body) { return line_of(how, {key, headers, body}); };
  const ordering none{}, all{ordering::kind::all, {}, {}}, given{ordering::kind::by_key, {}, {}};
  const ordering by_pointer{ordering::kind::by_key, "/user/id", {}}, by_header{ordering::kind::by_key, {}, "x-customer"};
  CHECK(line(none, "k", "{}") == "");
  CHECK(line(all, "k", "{}") == line(all, "", "no JSON"));
  CHECK(line(all, "", "") != "");
  CHECK(line(given, "", "{}") == "");
  CHECK(line(given, "*", "{}") != line(all, "", "{}"));
  CHECK(line(by_header, "", "{}") == line(given, "ada", "{}"));
  CHECK(line({ordering::kind::by_key, {}, "x-none"}, "", "{}") == "");
  const auto of_body = [&](const char* body) { return line(by_pointer, "", body); };
  CHECK(of_body(R"({"user":{"id":"7"}})") == line(given, "7", ""));
  CHECK(of_body(R"({"user":{"id":7}})") == of_body(R"({"user":{"id":"\u0037"}})"));
  CHECK(of_body(R"({"user":{"id":7}})") != of_body(R"({"user":{"id":8}})"));
  CHECK(of_body(R"({"user":{"id":true}})") == line(given, "true", ""));
  CHECK(line(by_pointer, "k", R"({"user":{"id":7}})") == line(given, "k", ""));
  for (const char* keyless : {R"({"user":{"id":null}})", R"({"user":{"id":[7]}})", R"({"user":{}})", R"({"user":7})", "{", "", "[]",
                              R"({"user":{"id":1,"id":2}})"}) {
    CAPTURE(keyless);
    CHECK(of_body(keyless) == "");
  }
}

TEST_CASE("a long key names a line of its own, in bounded room") {
  const ordering given{ordering::kind::by_key, {}, {}};
  const std::string longest(waxseal::max_line - 1, 'k'), longer(100'000, 'k');
  CHECK(line_of(given, {longest, {}, {}}) == "=" + longest);
  const std::string line = line_of(given, {longer, {}, {}});
  CHECK(line.size() <= waxseal::max_line);
  CHECK(line != line_of(given, {longer + "l", {}, {}}));
}
