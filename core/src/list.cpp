#include "list.hpp"

namespace waxseal {

/// Room doubles whenever the count is a power of two, so that it need not be kept.
void* make_room(void* items, std::uint32_t count, std::size_t size) {
  if ((count & (count - 1)) != 0) return items;
  void* const grown = std::realloc(items, (count == 0 ? 1 : 2 * std::size_t{count}) * size);
  if (grown == nullptr) std::abort();
  return grown;
}

}  // namespace waxseal
