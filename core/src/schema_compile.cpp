// Reads JSON Schema into its compiled form. Called when a dialect is loaded.
#include <cstddef>
#include <iterator>

#include "json.hpp"
#include "schema.hpp"

namespace waxseal {
namespace {

/// Their places are the bits of `schema_node::types`.
constexpr std::string_view type_names = "null boolean number string array object integer";

/// What stands behind a keyword. From `count` on it is kept at a place of the node.
enum class form : std::uint8_t {
  annotation, reference, type, properties, required, options, format, count, constant, number, child
};

struct keyword {
  char name[21];
  form what;
  std::uint8_t place = 0;
};

constexpr keyword keywords[] = {
    {"type", form::type},
    {"properties", form::properties},
    {"required", form::required},
    {"enum", form::options},
    {"const", form::constant, offsetof(schema_node, only)},
    {"items", form::child, offsetof(schema_node, items)},
    {"additionalProperties", form::child, offsetof(schema_node, additional)},
    {"minimum", form::number, offsetof(schema_node, minimum)},
    {"maximum", form::number, offsetof(schema_node, maximum)},
    {"minLength", form::count, offsetof(schema_node, min_length)},
    {"maxLength", form::count, offsetof(schema_node, max_length)},
    {"minItems", form::count, offsetof(schema_node, min_items)},
    {"maxItems", form::count, offsetof(schema_node, max_items)},
    {"format", form::format},
    {"$ref", form::reference},
    {"title", form::annotation},
    {"description", form::annotation},
    {"$comment", form::annotation},
    {"default", form::annotation},
    {"examples", form::annotation},
    {"deprecated", form::annotation},
};

constexpr std::string_view twice = "stands here twice";
constexpr std::string_view none_here = "at least one is wanted";

std::uint32_t read_count(json_cursor& from) {
  std::int64_t value = 0;
  if (from.read_integer(value) && value < 0) from.fail("a number from 0 is wanted");
  return value < schema_node::unset ? static_cast<std::uint32_t>(value) : schema_node::unset;
}

}  // namespace

/// `required` may name members before or without `properties`, so both are joined at the end.
struct schema_set::draft {
  schema_node node;
  list<schema_property> properties;
  list<schema_property> required;
  bool constrained = false;  ///< a keyword other than `$ref` and annotations stands here
  std::uint32_t reference = schema_node::unset;
};

void schema_set::define(std::string_view defs) { defs_ = defs; }

result<std::uint32_t, std::string_view> schema_set::compile(std::string_view text, std::string_view base) {
  compile_definitions();
  const std::size_t first = nodes_.size();
  json_cursor from(text, base, failure_);
  const std::uint32_t node = compile_value(from);
  from.finish();
  resolve_joints();
  if (from.failed()) return std::string_view(failure_);
  resolve_aliases(first);
  return resolve(node);
}

void schema_set::compile_definitions() {
  if (defs_.empty()) return;
  json_cursor from(defs_, "/$defs", failure_);
  defs_ = {};
  std::string_view name;
  from.enter_object();
  while (from.member(name)) {
    const std::uint32_t at = add_text(name);
    definitions_.push_back({at, static_cast<std::uint32_t>(name.size()), from.skip()});
  }
  from.finish();
  const std::size_t first = nodes_.size();
  for (definition& each : definitions_) compile_definition(each);
  resolve_joints();
  if (failure_.empty()) resolve_aliases(first);
}

/// Compiles `which` if that was not begun before. A node is set aside first, so that a schema may
/// refer to itself.
void schema_set::compile_definition(definition& which) {
  if (which.node != schema_node::unset || !failure_.empty()) return;
  std::string base = "/$defs";
  append_pointer(base, {text(which.name), which.length});
  which.node = add_node({});
  which.descents = descents_;
  json_cursor from(which.text, base, failure_);
  if (from.peek() == json_kind::object) compile_object(from, which.node);
  else aliases_[which.node] = compile_value(from);
  from.finish();
  which.done = true;
}

std::uint32_t schema_set::compile_value(json_cursor& from) {
  const json_kind kind = from.peek();
  if (kind == json_kind::boolean) {
    bool accepts = true;
    from.read_boolean(accepts);
    return accepts ? any : none;
  }
  if (kind != json_kind::object) {
    from.expected("a schema: an object, true or false");
    return any;
  }
  const std::uint32_t index = add_node({});
  compile_object(from, index);
  return index;
}

void schema_set::compile_object(json_cursor& from, std::uint32_t into) {
  if (level_ == max_depth) {
    from.fail("schemas nest or refer to each other at most 64 levels deep");
    return;
  }
  ++level_;
  draft made;
  std::string_view keyword;
  from.enter_object();
  while (from.member(keyword)) read_keyword(from, keyword, made);
  --level_;
  if (!from.failed()) finish_draft(from, made, into);
}

void schema_set::read_keyword(json_cursor& from, std::string_view name, draft& to) {
  const keyword* which = keywords;
  while (which != std::end(keywords) && std::string_view(which->name) != name) ++which;
  if (which == std::end(keywords)) {
    std::string allowed;
    for (const auto& each : keywords) allowed.append(" ", 1).append(std::string_view(each.name));
    from.fail({"unknown keyword; allowed here:", allowed});
    return;
  }
  to.constrained |= which->what > form::reference;
  std::uint32_t kept = 0;
  switch (which->what) {
    case form::annotation: from.skip(); return;
    case form::reference: return read_reference(from, to);
    case form::type: return read_type(from, to);
    case form::properties: return read_properties(from, to);
    case form::required: return read_required(from, to);
    case form::options: return read_enum(from, to);
    case form::format: to.node.format = static_cast<text_format>(from.read_word(format_names) + 1); return;
    case form::count: kept = read_count(from); break;
    case form::constant: kept = read_constant(from, false); break;
    case form::number: kept = read_constant(from, true); break;
    case form::child: kept = read_child(from); break;
  }
  std::memcpy(reinterpret_cast<char*>(&to.node) + which->place, &kept, sizeof kept);
}

std::uint32_t schema_set::read_child(json_cursor& from) {
  ++descents_;
  const std::uint32_t child = compile_value(from);
  --descents_;
  return child;
}

void schema_set::read_type(json_cursor& from, draft& to) {
  const json_kind kind = from.peek();
  to.node.types = 0;
  if (kind == json_kind::array) from.enter_array();
  while (kind == json_kind::array ? from.element() : to.node.types == 0 && !from.failed()) {
    const int at = from.read_word(type_names);
    if (at < 0) return;
    if (to.node.types >> at & 1) from.fail(twice);
    to.node.types = static_cast<std::uint8_t>(to.node.types | 1 << at);
  }
  if (to.node.types == 0) from.fail(none_here);
}

void schema_set::read_properties(json_cursor& from, draft& to) {
  std::string_view name;
  to.node.names_members = true;
  from.enter_object();
  while (from.member(name)) {
    if (name.size() > max_name) {
      from.fail(too_long);
      return;
    }
    const std::uint32_t child = read_child(from);
    to.properties.push_back(make_property(name, child));
    if (to.properties.size() > max_properties)
      from.fail(too_many);
  }
}

void schema_set::read_required(json_cursor& from, draft& to) {
  std::string_view name;
  from.enter_array();
  while (from.element() && from.read_string(name)) {
    if (name.size() > max_name) {
      from.fail(too_long);
      return;
    }
    if (position_of(name, to.required) < to.required.size())
      from.fail(twice);
    to.required.push_back(make_property(name, any));
    if (to.required.size() > max_properties)
      from.fail(too_many);
  }
}

/// @return the constant; with `number_only` (for `minimum`) it must be a number.
std::uint32_t schema_set::read_constant(json_cursor& from, bool number_only) {
  schema_constant made;
  made.kind = from.peek();
  if (from.failed()) return schema_node::unset;
  const bool scalar = made.kind != json_kind::object && made.kind != json_kind::array;
  if (number_only ? made.kind != json_kind::number : !scalar) {
    from.expected(number_only ? "a number" : "a string, a number, true, false or null");
    return schema_node::unset;
  }
  std::string_view text;
  if (made.kind == json_kind::string) from.read_string(text);
  else text = from.skip();
  made.text = add_text(text);
  made.length = static_cast<std::uint32_t>(text.size());
  add_constant(made);
  return constants_.size() - 1;
}

void schema_set::read_enum(json_cursor& from, draft& to) {
  to.node.enum_first = constants_.size();
  from.enter_array();
  while (from.element()) read_constant(from, false);
  to.node.enum_count = constants_.size() - to.node.enum_first;
  if (to.node.enum_count == 0) from.fail(none_here);
}

void schema_set::read_reference(json_cursor& from, draft& to) {
  constexpr std::string_view start = "#/$defs/";
  std::string_view reference;
  if (!from.read_string(reference)) return;
  char name[max_name + 1];
  int length = -1;
  if (reference.starts_with(start) && reference.find('/', start.size()) == reference.npos)
    length = decode_token(reference.substr(start.size()), name);
  if (length <= 0) {
    from.fail("allowed is #/$defs/NAME of this file");
    return;
  }
  for (definition& each : definitions_) {
    if (std::string_view(text(each.name), each.length) != std::string_view(name, static_cast<std::size_t>(length)))
      continue;
    compile_definition(each);
    if (!each.done && each.descents == descents_)
      from.fail("leads back to itself and to no schema");
    to.reference = each.node;
    return;
  }
  from.fail("names nothing in $defs");
}

void schema_set::finish_draft(json_cursor& from, draft& done, std::uint32_t into) {
  schema_node& node = done.node;
  if (done.reference != schema_node::unset && !done.constrained) {
    aliases_[into] = done.reference;
    return;
  }
  if (done.reference != schema_node::unset) {
    const std::uint32_t beside = add_node({}), pointer = add_text(from.pointer());
    joint& made = joints_.push_back({into, pointer, static_cast<std::uint32_t>(from.pointer().size()), {}});
    made.parts.push_back(done.reference);
    made.parts.push_back(beside);
    into = beside;
  }
  if (!done.constrained) {
    aliases_[into] = any;
    return;
  }
  for (schema_property& each : done.required) {
    const std::uint32_t at = position_of({text(each.name), each.length}, done.properties);
    if (at == max_properties) {
      from.fail(too_many);
      return;
    }
    each.child = node.additional;
    if (at == done.properties.size()) done.properties.push_back(each);
    node.required[at / 64] |= std::uint64_t{1} << (at % 64);
  }
  if (!done.properties.empty()) {
    node.names_members = true;
    add_properties(node, done.properties);
  }
  settle(node);
  nodes_[into] = node;
}

std::uint32_t schema_set::resolve(std::uint32_t node) const {
  while (aliases_[node] != schema_node::unset) node = aliases_[node];
  return node;
}

/// Lets every edge of the nodes from `from` on lead past the nodes that are only a `$ref`.
void schema_set::resolve_aliases(std::size_t from) {
  for (std::size_t i = from; i < nodes_.size(); ++i) {
    schema_node& node = nodes_[i];
    node.items = resolve(node.items);
    node.additional = resolve(node.additional);
    for (unsigned p = 0; p < node.properties; ++p) {
      schema_property& property = properties_[node.first_property + p];
      property.child = resolve(property.child);
    }
  }
}

}  // namespace waxseal
