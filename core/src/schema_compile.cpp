// Reads JSON Schema into its compiled form. Called when a dialect is loaded.
#include "decimal.hpp"
#include "json.hpp"
#include "schema.hpp"

namespace waxseal {
namespace {

constexpr std::string_view keyword_list =
    "type, properties, required, enum, const, items, additionalProperties, minimum, maximum, "
    "minLength, maxLength, minItems, maxItems, format, $ref, title, description, $comment, default, "
    "examples and deprecated";

constexpr std::uint8_t type_bit(json_kind kind) {
  return static_cast<std::uint8_t>(1 << static_cast<int>(kind));
}

/// The bits of the type called `name`, or 0.
std::uint8_t type_named(std::string_view name) {
  constexpr std::string_view names[] = {"null", "boolean", "number", "string", "array", "object"};
  for (int i = 0; i < 6; ++i) {
    if (name == names[i]) return static_cast<std::uint8_t>(1 << i);
  }
  return name == "integer" ? schema_node::integer_bit : 0;
}

bool is_annotation(std::string_view keyword) {
  return keyword == "title" || keyword == "description" || keyword == "$comment" ||
         keyword == "default" || keyword == "examples" || keyword == "deprecated";
}

}  // namespace

/// `required` may name members before or without `properties`, so both are joined at the end.
struct schema_set::draft {
  schema_node node;
  std::vector<schema_property> properties;
  std::vector<std::string> required;
  bool constrained = false;  ///< a keyword other than `$ref` and annotations stands here
  std::uint32_t reference = schema_node::unset;
};

void schema_set::define(std::string_view defs) { defs_ = defs; }

result<std::uint32_t, std::string> schema_set::compile(std::string_view text, std::string base) {
  if (failure_.empty()) failure_ = compile_definitions();
  if (!failure_.empty()) return failure_;
  const std::size_t first = nodes_.size();
  json_cursor from(text, std::move(base));
  const std::uint32_t node = compile_value(from);
  from.finish();
  if (from.failed()) return failure_ = from.error();
  resolve_aliases(first);
  return resolve(node);
}

std::string schema_set::compile_definitions() {
  if (defs_.empty()) return {};
  json_cursor from(defs_, "/$defs");
  defs_ = {};
  std::string name;
  from.enter_object();
  while (from.member(name)) {
    definition next;
    next.name = name;
    next.text = from.skip();
    definitions_.push_back(std::move(next));
  }
  from.finish();
  if (from.failed()) return from.error();
  const std::size_t first = nodes_.size();
  std::string error;
  for (definition& each : definitions_) {
    if (!compile_definition(each, error)) return error;
  }
  resolve_aliases(first);
  return {};
}

/// Compiles `which` if that was not begun before. A node is set aside first, so that a schema may
/// refer to itself.
bool schema_set::compile_definition(definition& which, std::string& error) {
  if (which.node != schema_node::unset) return true;
  std::string base = "/$defs";
  append_pointer(base, which.name);
  which.node = static_cast<std::uint32_t>(nodes_.size());
  which.descents = descents_;
  nodes_.emplace_back();
  aliases_.push_back(schema_node::unset);
  json_cursor from(which.text, std::move(base));
  if (from.peek() == json_kind::object) compile_object(from, which.node);
  else aliases_[which.node] = compile_value(from);
  from.finish();
  error = from.error();
  which.done = true;
  return error.empty();
}

std::uint32_t schema_set::compile_value(json_cursor& from) {
  const json_kind kind = from.peek();
  if (kind == json_kind::boolean) {
    bool accepts = true;
    from.read_boolean(accepts);
    return accepts ? any : none;
  }
  if (kind != json_kind::object) {
    from.expected("a schema, which is an object or true or false");
    return any;
  }
  const auto index = static_cast<std::uint32_t>(nodes_.size());
  nodes_.emplace_back();
  aliases_.push_back(schema_node::unset);
  compile_object(from, index);
  return index;
}

void schema_set::compile_object(json_cursor& from, std::uint32_t into) {
  if (level_ == max_depth) {
    from.fail("schemas are nested or refer to each other more than 64 levels deep");
    return;
  }
  ++level_;
  draft made;
  std::string keyword;
  from.enter_object();
  while (from.member(keyword)) read_keyword(from, keyword, made);
  --level_;
  if (!from.failed()) finish_draft(from, made, into);
}

void schema_set::read_keyword(json_cursor& from, const std::string& keyword, draft& to) {
  schema_node& node = to.node;
  if (is_annotation(keyword)) {
    from.skip();
    return;
  }
  if (keyword == "$ref") return read_reference(from, to);
  to.constrained = true;
  if (keyword == "type") read_type(from, to);
  else if (keyword == "properties") read_properties(from, to);
  else if (keyword == "required") read_required(from, to);
  else if (keyword == "enum") read_enum(from, to);
  else if (keyword == "const") node.only = read_constant(from, false);
  else if (keyword == "items") node.items = read_child(from);
  else if (keyword == "additionalProperties") node.additional = read_child(from);
  else if (keyword == "minimum") node.minimum = read_constant(from, true);
  else if (keyword == "maximum") node.maximum = read_constant(from, true);
  else if (keyword == "minLength") read_count(from, node.min_length);
  else if (keyword == "maxLength") read_count(from, node.max_length);
  else if (keyword == "minItems") read_count(from, node.min_items);
  else if (keyword == "maxItems") read_count(from, node.max_items);
  else if (keyword == "format") {
    std::string name;
    if (from.peek() != json_kind::string) return void(from.expected("a format's name"));
    if (!from.read_string(name)) return;
    node.format = format_named(name);
    if (node.format == text_format::none)
      from.fail("unknown format \"" + name + "\"; allowed are date-time, uuid, uri and email");
  } else {
    from.fail("unknown keyword \"" + keyword + "\"; allowed are " + std::string(keyword_list));
  }
}

std::uint32_t schema_set::read_child(json_cursor& from) {
  ++descents_;
  const std::uint32_t child = compile_value(from);
  --descents_;
  return child;
}

void schema_set::read_type(json_cursor& from, draft& to) {
  constexpr std::string_view allowed =
      "; allowed are null, boolean, integer, number, string, array and object";
  std::string name;
  to.node.types = 0;
  const auto read_one = [&] {
    if (!from.read_string(name)) return;
    const std::uint8_t bits = type_named(name);
    if (bits == 0) from.fail("unknown type \"" + name + "\"" + std::string(allowed));
    if (to.node.types & bits) from.fail("the type \"" + name + "\" stands here twice");
    to.node.types |= bits;
  };
  const json_kind kind = from.peek();
  if (kind == json_kind::string) return read_one();
  if (kind != json_kind::array) return void(from.expected("a type's name or an array of them"));
  from.enter_array();
  while (from.element()) read_one();
  if (to.node.types == 0) from.fail("an array of types holds at least one");
}

void schema_set::read_properties(json_cursor& from, draft& to) {
  std::string name;
  to.node.names_members = true;
  from.enter_object();
  while (from.member(name)) {
    if (name.size() > max_name) {
      from.fail("a member's name of more than 255 bytes; at most 255 are allowed");
      return;
    }
    const std::uint32_t child = read_child(from);
    to.properties.push_back(make_property(name, child));
    if (to.properties.size() > max_properties) {
      from.fail("this object names more than 128 members; at most 128 are allowed");
      return;
    }
  }
}

void schema_set::read_required(json_cursor& from, draft& to) {
  std::string name;
  from.enter_array();
  while (from.element()) {
    if (!from.read_string(name)) return;
    if (name.size() > max_name) {
      from.fail("a member's name of more than 255 bytes; at most 255 are allowed");
      return;
    }
    for (const std::string& other : to.required) {
      if (other == name) from.fail("\"" + name + "\" stands here twice");
    }
    to.required.push_back(name);
    if (to.required.size() > max_properties) {
      from.fail("this object requires more than 128 members; at most 128 are allowed");
      return;
    }
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
  std::string text;
  if (made.kind == json_kind::string) from.read_string(text);
  else text = std::string(from.skip());
  made.text = add_text(text);
  made.length = static_cast<std::uint32_t>(text.size());
  constants_.push_back(made);
  return static_cast<std::uint32_t>(constants_.size() - 1);
}

void schema_set::read_enum(json_cursor& from, draft& to) {
  to.node.enum_first = static_cast<std::uint32_t>(constants_.size());
  from.enter_array();
  while (from.element()) read_constant(from, false);
  to.node.enum_count = static_cast<std::uint32_t>(constants_.size()) - to.node.enum_first;
  if (to.node.enum_count == 0) from.fail("an enum holds at least one value");
}

void schema_set::read_count(json_cursor& from, std::uint32_t& into) {
  std::int64_t value = 0;
  if (from.peek() != json_kind::number) return void(from.expected("an integer of 0 or more"));
  if (!from.read_integer(value)) return;
  if (value < 0) from.fail("a negative count; an integer of 0 or more is allowed");
  into = value < schema_node::unset ? static_cast<std::uint32_t>(value) : schema_node::unset;
}

void schema_set::read_reference(json_cursor& from, draft& to) {
  constexpr std::string_view start = "#/$defs/";
  std::string reference, name;
  if (!from.read_string(reference)) return;
  bool fits = reference.size() > start.size() && reference.compare(0, start.size(), start) == 0;
  for (std::size_t i = start.size(); fits && i < reference.size(); ++i) {
    if (reference[i] == '/') fits = false;
    if (reference[i] != '~') {
      name += reference[i];
      continue;
    }
    const char which = ++i < reference.size() ? reference[i] : '\0';
    fits = which == '0' || which == '1';
    name += which == '0' ? '~' : '/';
  }
  if (!fits) {
    from.fail("the reference \"" + reference + "\"; allowed is #/$defs/NAME of this file");
    return;
  }
  for (definition& each : definitions_) {
    if (each.name != name) continue;
    std::string error;
    if (!compile_definition(each, error)) {
      from.adopt(std::move(error));
    } else if (!each.done && each.descents == descents_) {
      from.fail("the reference \"" + reference + "\" leads back to itself and to no schema");
    }
    to.reference = each.node;
    return;
  }
  from.fail("the reference \"" + reference + "\" names nothing in $defs");
}

void schema_set::finish_draft(json_cursor& from, draft& done, std::uint32_t into) {
  schema_node& node = done.node;
  if (done.reference != schema_node::unset) {
    if (done.constrained) {
      from.fail("$ref stands beside other keywords; only title, description, $comment, default, "
                "examples and deprecated may");
    }
    aliases_[into] = done.reference;
    return;
  }
  if (!done.constrained) {
    aliases_[into] = any;
    return;
  }
  for (const std::string& name : done.required) {
    std::size_t at = 0;
    while (at < done.properties.size() &&
           std::string_view(text(done.properties[at].name), done.properties[at].length) != name)
      ++at;
    if (at == max_properties) {
      from.fail("this object names more than 128 members; at most 128 are allowed");
      return;
    }
    if (at == done.properties.size())
      done.properties.push_back(make_property(name, node.additional));
    node.required[at / 64] |= std::uint64_t{1} << (at % 64);
  }
  if (!done.properties.empty()) {
    node.names_members = true;
    add_properties(node, done.properties);
  }
  const bool constants = node.enum_count != schema_node::unset || node.only != schema_node::unset;
  if (constants) {  // which are scalars, so that no other value can be equal to one
    constexpr auto containers = type_bit(json_kind::object) | type_bit(json_kind::array);
    node.types &= static_cast<std::uint8_t>(~containers);
  }
  node.checks_literal = constants;
  node.checks_string = constants || node.format != text_format::none || node.min_length > 0 ||
                       node.max_length != schema_node::unset;
  node.checks_number = constants || node.minimum != schema_node::unset ||
                       node.maximum != schema_node::unset ||
                       !(node.types & type_bit(json_kind::number));
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
