// Schemas with keywords beside their `$ref`: a value must fit both. They are joined into one node
// when all schemas are read, so that the scanner still walks one. Called by schema_compile.cpp.
#include <algorithm>
#include <utility>

#include "decimal.hpp"
#include "json.hpp"
#include "schema.hpp"

namespace waxseal {
namespace {

constexpr std::uint32_t max_joints = 4096;
constexpr std::uint8_t number_bit = 1 << static_cast<int>(json_kind::number);
constexpr std::uint8_t string_bit = 1 << static_cast<int>(json_kind::string);

/// Every number includes the integers.
std::uint8_t widened(std::uint8_t types) {
  return types & number_bit ? static_cast<std::uint8_t>(types | schema_node::integer_bit) : types;
}

}  // namespace

/// Adds a node to a sorted set of them; for a joint, its parts.
void schema_set::add_part(list<std::uint32_t>& parts, std::uint32_t node) const {
  node = resolve(node);
  for (const joint& each : joints_) {
    if (each.into != node) continue;
    for (const std::uint32_t part : each.parts) add_part(parts, part);
    return;
  }
  if (node == any) return;
  std::uint32_t at = 0;
  while (at < parts.size() && parts[at] < node) ++at;
  if (at < parts.size() && parts[at] == node) return;
  parts.push_back(node);
  for (; at < parts.size(); ++at) std::swap(parts[at], node);
}

/// The node of a value that must fit all `parts`. A set of parts is one node however it came about,
/// so that schemas which refer to themselves come to an end.
std::uint32_t schema_set::joined(list<std::uint32_t> parts, const joint& of) {
  if (parts.empty()) return any;
  if (parts.size() == 1 || parts[0] == none) return parts[0];
  for (const joint& each : joints_) {
    if (std::equal(parts.begin(), parts.end(), each.parts.begin(), each.parts.end())) return each.into;
  }
  const std::uint32_t into = add_node({});
  if (joints_.size() == max_joints) refuse(of, "what stands beside $ref makes more than 4096 schemas");
  else joints_.push_back({into, of.pointer, of.length, std::move(parts)});
  return into;
}

void schema_set::refuse(const joint& at, std::string_view sentence) {
  if (failure_.empty()) failure_ = waxseal::join({{text(at.pointer), at.length}, ": ", sentence});
}

/// Makes the nodes of all joints, also of those that come up meanwhile, for members of both.
void schema_set::resolve_joints() {
  for (std::uint32_t i = joints_made_; i < joints_.size(); ++i) {
    list<std::uint32_t> parts;
    for (const std::uint32_t part : joints_[i].parts) add_part(parts, part);
    joints_[i].parts = std::move(parts);
  }
  for (; joints_made_ < joints_.size() && failure_.empty(); ++joints_made_) join(joints_made_);
}

void schema_set::join(std::uint32_t which) {
  const joint of{joints_[which].into, joints_[which].pointer, joints_[which].length, {}};
  list<std::uint32_t> parts;
  for (const std::uint32_t part : joints_[which].parts) parts.push_back(part);
  schema_node made = nodes_[parts[0]];
  for (std::size_t i = 1; i < parts.size(); ++i) join_values(made, nodes_[parts[i]], of);
  join_members(made, parts, of);
  settle(made);
  nodes_[of.into] = made;
}

/// What is asked of the value itself.
void schema_set::join_values(schema_node& made, const schema_node& other, const joint& of) {
  made.types = widened(made.types) & widened(other.types);
  if (made.format == text_format::none) made.format = other.format;
  else if (other.format != text_format::none && other.format != made.format)
    refuse(of, "the format beside $ref is another than that of the schema it names");
  join_constants(made, other);
  made.min_length = std::max(made.min_length, other.min_length);
  made.max_length = std::min(made.max_length, other.max_length);
  made.min_items = std::max(made.min_items, other.min_items);
  made.max_items = std::min(made.max_items, other.max_items);
}

/// What is asked of members and elements. A member that a part does not name is an additional one
/// for that part.
void schema_set::join_members(schema_node& made, const list<std::uint32_t>& parts, const joint& of) {
  list<schema_property> members;
  made.required[0] = made.required[1] = 0;
  list<std::uint32_t> additional, items;
  for (const std::uint32_t part : parts) {
    const schema_node node = nodes_[part];
    add_part(additional, node.additional);
    add_part(items, node.items);
    made.names_members |= node.names_members;
    for (unsigned i = 0; i < node.properties; ++i) {
      const schema_property& each = properties(node)[i];
      const std::uint32_t at = position_of({text(each.name), each.length}, members);
      if (at == max_properties) return refuse(of, too_many);
      if (at == members.size()) members.push_back(each);
      if (node.required[i / 64] >> i % 64 & 1) made.required[at / 64] |= std::uint64_t{1} << at % 64;
    }
  }
  for (schema_property& each : members) {
    list<std::uint32_t> children;
    for (const std::uint32_t part : parts) {
      const schema_node& node = nodes_[part];
      const int at = find(node, text(each.name), each.length);
      add_part(children, at < 0 ? node.additional : properties(node)[at].child);
    }
    each.child = joined(std::move(children), of);
  }
  made.additional = joined(std::move(additional), of);
  made.items = joined(std::move(items), of);
  if (!members.empty()) add_properties(made, members);
}

void schema_set::join_constants(schema_node& made, const schema_node& other) {
  const auto text_of = [&](std::uint32_t index) {
    return std::string_view(text(constants_[index].text), constants_[index].length);
  };
  const auto equal = [&](std::uint32_t a, std::uint32_t b) {
    if (constants_[a].kind != constants_[b].kind) return false;
    if (constants_[a].kind == json_kind::number) return compare_decimals(text_of(a), text_of(b)) == 0;
    return text_of(a) == text_of(b);
  };
  constexpr auto unset = schema_node::unset;
  if (made.only == unset) made.only = other.only;
  else if (other.only != unset && !equal(made.only, other.only)) made.types = 0;
  if (made.minimum == unset || (other.minimum != unset && compare_decimals(text_of(other.minimum), text_of(made.minimum)) > 0))
    made.minimum = other.minimum;
  if (made.maximum == unset || (other.maximum != unset && compare_decimals(text_of(other.maximum), text_of(made.maximum)) < 0))
    made.maximum = other.maximum;
  if (other.enum_count == unset) return;
  const std::uint32_t first = made.enum_first, count = made.enum_count;
  made.enum_first = other.enum_first;
  made.enum_count = other.enum_count;
  if (count == unset) return;
  made.enum_first = constants_.size();
  for (std::uint32_t i = first; i < first + count; ++i) {
    bool shared = false;
    for (std::uint32_t j = 0; j < other.enum_count; ++j) shared |= equal(i, other.enum_first + j);
    if (shared) constants_.push_back(schema_constant(constants_[i]));
  }
  made.enum_count = constants_.size() - made.enum_first;
}

/// Works out which values surely fit, so that the scanner need not look at them.
void schema_set::settle(schema_node& node) const {
  const bool constants = node.enum_count != schema_node::unset || node.only != schema_node::unset;
  if (constants) {  // which are scalars, so that no other value can be equal to one
    constexpr int containers = 1 << static_cast<int>(json_kind::object) | 1 << static_cast<int>(json_kind::array);
    node.types &= static_cast<std::uint8_t>(~containers);
  }
  node.checks_literal = constants;
  // A code point takes one byte at least, and twelve at most, as an escaped surrogate pair.
  const std::uint64_t from = node.min_length == 0 ? 0 : (node.min_length - 1) * std::uint64_t{12} + 1;
  node.sure_from = static_cast<std::uint32_t>(std::min(from, std::uint64_t{schema_node::unset}));
  node.sure_end = node.max_length == schema_node::unset ? schema_node::unset : node.max_length + 1;
  if (constants || node.format != text_format::none || !(node.types & string_bit)) node.sure_end = 0;

  node.sure_digit = '-';
  node.sure_form = node.types & number_bit                 ? number_form::exponent
                   : node.types & schema_node::integer_bit ? number_form::integer
                                                           : number_form::none;
  if (node.minimum != schema_node::unset) {  // the first digit tells what is at least 0 or 1
    const std::int64_t least = constants_[node.minimum].whole;
    node.sure_digit = static_cast<unsigned char>('0' + least);
    if (least == 1) node.sure_form = std::min(node.sure_form, number_form::fraction);
    if (least < 0 || least > 1) node.sure_form = number_form::none;
  }
  if (constants || node.maximum != schema_node::unset) node.sure_form = number_form::none;
}

}  // namespace waxseal
