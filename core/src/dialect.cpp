#include "waxseal/dialect.hpp"

#include "plan.hpp"

namespace waxseal {

std::string_view dialect::name() const noexcept { return plan_->name; }
std::string_view dialect::title() const noexcept { return plan_->title; }
std::string_view dialect::source() const noexcept { return plan_->source; }
std::span<const event_type> dialect::events() const noexcept { return plan_->events; }
const delivery_policy& dialect::delivery() const noexcept { return plan_->delivery; }

}  // namespace waxseal
