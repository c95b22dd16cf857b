// An endpoint's life in virtual time: an Outbox reduced to what it asks the core, under random policies,
// windows, order, outcomes, slow answers and restarts. Every seed is held to the same promises, and every
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

#include "waxseal/delivery.hpp"

namespace {

using waxseal::attempt_outcome;
using waxseal::decision;
using waxseal::delivery_policy;
using waxseal::rate_window;
using milliseconds = std::int64_t;
using kind = attempt_outcome::kind;

/// What may be broken on purpose.
enum class mutant { none, ignores_windows, counts_only_answered, hurries, one_more, one_less, out_of_line, crowds, forgets_restart, counts_cut_from_start, loses_due };
constexpr mutant mutants[] = {mutant::ignores_windows, mutant::counts_only_answered, mutant::hurries, mutant::one_more,
                              mutant::one_less, mutant::out_of_line, mutant::crowds, mutant::forgets_restart, mutant::counts_cut_from_start, mutant::loses_due};

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
  unsigned attempts = 0;  ///< that were recorded
};

struct attempt {
  std::size_t of;
  milliseconds began, ends, arrives;
  attempt_outcome outcome;
};

struct totals {
  std::uint64_t deliveries = 0, attempts = 0, delivered = 0, failed = 0, disabled = 0, restarts = 0, gated = 0;
};

/// The latest time at which the receiver may have seen an attempt that took so long (functions/relay/pace.ts).
constexpr milliseconds arrival = 2000;
milliseconds seen(milliseconds began, milliseconds took) { return began + std::min(took, arrival); }

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
    ordered_ = random_.one_in(3);
    concurrency_ = ordered_ ? 1 : 1 + random_.below(4);
    patience_ = random_.one_in(4) ? 1 + random_.below(300) : 0;
    success_ = random_.below(5);
    for (auto left = 1 + random_.below(10); left > 0; --left) comes_.push_back(random_.below(random_.one_in(2) ? 10 : 60'000));
    std::sort(comes_.begin(), comes_.end());
    for (auto left = random_.below(3); left > 0; --left) restarts_.push_back(random_.below(120'000));
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
    while (came_ < comes_.size() && comes_[came_] <= now_) deliveries_.push_back({.due = comes_[came_++]});
    for (std::size_t i = 0; i < flying_.size();) {
      if (flying_[i].ends > now_) { ++i; continue; }
      const attempt ended = flying_[i];
      flying_.erase(flying_.begin() + static_cast<std::ptrdiff_t>(i));
      finish(ended);
    }
    while (restarted_ < restarts_.size() && restarts_[restarted_] <= now_) restart(), ++restarted_;
  }

  void finish(const attempt& ended) {
    remember(seen(ended.began, ended.ends - ended.began));
    delivery& of = deliveries_[ended.of];
    ++of.attempts;
    const unsigned counted = of.attempts - (broken_ == mutant::one_more && of.attempts > 1 ? 1 : 0) + (broken_ == mutant::one_less ? 1 : 0);
    const decision next = waxseal::next_attempt(policy_, counted, ended.outcome, random_.any());
    const bool success = ended.outcome.how == kind::answered && ended.outcome.status / 100 == 2;
    require(success == (next.what == decision::kind::delivered), "2xx is success, and nothing else");
    if (success) failing_ = -1;
    else if (failing_ < 0) failing_ = ended.began;
    of.is = success ? state::delivered : next.what == decision::kind::retry ? state::pending : state::failed;
    if (next.what == decision::kind::retry) check_delay(of, ended.outcome, next);
    if (next.what == decision::kind::failed) require(of.attempts == delays_.size() + 1 || is_final(ended.outcome), "it fails after the last attempt, or where the policy says that no other helps");
    if (next.what == decision::kind::disable) disabled_ = true;
    if (!success && patience_ && waxseal::gives_up(failing_, now_, patience_)) disabled_ = true;
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
    of.due = broken_ == mutant::loses_due ? -1 : now_ + delay;
  }

  /// What was on its way is cut off: nobody knows whether it arrived, so it goes out again.
  void restart() {
    ++sum_.restarts;
    for (const auto& cut : flying_) {
      if (cut.arrives > now_) arrivals_.erase(std::find(arrivals_.begin(), arrivals_.end(), cut.arrives));
      remember(seen(cut.began, broken_ == mutant::counts_cut_from_start ? 0 : now_ - cut.began));
      if (broken_ != mutant::forgets_restart) deliveries_[cut.of].is = state::pending, deliveries_[cut.of].due = now_;
    }
    flying_.clear();
  }

  void start() {
    gate_.reset();
    for (;;) {
      const std::size_t room = concurrency_ + (broken_ == mutant::crowds ? 1 : 0);
      const auto due = flying_.size() < room ? pick() : std::nullopt;
      if (!due) return;
      const auto earliest = broken_ == mutant::ignores_windows ? now_ : waxseal::earliest_attempt(policy_.rate, times(), now_);
      require(earliest >= now_, "no attempt belongs into the past");
      if (earliest > now_) {
        ++sum_.gated;
        gate_ = earliest;
        return;
      }
      begin(*due);
    }
  }

  /// The next delivery that is due: in order the oldest that is not finished, else the one due first.
  std::optional<std::size_t> pick() const {
    std::optional<std::size_t> first;
    for (std::size_t i = 0; i < deliveries_.size(); ++i) {
      const delivery& one = deliveries_[i];
      const bool due = one.is == state::pending && one.due >= 0 && one.due <= now_;
      if (ordered_ && broken_ != mutant::out_of_line && (one.is == state::pending || one.is == state::sending)) return due ? std::optional(i) : std::nullopt;
      if (due && (!first || one.due < deliveries_[*first].due)) first = i;
    }
    return first;
  }

  void begin(std::size_t which) {
    ++sum_.attempts;
    if (ordered_) {
      for (std::size_t i = 0; i < which; ++i) require(deliveries_[i].is == state::delivered || deliveries_[i].is == state::failed, "one after the other, where asked");
    }
    require(flying_.size() < concurrency_, "no more at a time than asked");
    require(deliveries_[which].attempts <= delays_.size(), "no more attempts than the policy has");
    deliveries_[which].is = state::sending;
    attempt made{which, now_, now_, now_, outcome()};
    const milliseconds took = made.outcome.how == kind::timed_out ? policy_.timeout * 1000 : 1 + random_.below(random_.one_in(3) ? policy_.timeout * 1000 : 50);
    made.ends = now_ + took;
    made.arrives = now_ + std::min<milliseconds>(random_.below(static_cast<std::uint32_t>(took) + 1), arrival);
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
    if (broken_ != mutant::counts_only_answered) {
      for (const auto& one : flying_) all.push_back(seen(one.began, now_ - one.began));
    }
    std::sort(all.begin(), all.end());
    return all;
  }
  void remember(milliseconds at) { past_.push_back(at); }

  /// When something happens next; nothing: all is quiet.
  std::optional<milliseconds> next_time() {
    std::optional<milliseconds> next;
    const auto consider = [&](milliseconds at) {
      if (at > now_ && (!next || at < *next)) next = at;
    };
    if (came_ < comes_.size()) consider(comes_[came_]);
    for (const auto& one : flying_) consider(one.ends);
    if (!flying_.empty() && restarted_ < restarts_.size()) consider(restarts_[restarted_]);
    if (gate_ && !disabled_) consider(*gate_);
    for (const auto& one : deliveries_) {
      if (one.is != state::pending || disabled_) continue;
      require(one.due >= 0, "nothing waits without a time at which it is due");
      consider(one.due);
    }
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
  bool ordered_ = false, disabled_ = false;
  std::size_t concurrency_ = 1, came_ = 0, restarted_ = 0;
  std::uint32_t patience_ = 0, success_ = 0;
  std::vector<milliseconds> comes_, restarts_, past_, arrivals_;
  std::vector<delivery> deliveries_;
  std::vector<attempt> flying_;
  std::optional<milliseconds> gate_;
  milliseconds now_ = 0, failing_ = -1;
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
            << sum.restarts << " restarts, " << sum.gated << " waits for a window; " << sum.delivered << " delivered, " << sum.failed
            << " failed, " << sum.disabled << " at a disabled endpoint\n";
  CHECK(sum.delivered + sum.failed + sum.disabled == sum.deliveries);
  if (one) return;
  for (const auto count : {sum.attempts, sum.restarts, sum.gated, sum.delivered, sum.failed, sum.disabled}) CHECK(count > seeds / 100);
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
