// JSON written anew: other white space, escapes, order of keys. Used by body_spellings.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "list.hpp"

namespace waxseal {

class key_orders;

struct json_style {
  enum class space : unsigned char { keep, compact, spaced, indent2, indent4, tab };
  enum class order : unsigned char { keep, sorted, ranked };
  enum escape : unsigned char { as_they_are = 0, rewritten = 1, ascii = 2, slash = 4, html = 8, upper = 16 };
  space between = space::keep;
  unsigned char escapes = as_they_are;  ///< of `escape`
  order keys = order::keep;
  const key_orders* known = nullptr;  ///< with `ranked`: the orders to follow
};

/// Whether `text` is one JSON value, by the scanner's own rules.
/// @param too_deep  set where all that is wrong may be its depth
bool is_json(std::string_view text, bool* too_deep = nullptr);

/// Writes the JSON value `text`, which `is_json`, in `style`; white space around it is left off.
/// @return what that cost, in bytes of a MAC (work.hpp)
std::size_t respell(std::string_view text, const json_style& style, std::string& into);

/// The orders in which the objects of example texts hold their keys.
class key_orders {
 public:
  /// Learns the objects of `text`, which is JSON and must live on.
  void learn(std::string_view text);
  bool empty() const { return shapes_.empty(); }
  /// The place of `key` in the known object at `shape`; past all for a key that is not in it.
  std::uint32_t rank(std::uint32_t shape, std::string_view key) const;
  static constexpr std::uint32_t max_shapes = 128;  ///< objects that are learnt
  /// Adds one to `counts` at each object that has `key`. @return how many keys it looked at
  std::uint32_t count(std::string_view key, std::uint32_t (&counts)[max_shapes]) const;

 private:
  struct span { std::uint32_t first, size; };
  struct known_key { std::string_view text; std::uint32_t shape, next; };  ///< of the same bucket: 1 + index
  static constexpr std::uint32_t buckets = 256;
  list<span> shapes_;
  list<known_key> keys_;
  std::uint32_t first_[buckets] = {};  ///< 1 + index in `keys_`; 0: none
};

}  // namespace waxseal
