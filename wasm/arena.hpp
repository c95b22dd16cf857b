// The arena: the memory in which a request is written before a call. Used by abi.cpp alone.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace waxseal::abi {

using u32 = std::uint32_t;
using u64 = std::uint64_t;

inline constexpr u64 max_arena = 192u << 20;
/// Bytes behind what a caller asks for, for texts of an answer that do not stand in the request.
inline constexpr std::size_t reserve = 64u << 10;
/// Bytes before it, for what is hashed before a body.
inline constexpr std::size_t head = 512;

inline constexpr u64 rounded(u64 length, u64 to) { return (length + to - 1) / to * to; }

/// A text: its offset from the arena's start, and its bytes. 0, 0: there is none.
struct span {
  u32 offset, length;
};

struct arena {
  char* start = nullptr;
  std::size_t capacity = 0;  ///< without the reserve
  u64 texts = 0;             ///< offset of the next text that is copied in

  /// @return the start of at least so many bytes; null: too many. What stood there is lost.
  char* make(u32 bytes) {
    if (bytes <= capacity && start) return start;
    if (bytes > max_arena) return nullptr;
    if (start) std::free(start - head);
    capacity = static_cast<std::size_t>(rounded(u64{bytes} + (bytes < max_arena / 8 ? bytes / 4 : 0), 4096));
    start = static_cast<char*>(std::malloc(head + capacity + reserve));
    if (start) start += head;
    else capacity = 0;
    return start;
  }

  u32 read(u64 at) const {
    u32 value;
    std::memcpy(&value, start + at, sizeof value);
    return value;
  }

  /// Where `what` stands; a text from elsewhere is copied into the reserve.
  span locate(std::string_view what) {
    if (what.empty()) return {};
    const u64 base = reinterpret_cast<std::uintptr_t>(start);
    const u64 at = reinterpret_cast<std::uintptr_t>(what.data());
    const auto length = static_cast<u32>(what.size());
    if (at >= base && at + length <= base + capacity) return {static_cast<u32>(at - base), length};
    if (texts + length > capacity + reserve) return {};
    std::memcpy(start + texts, what.data(), length);
    const span copied{static_cast<u32>(texts), length};
    texts += length;
    return copied;
  }
};

}  // namespace waxseal::abi
