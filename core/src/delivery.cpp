#include "waxseal/delivery.hpp"

#include <algorithm>

namespace waxseal {
namespace {

constexpr std::uint16_t gone = 410;

bool is_final(const delivery_policy& policy, const attempt_outcome& outcome) noexcept {
  if (outcome.how == attempt_outcome::kind::timed_out) return policy.final_timeouts;
  if (outcome.how == attempt_outcome::kind::unreachable) return false;
  const auto& finals = policy.final_statuses;
  if (std::find(finals.begin(), finals.end(), outcome.status) != finals.end()) return true;
  const bool asks_again = outcome.status == 408 || outcome.status == 429;
  return policy.final_client_errors && outcome.status / 100 == 4 && !asks_again;
}

}  // namespace

decision next_attempt(const delivery_policy& policy, std::uint32_t attempts,
                      const attempt_outcome& outcome, std::uint32_t entropy) noexcept {
  const bool answered = outcome.how == attempt_outcome::kind::answered;
  if (answered && outcome.status / 100 == 2) return {outcome.valid ? decision::kind::delivered : decision::kind::failed};
  if (answered && outcome.status == gone) return {decision::kind::disable};
  if (attempts == 0 || attempts > policy.delays.size() || is_final(policy, outcome)) {
    return {decision::kind::failed};
  }
  std::uint64_t delay = policy.delays[attempts - 1];
  delay = std::max<std::uint64_t>(delay, std::min(outcome.retry_after, policy.retry_after_cap));
  delay *= 1000;
  const std::uint64_t most_jitter = delay * policy.jitter_percent / 100;
  // entropy / 2^32 of the most there may be; delays stay far below 2^32 ms, so nothing overflows
  return {decision::kind::retry, delay + ((most_jitter * entropy) >> 32)};
}

std::int64_t earliest_attempt(std::span<const rate_window> windows,
                              std::span<const std::int64_t> attempts, std::int64_t now) noexcept {
  std::int64_t earliest = now;
  for (const auto& window : windows) {
    if (window.limit == 0 || attempts.size() < window.limit) continue;
    // the attempt that must have left the window before one more may enter it
    const std::int64_t oldest = attempts[attempts.size() - window.limit];
    earliest = std::max(earliest, oldest + static_cast<std::int64_t>(window.milliseconds));
  }
  return earliest;
}

bool gives_up(std::int64_t failing, std::int64_t now, std::uint32_t patience) noexcept {
  return now > failing && static_cast<std::uint64_t>(now - failing) >= std::uint64_t{patience} * 1000;
}

}  // namespace waxseal
