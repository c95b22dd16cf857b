// The events of a dialect as its file describes them. Who only verifies never asks for them, and the
// shipped wasm leaves this file out.
#include "plan.hpp"

namespace waxseal {

std::span<const event_type> dialect::events() const noexcept {
  std::call_once(plan_->described_once, [this] {
    plan_->described = std::make_unique<std::vector<event_type>>();
    for (const auto& each : plan_->events) {
      auto& event = plan_->described->emplace_back();
      event.name = each.name;
      event.title = each.title;
      event.description = each.description;
      event.documented = each.documented;
      event.schema = each.schema;
      event.example = each.example;
      for (unsigned i = 0; i < each.aliases; ++i) event.aliases.emplace_back(plan_->aliases[each.first_alias + i]);
    }
  });
  return *plan_->described;
}

}  // namespace waxseal
