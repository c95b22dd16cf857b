// An endpoint's life in virtual time: an Outbox reduced to what it asks the core, under random policies,
// windows, orders, concurrencies, outcomes, slow answers and restarts. Every seed is held to the same promises, and every
// way of breaking one on purpose is found out.
//
// 100,000 seeds unless WAXSEAL_SEEDS says otherwise; a failing seed is printed, and WAXSEAL_SEED runs it alone:
//   WAXSEAL_SEEDS=1000000 build/native/tests/core/core_tests --filenames-as-tags "[#simulation_test]"
#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "waxseal/outbox.hpp"

namespace {

using waxseal::attempt_outcome;
using waxseal::decision;
using waxseal::delivery_policy;
using waxseal::ordering;
using waxseal::rate_window;
using milliseconds = std::int64_t;
using kind = attempt_outcome::kind;

/// What may be broken on purpose.
enum class mutant {
  none, ignores_windows, counts_only_answered, hurries, one_more, one_less, out_of_line, overtakes_a_retry, overtakes_an_attempt,
  one_line_for_all, crowds, idles, forgets_restart, counts_cut_from_start, loses_alarm, impatient, never_disables
};
constexpr mutant mutants[] = {
    mutant::ignores_windows, mutant::counts_only_answered, mutant::hurries, mutant::one_more, mutant::one_less,
    mutant::out_of_line, mutant::overtakes_a_retry, mutant::overtakes_an_attempt, mutant::one_line_for_all, mutant::crowds,
    mutant::idles, mutant::forgets_restart, mutant::counts_cut_from_start, mutant::loses_alarm, mutant::impatient,
    mutant::never_disables};

/// splitmix64: a seed's numbers are the same on every machine.
class random_source {
 public:
  explicit random_source(std::uint64_t seed) : state_(seed) {}
  std::uint32_t any() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return static_cast<std::uint32_t>((z ^ z >> 31) >> 32);
  }
  std::uint32_t below(std::uint32_t bound) { return any() % bound; }
  bool one_in(std::uint32_t chances) { return below(chances) == 0; }

 private:
  std::uint64_t state_;
};

enum class state { pending, sending, delivered, failed };

struct delivery {
  state is = state::pending;
  milliseconds due = 0;
  std::uint32_t key = 0;  ///< 0: none
  unsigned attempts = 0;  ///< that were recorded
};

struct attempt {
  std::size_t of;
  milliseconds began, ends, arrives;
  attempt_outcome outcome;
};

struct totals {
  std::uint64_t deliveries = 0, attempts = 0, delivered = 0, failed = 0, disabled = 0, restarts = 0, gated = 0;
  std::uint64_t held = 0, passed = 0, at_once = 0;  ///< waits for one's line; other keys that passed; attempts beside others
};

class simulation {
 public:
  simulation(std::uint64_t seed, mutant broken, totals& sum) : random_(seed), broken_(broken), sum_(sum) {
    for (auto left = random_.below(7); left > 0; --left) delays_.push_back(random_.below(60));
    for (auto left = random_.below(3); left > 0; --left) windows_.push_back({1 + random_.below(4), 100 + random_.below(20'000)});
    if (random_.one_in(3)) finals_ = {400, 404};
    policy_.delays = delays_, policy_.rate = windows_, policy_.final_statuses = finals_;
    policy_.jitter_percent = random_.below(3) * 20;
    policy_.retry_after_cap = random_.below(2) * 120;
    policy_.timeout = 1 + random_.below(30);
    policy_.final_client_errors = random_.one_in(4), policy_.final_timeouts = random_.one_in(4);
    order_ = static_cast<ordering::kind>(random_.below(3));
    concurrency_ = 1 + random_.below(4);
    patience_ = random_.one_in(4) ? 1 + random_.below(300) : 0;
    success_ = random_.below(5);
    for (auto left = 1 + random_.below(10); left > 0; --left) comes_.push_back(now_ + random_.below(random_.one_in(2) ? 10 : 60'000));
    std::sort(comes_.begin(), comes_.end());
    for (auto left = random_.below(3); left > 0; --left) restarts_.push_back(now_ + random_.below(120'000));
    std::sort(restarts_.begin(), restarts_.end());
    sum_.deliveries += comes_.size();
  }

  /// @return the promise that was broken; empty: none
  std::string run() {
    for (unsigned steps = 0; problem_.empty(); ++steps) {
      if (steps > 20'000) return "it never ends";
      take_up();
      if (!disabled_) start();
      const auto next = next_time();
      if (!next) break;
      now_ = *next;
    }
    if (problem_.empty()) check_end();
    return problem_;
  }

 private:
  void require(bool kept, const char* promise) {
    if (!kept && problem_.empty()) problem_ = promise;
  }

  /// What has happened by now: deliveries that came, attempts that ended, a restart.
  void take_up() {
    while (came_ < comes_.size() && comes_[came_] <= now_) deliveries_.push_back({.due = comes_[came_++], .key = random_.below(4)});
    for (std::size_t i = 0; i < flying_.size();) {
      if (flying_[i].ends > now_) { ++i; continue; }
      const attempt ended = flying_[i];
      flying_.erase(flying_.begin() + static_cast<std::ptrdiff_t>(i));
      finish(ended);
    }
    while (restarted_ < restarts_.size() && restarts_[restarted_] <= now_) restart(), ++restarted_;
  }

  void finish(const attempt& ended) {
    remember(waxseal::arrival(ended.began, ended.ends - ended.began));
    delivery& of = deliveries_[ended.of];
    ++of.attempts;
    const unsigned counted = of.attempts - (broken_ == mutant::one_more && of.attempts > 1 ? 1 : 0) + (broken_ == mutant::one_less ? 1 : 0);
    waxseal::endpoint_health health{failing_, 0, {}};
    if (patience_ && broken_ != mutant::never_disables) health.patience = broken_ == mutant::impatient ? patience_ / 2 : patience_;
    const auto after = waxseal::conclude(policy_, counted, ended.outcome, random_.any(), health, ended.began, now_);
    const decision& next = after.next;
    const bool success = ended.outcome.how == kind::answered && ended.outcome.status / 100 == 2;
    require(success == (next.what == decision::kind::delivered), "2xx is success, and nothing else");
    check_health(ended, success, after);
    of.is = success ? state::delivered : next.what == decision::kind::retry ? state::pending : state::failed;
    if (next.what == decision::kind::retry) check_delay(of, ended.outcome, next);
    if (next.what == decision::kind::failed) require(of.attempts == delays_.size() + 1 || is_final(ended.outcome), "it fails after the last attempt, or where the policy says that no other helps");
  }

  void check_health(const attempt& ended, bool success, const waxseal::aftermath& after) {
    failing_ = after.failing;
    // Told of what happened, not of what the core remembers.
    if (success) failed_since_.reset();
    else if (!failed_since_) failed_since_ = ended.began;
    const bool gone = ended.outcome.how == kind::answered && ended.outcome.status == 410;
    const bool too_long = failed_since_ && patience_ && now_ > *failed_since_ && now_ - *failed_since_ >= milliseconds{patience_} * 1000;
    const auto why = gone ? waxseal::disabling::gone : too_long ? waxseal::disabling::failing : waxseal::disabling::none;
    require(after.disable == why, "an endpoint is disabled by 410 and by failing for as long as its patience, and not before");
    if (after.disable != waxseal::disabling::none) disabled_ = true;
  }

  bool is_final(const attempt_outcome& outcome) const {
    if (outcome.how != kind::answered) return outcome.how == kind::timed_out && policy_.final_timeouts;
    if (std::count(finals_.begin(), finals_.end(), outcome.status)) return true;
    return policy_.final_client_errors && outcome.status >= 400 && outcome.status < 500 && outcome.status != 408 && outcome.status != 429;
  }

  void check_delay(delivery& of, const attempt_outcome& outcome, decision next) {
    milliseconds delay = static_cast<milliseconds>(next.delay);
    if (broken_ == mutant::hurries) delay -= delay / 4 + 1;
    require(of.attempts <= delays_.size(), "no more attempts than the policy has");
    if (of.attempts > delays_.size()) return;
    const milliseconds floor = std::max<milliseconds>(delays_[of.attempts - 1], std::min(outcome.retry_after, policy_.retry_after_cap)) * 1000;
    require(delay >= floor, "a retry waits as long as the schedule and Retry-After say");
    require(delay <= floor + floor * policy_.jitter_percent / 100, "a retry waits no longer than schedule and jitter allow");
    of.due = now_ + delay;
  }

  /// What was on its way is cut off: nobody knows whether it arrived, so it goes out again.
  void restart() {
    ++sum_.restarts;
    for (const auto& cut : flying_) {
      if (cut.arrives > now_) arrivals_.erase(std::find(arrivals_.begin(), arrivals_.end(), cut.arrives));
      remember(waxseal::arrival(cut.began, broken_ == mutant::counts_cut_from_start ? 0 : now_ - cut.began));
      if (broken_ != mutant::forgets_restart) deliveries_[cut.of].is = state::pending, deliveries_[cut.of].due = now_;
    }
    flying_.clear();
  }

  void start() {
    std::vector<std::size_t> places;
    std::vector<waxseal::queued> waiting;
    for (std::size_t i = 0; i < deliveries_.size(); ++i) {
      const delivery& one = deliveries_[i];
      if (one.is != state::pending || (broken_ == mutant::overtakes_a_retry && one.due > now_)) continue;
      places.push_back(i);
      waiting.push_back({one.due, line(one)});
    }
    std::vector<waxseal::open_attempt> open;
    for (const auto& one : flying_) {
      // One that began long ago is in no window any more.
      const milliseconds began = broken_ == mutant::counts_only_answered ? now_ - 1'000'000 : one.began;
      open.push_back({began, broken_ == mutant::overtakes_an_attempt ? 0 : line(deliveries_[one.of])});
    }
    const auto concurrency = static_cast<std::uint32_t>(concurrency_ + (broken_ == mutant::crowds ? 1 : broken_ == mutant::idles && concurrency_ > 1 ? -1 : 0));
    std::uint32_t begins[8];
    const auto windows = broken_ == mutant::ignores_windows ? std::span<const rate_window>() : std::span<const rate_window>(windows_);
    const auto made = waxseal::admit(windows, concurrency, past_, open, waiting, now_, begins);
    for (std::uint32_t i = 0; i < made.count; ++i) begin(places[begins[i]]);
    again_.reset();
    if (made.again != waxseal::admission::never && broken_ != mutant::loses_alarm) again_ = made.again;
    require(made.again > now_, "what may begin now begins now");
    check_idle(made.again);
  }

  /// The line in which the core is told that a delivery stands.
  std::uint32_t line(const delivery& one) const {
    if (order_ == ordering::kind::none || broken_ == mutant::out_of_line) return 0;
    return order_ == ordering::kind::all || broken_ == mutant::one_line_for_all ? 9 : one.key;
  }

  /// Whether `which` has to wait for one that came before it and is not over.
  bool is_held(std::size_t which) const {
    const delivery& one = deliveries_[which];
    for (std::size_t i = 0; i < which; ++i) {
      const delivery& before = deliveries_[i];
      const bool over = before.is == state::delivered || before.is == state::failed;
      const bool same = order_ == ordering::kind::all || (order_ == ordering::kind::by_key && one.key != 0 && one.key == before.key);
      if (same && !over) return true;
    }
    return false;
  }

  /// Nothing that may begin is left lying, and whatever has to wait for time is looked at in time.
  void check_idle(milliseconds again) {
    bool is_gated = false, waits_for_line = false, passes = false;
    for (std::size_t i = 0; i < deliveries_.size(); ++i) {
      if (deliveries_[i].is != state::pending) continue;
      if (is_held(i)) {
        waits_for_line = true;
        continue;
      }
      const bool has_room = flying_.size() < concurrency_;
      const milliseconds earliest = std::max(deliveries_[i].due, waxseal::earliest_attempt(windows_, times(), now_));
      require(!has_room || earliest > now_, "what is due begins where line, concurrency and windows let it");
      require(!has_room || again <= std::max(earliest, deliveries_[i].due), "what waits for time is looked at in time");
      is_gated |= has_room && deliveries_[i].due <= now_;
    }
    for (const auto& one : flying_) passes |= waits_for_line && deliveries_[one.of].key != 0 && order_ == ordering::kind::by_key && flying_.size() > 1;
    sum_.gated += is_gated, sum_.held += waits_for_line, sum_.passed += passes, sum_.at_once += flying_.size() > 1;
  }

  void begin(std::size_t which) {
    ++sum_.attempts;
    require(!is_held(which), "one after the other, of all or of one key, where asked");
    require(deliveries_[which].due <= now_, "nothing begins before it is due");
    require(flying_.size() < concurrency_, "no more at a time than asked");
    require(deliveries_[which].attempts <= delays_.size(), "no more attempts than the policy has");
    deliveries_[which].is = state::sending;
    attempt made{which, now_, now_, now_, outcome()};
    const milliseconds took = made.outcome.how == kind::timed_out ? policy_.timeout * 1000 : 1 + random_.below(random_.one_in(3) ? policy_.timeout * 1000 : 50);
    made.ends = now_ + took;
    made.arrives = now_ + std::min<milliseconds>(random_.below(static_cast<std::uint32_t>(took) + 1), waxseal::longest_way);
    arrivals_.push_back(made.arrives);
    flying_.push_back(made);
  }

  attempt_outcome outcome() {
    if (random_.below(5) < success_) return {kind::answered, static_cast<std::uint16_t>(200 + random_.below(7)), 0};
    constexpr std::uint16_t statuses[] = {500, 503, 429, 302, 400, 404, 408, 199, 0};
    switch (random_.below(6)) {
      case 0: return {kind::timed_out, 0, 0};
      case 1: return {kind::unreachable, 0, 0};
      case 2: return {kind::answered, 503, random_.below(400)};
      default: return {kind::answered, random_.one_in(40) ? std::uint16_t{410} : statuses[random_.below(9)], 0};
    }
  }

  /// Times of past attempts as the rate windows count them, those on their way as of now.
  std::vector<milliseconds> times() const {
    std::vector<milliseconds> all = past_;
    for (const auto& one : flying_) all.push_back(waxseal::arrival(one.began, now_ - one.began));
    std::sort(all.begin(), all.end());
    return all;
  }
  void remember(milliseconds at) { past_.insert(std::upper_bound(past_.begin(), past_.end(), at), at); }

  /// When something happens next; nothing: all is quiet.
  std::optional<milliseconds> next_time() {
    std::optional<milliseconds> next;
    const auto consider = [&](milliseconds at) {
      if (at > now_ && (!next || at < *next)) next = at;
    };
    if (came_ < comes_.size()) consider(comes_[came_]);
    for (const auto& one : flying_) consider(one.ends);
    if (!flying_.empty() && restarted_ < restarts_.size()) consider(restarts_[restarted_]);
    if (again_ && !disabled_) consider(*again_);
    return next;
  }

  void check_end() {
    require(came_ == comes_.size() && flying_.empty(), "all that came was taken up");
    for (const auto& one : deliveries_) {
      const bool over = one.is == state::delivered || one.is == state::failed;
      require(over || (disabled_ && one.is == state::pending), "what was accepted is delivered, failed or waits at a disabled endpoint");
      ++(one.is == state::delivered ? sum_.delivered : one.is == state::failed ? sum_.failed : sum_.disabled);
    }
    std::sort(arrivals_.begin(), arrivals_.end());
    for (const auto& window : windows_) {
      for (std::size_t i = window.limit; i < arrivals_.size(); ++i) {
        require(arrivals_[i] - arrivals_[i - window.limit] >= window.milliseconds, "no window holds more than its limit at the receiver");
      }
    }
  }

  random_source random_;
  const mutant broken_;
  totals& sum_;
  std::vector<std::uint32_t> delays_, finals_;
  std::vector<rate_window> windows_;
  delivery_policy policy_;
  ordering::kind order_ = ordering::kind::none;
  bool disabled_ = false;
  std::size_t concurrency_ = 1, came_ = 0, restarted_ = 0;
  std::uint32_t patience_ = 0, success_ = 0;
  std::vector<milliseconds> comes_, restarts_, past_, arrivals_;
  std::vector<delivery> deliveries_;
  std::vector<attempt> flying_;
  std::optional<milliseconds> again_, failed_since_;
  milliseconds now_ = 1'700'000'000'000, failing_ = 0;
  std::string problem_;
};

std::uint64_t number(const char* name, std::uint64_t otherwise) {
  const char* const given = std::getenv(name);
  return given ? std::strtoull(given, nullptr, 10) : otherwise;
}

}  // namespace

TEST_CASE("every delivery of every seed keeps what the policy promises") {
  const std::uint64_t one = number("WAXSEAL_SEED", 0), seeds = one ? one : number("WAXSEAL_SEEDS", 100'000);
  totals sum;
  for (std::uint64_t seed = one ? one : 1; seed <= seeds; ++seed) {
    const std::string problem = simulation(seed, mutant::none, sum).run();
    if (problem.empty()) continue;
    INFO("seed " << seed);
    REQUIRE(problem == "");
  }
  std::cout << "simulation: " << (one ? 1 : seeds) << " seeds, " << sum.deliveries << " deliveries, " << sum.attempts << " attempts, "
            << sum.restarts << " restarts, " << sum.gated << " waits for a window, " << sum.held << " for a line, "
            << sum.passed << " passed by other keys; " << sum.delivered << " delivered, " << sum.failed
            << " failed, " << sum.disabled << " at a disabled endpoint\n";
  CHECK(sum.delivered + sum.failed + sum.disabled == sum.deliveries);
  if (one) return;
  for (const auto count : {sum.attempts, sum.restarts, sum.gated, sum.held, sum.passed, sum.at_once, sum.delivered, sum.failed, sum.disabled}) CHECK(count > seeds / 100);
}

TEST_CASE("each way of breaking a promise is found out within a thousand seeds") {
  for (const mutant broken : mutants) {
    totals sum;
    unsigned found = 0;
    for (std::uint64_t seed = 1; seed <= 1000; ++seed) found += !simulation(seed, broken, sum).run().empty();
    INFO("mutant " << static_cast<int>(broken));
    CHECK(found > 0);
  }
}
