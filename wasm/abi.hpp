// What the files of the ABI share: abi.cpp, in both modules, and those that only waxseal-full.wasm has.
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
extern std::string_view last_made;   ///< what an export of the full module made: waxseal_text(-1, 6, 0)

/// Keeps a copy of `error` as the last error.
void explain(std::string_view error);

}  // namespace waxseal::abi
