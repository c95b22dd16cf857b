// What an endpoint's queue does: which deliveries begin now, in which line each waits, and what follows
// an attempt for its delivery and for its endpoint. Pure functions of what stands in the queue and of
// the clock; delivery.hpp has what they are made of. Times are Unix milliseconds unless named.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "waxseal/delivery.hpp"
#include "waxseal/verifier.hpp"

namespace waxseal {

/// A request that is on its way may reach its receiver at any moment up to so long after its start.
inline constexpr std::int64_t longest_way = 2000;

/// The latest time at which the receiver may have seen an attempt that took so long, as the rate windows
/// count it: when it was answered, `longest_way` after its start at the latest.
std::int64_t arrival(std::int64_t began, std::int64_t took) noexcept;

/// In what order an endpoint gets its messages. `by_key`: those of one key one after the other, each
/// when the one before is delivered or has failed; messages of different keys pass each other.
struct ordering {
  enum class kind : std::uint8_t { none, all, by_key };
  kind what = kind::none;
  std::optional<std::string_view> pointer;  ///< JSON Pointer of the key in the body
  std::string_view header;                  ///< or the header that has it, in lower case
};

/// A message as its line is told.
struct ordered_message {
  std::string_view key;  ///< given with the message, in place of what the endpoint looks for; empty: none was
  std::span<const header> headers;
  std::string_view body;
};

/// Bytes of a line's name at most.
inline constexpr std::size_t max_line = 256;

/// The name of the line in which the message waits; empty: it waits for no other.
///
/// A key is a string, a number as it is written, `true` or `false`; whatever reads the same is the same
/// key. A message without one, or whose body says two, waits for none. Of a longer name the end is a
/// hash: that two share a line keeps their order all the same.
std::string line_of(const ordering& how, const ordered_message& what);

/// A delivery that waits.
struct queued {
  std::int64_t due;
  std::uint64_t line = 0;  ///< any number for each line; 0: in none
};

/// An attempt that is on its way.
struct open_attempt {
  std::int64_t began;
  std::uint64_t line = 0;
};

/// What of a queue begins now.
struct admission {
  std::uint32_t count = 0;  ///< so many begin
  /// When more may, though nothing else happens until then; never: `never`.
  std::int64_t again = never;
  static constexpr std::int64_t never = INT64_MAX;
};

/// Chooses the deliveries whose attempts begin now: what is due, the longest due first, of each line the
/// first alone and only while none of it is on its way, as many as `concurrency` and all windows let.
///
/// @param past     when ended attempts arrived, ascending; only the newest of each window matter
/// @param waiting  in the order in which they came; of each line at least the first
/// @param begins   gets their places in `waiting`; holds `concurrency`
admission admit(std::span<const rate_window> windows, std::uint32_t concurrency, std::span<const std::int64_t> past,
                std::span<const open_attempt> open, std::span<const queued> waiting, std::int64_t now,
                std::span<std::uint32_t> begins);

/// What an endpoint's attempts have come to.
struct endpoint_health {
  std::int64_t failing = 0;               ///< since when every attempt has failed; 0: the last one did not
  std::int64_t changed = 0;               ///< when its owner last changed it, from when patience counts anew
  std::optional<std::uint32_t> patience;  ///< seconds of nothing but failures until it is disabled; none: never
};

/// Why an endpoint is disabled.
enum class disabling : std::uint8_t { none, gone, failing };

/// What follows an attempt.
struct aftermath {
  decision next;
  std::int64_t failing = 0;  ///< the endpoint's from now on
  disabling disable = disabling::none;
  std::int64_t since = 0;    ///< since when it has failed, as far as that counts
};

/// What follows the attempt that has just ended, for its delivery and for its endpoint.
///
/// @param began  when the attempt did
/// @param attempts,outcome,entropy  as for `next_attempt`
aftermath conclude(const delivery_policy& policy, std::uint32_t attempts, const attempt_outcome& outcome,
                   std::uint32_t entropy, const endpoint_health& health, std::int64_t began, std::int64_t now) noexcept;

/// The largest limit of a window: so many past attempts matter. 0: there is no window.
std::uint32_t widest(std::span<const rate_window> windows) noexcept;
/// No retry is put off longer, in milliseconds: what waits longer waits for a clock that was set back.
std::uint64_t longest_delay(const delivery_policy& policy) noexcept;

}  // namespace waxseal
