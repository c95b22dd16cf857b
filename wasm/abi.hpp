// What the files of the ABI share: abi.cpp, in every module, and those that only the larger ones have.
#pragma once

#include <cstdint>
#include <string_view>

#include "arena.hpp"
#include "waxseal/waxseal.hpp"

#define WAXSEAL_EXPORT(name) extern "C" __attribute__((export_name(#name), used))

namespace waxseal::abi {

using i32 = std::int32_t;

inline constexpr std::string_view no_such_texts = "the arena does not hold what the lengths say";

extern arena memory;
extern std::string_view last_error;  ///< the last error: waxseal_text(-1, 0, 0)
extern std::string_view last_made;   ///< what an export of a larger module made: waxseal_text(-1, 6, 0)

/// The options at an offset of the arena, which holds 32 bytes there.
inline options options_at(u64 at) {
  options how;
  how.timestamps = static_cast<options::window>(memory.read(at) <= 2 ? memory.read(at) : 0);
  how.schema = static_cast<schema_mode>(memory.read(at + 4) <= 2 ? memory.read(at + 4) : 0);
  how.given = {memory.read(at + 8), memory.read(at + 12)};
  how.seed = memory.read(at + 16) | static_cast<u64>(memory.read(at + 20)) << 32;
  how.max_body = memory.read(at + 24);
  how.key_elsewhere = (memory.read(at + 28) & 1) != 0;
  how.fetched_keys = (memory.read(at + 28) & 2) != 0;
  return how;
}

/// A number of JavaScript's as a whole one; 0 where it is none that it holds exactly.
inline std::int64_t whole(double value) { return value > -9e15 && value < 9e15 ? static_cast<std::int64_t>(value) : 0; }

/// By which rules the dialect in this slot is delivered; null: the slot is empty.
const delivery_policy* policy_of(i32 slot);

/// An outcome as JavaScript tells it: `how` of its kind, 3 for an answer that is not valid.
inline attempt_outcome outcome_of(u32 how, u32 http_status, u32 retry_after) {
  return {static_cast<attempt_outcome::kind>(how % 3), static_cast<std::uint16_t>(http_status & 0xffff), retry_after, how != 3};
}

/// Keeps a copy of `error` as the last error.
void explain(std::string_view error);

}  // namespace waxseal::abi
