// Reads what JavaScript writes behind a body in the arena: words, and texts (`u32 length, bytes`, padded
// to 4). Used by route.cpp and outbox.cpp.
#pragma once

#include <string_view>

#include "abi.hpp"

namespace waxseal::abi {

inline constexpr u32 absent = 0xffffffff, malformed = 0xffffffff;
inline constexpr u32 body_padding = 32;  ///< zero bytes behind a body

/// Never reads beyond `end`.
struct reader {
  u64 at, end;
  bool broken = false;

  u32 word() {
    if (broken || end - at < 4) return broken = true, 0;
    at += 4;
    return memory.read(at - 4);
  }
  std::string_view text() {
    const u32 length = word();
    if (broken || end - at < rounded(length, 4)) return broken = true, std::string_view();
    at += rounded(length, 4);
    return {memory.start + at - rounded(length, 4), length};
  }
};

}  // namespace waxseal::abi
