// Bodies that are arrays of events. waxseal.wasm is without it (wasm/noparts.cpp).
#include <charconv>

#include "scan.hpp"

namespace waxseal {

/// Reads the items of an accepted array again, each by the schema of the event that it names.
bool scanner::run_items(byte_ptr array) {
  lexical_notes notes;
  byte_ptr p = skip_space(array + 1);
  for (std::uint32_t index = 0; *p != ']'; ++index) {
    const int event = event_of_item(p);
    const std::uint32_t schema = event < 0 ? schema_set::any : plan_->events[static_cast<unsigned>(event)].schema;
    if (schema != schema_set::any) {
      prefix_[0] = '/';
      prefix_ahead_ = static_cast<std::size_t>(std::to_chars(prefix_ + 1, prefix_ + pointer_room, index).ptr - prefix_);
      if (run(p, schema) == nullptr) return false;
    }
    p = skip_space(skip_value(p, 1, notes));
    if (*p == ',') p = skip_space(p + 1);
  }
  return true;
}

/// Index of the event that an item of an accepted array names, or -1.
int scanner::event_of_item(byte_ptr item) const {
  if (*item != '{') return -1;
  lexical_notes notes;
  for (byte_ptr p = skip_space(item + 1); *p == '"';) {
    const byte_ptr after = skip_value(p, 1, notes);
    const byte_ptr value = skip_space(skip_space(after) + 1);
    const byte_ptr end = skip_value(value, 1, notes);
    if (stands_for(between(p + 1, after - 1), plan_->item_type)) {  // of a repeated key, the first
      return *value == '"' ? event_called(between(value + 1, end - 1)) : -1;
    }
    p = skip_space(end);
    if (*p == ',') p = skip_space(p + 1);
  }
  return -1;
}

}  // namespace waxseal
