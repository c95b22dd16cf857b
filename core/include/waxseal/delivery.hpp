// Delivery decisions: pure functions of what happened, when, and some entropy.
#pragma once

#include <cstdint>
#include <span>

namespace waxseal {

/// At most `limit` attempts in any `milliseconds`.
struct rate_window {
  std::uint32_t limit;
  std::uint32_t milliseconds;
};

/// How a system delivers, from the `delivery` part of its dialect. Times in seconds unless named;
/// the lists are the dialect's own.
struct delivery_policy {
  std::span<const std::uint32_t> delays;  ///< before retry 1, 2, …; their number bounds the attempts
  std::uint32_t jitter_percent = 0;      ///< 0 to this much is added to a delay, never taken off
  std::uint32_t retry_after_cap = 0;     ///< a Retry-After is a floor up to this; 0: not honoured
  std::uint32_t timeout = 30;            ///< for one attempt
  bool final_client_errors = false;      ///< 4xx but 408 and 429 is never retried
  bool final_timeouts = false;           ///< an attempt that timed out is never retried
  std::span<const std::uint32_t> final_statuses;  ///< never retried
  std::span<const rate_window> rate;
  std::uint32_t grace = 0;               ///< an old secret signs beside the new one for this long
  bool may_be_unsigned = false;          ///< without a secret it is sent without a signature
};

/// How one attempt ended.
struct attempt_outcome {
  enum class kind : std::uint8_t { answered, timed_out, unreachable };
  kind how = kind::unreachable;
  std::uint16_t status = 0;          ///< HTTP status, when answered
  std::uint32_t retry_after = 0;     ///< seconds the answer asked for; 0: it did not
  bool valid = true;                 ///< false: what a 2xx said is no answer to this event
};

struct decision {
  enum class kind : std::uint8_t { delivered, retry, failed, disable };
  kind what = kind::failed;
  std::uint64_t delay = 0;  ///< milliseconds until the next attempt, with `retry`
};

/// What follows the attempt that has just ended.
///
/// @param attempts  attempts made so far, this one included (≥ 1)
/// @param entropy   uniformly random; decides the jitter
/// Only 2xx is success, and only with a valid answer, which would be the same once more; 3xx is a failed
/// attempt; 410 disables the endpoint.
decision next_attempt(const delivery_policy& policy, std::uint32_t attempts,
                      const attempt_outcome& outcome, std::uint32_t entropy) noexcept;

/// The earliest time, in Unix milliseconds and never before `now`, at which one more attempt keeps
/// every window. @param attempts times of past attempts, ascending; only the newest `limit` of
/// each window matter.
std::int64_t earliest_attempt(std::span<const rate_window> windows,
                              std::span<const std::int64_t> attempts, std::int64_t now) noexcept;

/// Whether an endpoint whose every attempt has failed since `failing` is to be disabled now: after
/// `patience` seconds of it. Times in Unix milliseconds. A clock set back gives nobody up.
bool gives_up(std::int64_t failing, std::int64_t now, std::uint32_t patience) noexcept;

}  // namespace waxseal
