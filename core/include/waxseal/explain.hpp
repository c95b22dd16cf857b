// Explain: why a webhook was refused, for the owner of the secret.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "waxseal/dialect.hpp"
#include "waxseal/status.hpp"
#include "waxseal/verifier.hpp"

namespace waxseal {

/// How sure a cause is, surest first.
enum class certainty : std::uint8_t {
  proved,    ///< with it undone the webhook verifies
  together,  ///< with it and the other findings marked so undone the webhook verifies
  seen,      ///< the request or the secret shows it; whether it is all that is wrong stays open
  possible,  ///< the request looks like it
};

/// The word for `how`: `proved`, `together`, `seen`, `possible`.
std::string_view name(certainty how) noexcept;

/// One row of the closed table of causes.
struct cause_row {
  std::string_view code;      ///< stable, such as `body_compact`
  std::string_view sentence;  ///< with `{}` where the finding names something
  std::string_view remedy;    ///< what to do
  std::string_view line;      ///< the code that does it in a framework; empty where none does
};
std::span<const cause_row> cause_rows() noexcept;

/// One cause of a refusal, as this request shows it.
struct finding {
  std::string_view code;
  std::string sentence;
  std::string_view remedy;
  std::string_view line;
  certainty sure;
};

struct explanation {
  status code = status::ok;       ///< the verifier's own verdict; `bad_signature` where no secret is fit
  std::vector<finding> findings;  ///< likeliest first; empty where no cause is found
  std::size_t work = 0;           ///< what was done to find out, at most `max_explain_work`
  std::size_t tries = 0;          ///< how often a key was tried on a spelling of the request
};

/// Upper bound of `explanation::work`, which counts in bytes that go through a MAC, about 4 ns each in
/// wasm: verifiers made, signatures judged, bodies written anew.
inline constexpr std::size_t max_explain_work = 8u << 20;
/// Bytes of a body above which its spellings are not tried.
inline constexpr std::size_t max_explain_body = 1u << 20;
/// What to say where a webhook is refused and no cause is found.
inline constexpr std::string_view no_cause_found =
    "No known cause fits. Most often the secret belongs to another endpoint, application or mode "
    "(test or live); else the body was changed in a way that cannot be undone.";

/// Finds out why `what` is refused.
///
/// A cause is `proved` where undoing it makes the verifier accept the webhook, so that nothing is
/// proved by chance; the others are facts of the request. Tries spellings of the headers, then of
/// secret, body, URL and method, each alone and the likeliest two by two, until one verifies or
/// `max_explain_work` is used up: for a body of 20 KiB at most 400 MACs. No finding holds any part
/// of a secret or of an expected signature. Not for the hot path, nor for what an attacker sees.
///
/// @param secrets  as given to `verifier::open`; also such as it refuses.
/// @param now      Unix seconds.
/// @param others   dialects that may have signed it instead, with the same secrets.
explanation explain(const dialect& from, std::span<const std::string_view> secrets,
                    const request& what, std::int64_t now, std::span<const dialect> others = {},
                    options how = {});

}  // namespace waxseal
