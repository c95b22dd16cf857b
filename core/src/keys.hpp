// Finds repeated keys among the members that a schema does not name. Used by the scanner.
#pragma once

#include <cstdint>
#include <string_view>

#include "lexer.hpp"

namespace waxseal {

/// The unnamed keys of all open objects, as a stack: those of an object are taken off when it
/// closes. An object's first keys are compared one by one; from the ninth on they stand in an
/// open-addressing table, from which the newest can be taken without a trace.
///
/// The hash is NH (of UMAC) under words made from the seed: two different keys collide with a
/// chance of about 2^-32, whatever an attacker sends who does not know the seed.
class key_stack {
 public:
  explicit key_stack(std::uint64_t seed);
  key_stack(const key_stack&) = delete;
  key_stack& operator=(const key_stack&) = delete;
  ~key_stack();

  enum class answer : std::uint8_t { added, repeated, no_memory };

  /// Adds a key of the innermost object, whose own begin at `base`.
  /// @param raw  between its quotes, followed by eight readable bytes; must outlive its entry
  answer add(std::string_view raw, bool escaped, std::uint32_t base);
  std::uint32_t size() const { return size_; }
  /// Takes the newest keys off until `size` are left.
  void shrink(std::uint32_t size) {
    while (size_ > size) drop();
  }
  /// Keys compared and places looked at, for the tests that show this is linear.
  std::uint64_t steps() const { return steps_; }

 private:
  struct entry {
    const char* raw;
    std::uint32_t length;   ///< of `raw`
    std::uint32_t hash;     ///< of the decoded bytes
    std::uint32_t place;    ///< in the table, or `outside`
    std::uint32_t base;     ///< where its object's keys begin
    bool escaped;
  };
  static constexpr std::uint32_t outside = 0xffffffff;
  static constexpr std::uint32_t linear = 8;  ///< keys of an object that stay out of the table

  std::uint32_t hash(std::string_view raw, bool escaped) const;
  bool same(const entry& a, const entry& b);
  std::uint32_t spread(const entry& key) const;
  bool look_up(const entry& key);
  void put(std::uint32_t index);
  bool grow_entries();
  bool grow_table();
  void drop();

  entry* entries_;
  std::uint32_t* table_;       ///< index of an entry + 1, or 0
  std::uint32_t size_ = 0;
  std::uint32_t room_;         ///< entries
  std::uint32_t places_;       ///< of the table, a power of two
  std::uint32_t placed_ = 0;   ///< entries in the table
  std::uint64_t steps_ = 0;
  std::uint32_t words_[18];    ///< the hash's key
};

}  // namespace waxseal
