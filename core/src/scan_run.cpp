// The run over one value: the hot loop of the project. Iterative, with a frame for each container
// that a schema says something about; all others are left to skip_value.
//
// WebAssembly has no goto: a loop that is entered at two places becomes a switch on every round. So
// only `value` and `next` are jumped back to, and `next` begins the loop that closes containers; an
// empty one goes through it too (12 % of the time of a scan).
#include "scan.hpp"

namespace waxseal {
namespace {

constexpr std::uint8_t bit(json_kind kind) {
  return static_cast<std::uint8_t>(1 << static_cast<int>(kind));
}

constexpr std::uint8_t data_bit = 1 << static_cast<int>(slot::data);

/// Whether the key at `p`, behind its opening quote, is `property`, compared byte for byte with its
/// closing quote. Never reads more than eight bytes behind what has matched.
bool is_next(byte_ptr p, const schema_property& property, const char* name) {
  if ((load8(p) & property.head_mask) != property.head) return false;
  const unsigned size = property.length + 1u;
  for (unsigned at = 8; at < size; at += 8) {
    if (at + 8 > size) at = size - 8;
    if (load8(p + at) != load8(name + at)) return false;
  }
  return true;
}

}  // namespace

/// @return behind the value at `p`, or null with the reason in `notes_.fault`.
byte_ptr scanner::run(byte_ptr p, std::uint32_t root) {
  const schema_set& schemas = plan_->schemas;
  std::uint32_t index = root;    // schema of the value at `p`
  std::uint8_t slots = 0;        // that the value at `p` belongs into
  unsigned depth = 0;            // frames in use
  frame* top = frames_;          // the innermost one
  const schema_node* node;
  byte_ptr start, after;
  number_form form;
value:
  start = p;
  node = &schemas.node(index);
  if (*p == '"') {
    after = scan_string(p + 1, notes_);
    if (after == nullptr) return nullptr;
    {
      const std::string_view raw = between(p + 1, after - 1);
      if ((raw.size() < node->sure_from || raw.size() >= node->sure_end) && !fits_string(*node, raw))
        problem(status::schema, p, depth);
    }
    if (slots != 0) record(slots, start, after);
    goto next;
  }
  switch (*p) {
    case '{':
    case '[': {
      const bool object = *p == '{';
      const bool fits = node->types & bit(object ? json_kind::object : json_kind::array);
      if (!fits) problem(status::schema, p, depth);
      if (!fits || index == schema_set::any) {
        after = skip_value(p, depth, notes_);
        if (after == nullptr) return nullptr;
        break;
      }
      if (depth == max_depth) {
        notes_.fault = status::too_deep;
        return nullptr;
      }
      top = frames_ + depth++;
      *top = {node, p, object ? p : nullptr, 0, 0, keys_.size(), slots, {0, 0}};
      p = skip_space(p + 1);
      after = p;
      if (*p == *start + 2) goto next;
      if (object) goto key;
      goto element;
    }
    case 't':
    case 'f':
    case 'n':
      after = scan_literal(p);
      if (after == nullptr) goto fault;
      {
        const json_kind kind = *p == 'n' ? json_kind::null : json_kind::boolean;
        if (!(node->types & bit(kind)) ||
            (node->checks_literal && !fits_constants(*node, kind, between(p, after))))
          problem(status::schema, p, depth);
      }
      break;
    default:
      after = scan_number(p, notes_, form);
      if (after == nullptr) goto fault;
      if ((*p < node->sure_digit || form > node->sure_form) && !fits_number(*node, between(p, after), form))
        problem(status::schema, p, depth);
      break;
  }
  if (slots != 0) record(slots, start, after);
next:
  if (depth == 0) return after;
  p = skip_space(after);
  if (*p != ',') goto close;
  p = skip_space(p + 1);
  if (top->key != nullptr) goto key;
element:
  ++top->index;
  index = top->node->items;
  slots = 0;
  goto value;
key:
  if (*p != '"') goto fault;
  node = top->node;
  top->key = p + 1;
  if (node->names_members) {
    if (top->index < node->properties) {
      const schema_property& property = schemas.properties(*node)[top->index];
      if (is_next(p + 1, property, schemas.text(property.name))) {
        const std::uint64_t mask = std::uint64_t{1} << (top->index & 63);
        std::uint64_t& seen = top->seen[top->index >> 6];
        top->key_length = property.length;
        if (seen & mask) problem(status::duplicate_key, p, depth);
        seen |= mask;
        ++top->index;
        index = property.child;
        slots = property.slots;
        after = p + property.length + 2;
        goto colon;
      }
    }
  }
  notes_.escaped = false;
  after = scan_string(p + 1, notes_);
  if (after == nullptr || !name_member(*top, after, depth, index, slots)) return nullptr;
colon:
  if (slots & data_bit) index = direct(index, depth);
  p = skip_space(after);
  if (*p != ':') goto fault;
  p = skip_space(p + 1);
  goto value;
close:
  node = top->node;
  if (top->key != nullptr) {
    if (*p != '}') goto fault;
    if ((node->required[0] & ~top->seen[0]) | (node->required[1] & ~top->seen[1]))
      missing(*top, p, depth);
    keys_.shrink(top->keys);
  } else {
    if (*p != ']') goto fault;
    if (top->index < node->min_items || top->index > node->max_items)
      problem(status::schema, p, depth - 1);
  }
  after = p + 1;
  if (top->slots != 0) record(top->slots, top->start, after);
  if (--depth != 0) --top;
  goto next;
fault:
  notes_.fault = fault_at(p);
  return nullptr;
}

/// Finds the schema and slots of a member whose key, ended by the quote before `after`, is not the
/// one expected, and whether the key is repeated. @return false without memory.
bool scanner::name_member(frame& top, byte_ptr after, unsigned depth, std::uint32_t& index,
                          std::uint8_t& slots) {
  const std::string_view raw = between(top.key, after - 1);
  const schema_node& node = *top.node;
  top.key_length = static_cast<std::uint32_t>(raw.size());
  int at = -1;
  if (!node.names_members) {
    index = node.additional;
    slots = 0;
    return true;
  }
  if (!notes_.escaped) {
    at = plan_->schemas.find(node, raw.data(), raw.size());
  } else if (raw.size() <= 6 * schema_set::max_name) {
    char decoded[6 * schema_set::max_name + 8];
    const std::size_t length = decode_text(raw, decoded);
    std::memset(decoded + length, 0, 8);
    at = plan_->schemas.find(node, decoded, length);
  }
  if (at < 0) {
    index = node.additional;
    slots = 0;
    if (!outranks(status::duplicate_key, top.key)) return true;
    switch (keys_.add(raw, notes_.escaped, top.keys)) {
      case key_stack::answer::added: return true;
      case key_stack::answer::repeated: problem(status::duplicate_key, top.key - 1, depth); return true;
      case key_stack::answer::no_memory: break;
    }
    notes_.fault = status::internal;
    return false;
  }
  const auto position = static_cast<unsigned>(at);
  const std::uint64_t mask = std::uint64_t{1} << (position & 63);
  std::uint64_t& seen = top.seen[position >> 6];
  if (seen & mask) problem(status::duplicate_key, top.key - 1, depth);
  seen |= mask;
  top.index = position + 1;
  index = plan_->schemas.properties(node)[position].child;
  slots = plan_->schemas.properties(node)[position].slots;
  return true;
}

}  // namespace waxseal
