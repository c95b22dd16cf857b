// What `explain` does to find out, counted, so that it takes no longer than it may.
#pragma once

#include <cstddef>

#include "waxseal/verifier.hpp"

namespace waxseal {

struct plan;

/// Work that is left, in bytes that go through a MAC: what else is done counts as so many of them as take
/// the same time in wasm, about 4 ns each.
class budget {
 public:
  explicit budget(std::size_t most) : most_(most), left_(most) {}
  /// Takes `work` off what is left; false, and nothing is taken, where there is not so much.
  bool spend(std::size_t work) {
    if (work > left_) return false;
    left_ -= work;
    return true;
  }
  std::size_t spent() const { return most_ - left_; }

 private:
  std::size_t most_, left_;
};

/// What it costs to make a verifier of one secret.
std::size_t open_work(const plan& how);
/// What it costs to read a request's headers.
std::size_t read_work(const request& what);
/// What `verifier::verify` costs at most, with so many keys.
std::size_t verify_work(const plan& how, const request& what, std::size_t keys);
/// What `verifier::prepare` costs at most: where a dialect is elaborate, it judges too.
std::size_t prepare_work(const plan& how, const request& what, std::size_t keys);

}  // namespace waxseal
