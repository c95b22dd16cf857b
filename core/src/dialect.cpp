// The dialect as its users hold it: one more owner of a plan.
#include "waxseal/dialect.hpp"

#include <utility>

#include "plan.hpp"

namespace waxseal {

std::string_view dialect::name() const noexcept { return plan_->name; }
std::string_view dialect::title() const noexcept { return plan_->title; }
std::string_view dialect::source() const noexcept { return plan_->source; }
const delivery_policy& dialect::delivery() const noexcept { return plan_->delivery; }

dialect::dialect(const dialect& other) noexcept : plan_(other.plan_) { ++plan_->owners; }

dialect& dialect::operator=(const dialect& other) noexcept {
  dialect copy(other);
  std::swap(plan_, copy.plan_);
  return *this;
}

dialect::~dialect() {
  if (--plan_->owners == 0) delete plan_;
}

}  // namespace waxseal
