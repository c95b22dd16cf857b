// Which endpoints get a message, and why the others do not. Pure functions of what an endpoint asks for
// and what has come.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace waxseal {

using texts = std::span<const std::string_view>;

/// `inactive`: by its owner; `disabled`: by the relay.
enum class endpoint_status : std::uint8_t { active, inactive, disabled };

/// What the body must say: one of `values`, each a JSON text, where `pointer` leads through objects.
struct filter {
  std::string_view pointer;  ///< JSON Pointer (RFC 6901)
  texts values;              ///< scalars; with none of them the filter lets nothing pass
};

/// What an endpoint asks for. A list that is absent asks for all.
struct subscription {
  endpoint_status status = endpoint_status::active;
  std::optional<texts> sources;
  std::optional<texts> events;    ///< exact, or a beginning: `user.*`, `*`
  std::optional<texts> channels;  ///< at least one of them
  std::span<const filter> filters;  ///< all must let it pass
};

/// A message on its way to the endpoints.
struct routed_message {
  std::string_view source;
  std::optional<std::string_view> type;
  texts channels;
  std::string_view body;
  bool operational = false;  ///< what a relay says of itself: only for those that name its type in full
  bool padded = false;       ///< 32 zero bytes stand behind the body, so that filters need not copy it
};

/// Why an endpoint does not get a message. The first that is true, in this order.
enum class skip_reason : std::uint8_t { none, not_subscribed, inactive, disabled, none_selected, filtered };
inline constexpr unsigned skip_reason_count = 6;

/// Its word, the same in the API: `not_subscribed`; empty past the table.
std::string_view name(skip_reason reason) noexcept;
/// What the word means, for whoever asks why nothing came.
std::string_view advice(skip_reason reason) noexcept;

/// `none`: the endpoint gets the message. Takes time linear in the body for each filter.
///
/// A body that is no JSON, or repeats a key on the filter's way, passes no filter. Numbers are compared as
/// decimals: 1 is 1.0.
skip_reason why_skipped(const subscription& endpoint, const routed_message& message);

/// Whether a subscription to `pattern` means `type`.
bool means(std::string_view pattern, std::string_view type) noexcept;

}  // namespace waxseal
