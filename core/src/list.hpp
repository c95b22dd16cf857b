// A growing array for what a dialect is compiled to. Every std::vector brings the code that makes
// it grow once for each type of element, half a kilobyte of the module; here all types share one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <utility>

namespace waxseal {

/// Makes room for one more element of `size` bytes behind `count`, which may move them all. Ends
/// the process without memory, as `new` does here.
void* make_room(void* items, std::uint32_t count, std::size_t size);

/// @tparam T  may be moved byte for byte: it holds no pointer into itself, as std::string does.
template <class T>
class list {
 public:
  list() = default;
  list(list&& other) noexcept : items_(std::exchange(other.items_, nullptr)), size_(std::exchange(other.size_, 0u)) {}
  list& operator=(list&& other) noexcept {
    std::swap(items_, other.items_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~list() {
    for (T& each : *this) each.~T();
    std::free(items_);
  }

  T& push_back(T value) {
    items_ = static_cast<T*>(make_room(items_, size_, sizeof(T)));
    return *new (items_ + size_++) T(std::move(value));
  }
  /// Forgets the newest elements, which need no destructor, until `size` are left.
  void shrink(std::uint32_t size) { size_ = size; }

  std::uint32_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T& operator[](std::size_t at) { return items_[at]; }
  const T& operator[](std::size_t at) const { return items_[at]; }
  T& back() { return items_[size_ - 1]; }
  T* begin() { return items_; }
  T* end() { return items_ + size_; }
  const T* begin() const { return items_; }
  const T* end() const { return items_ + size_; }

 private:
  T* items_ = nullptr;
  std::uint32_t size_ = 0;
};

}  // namespace waxseal
