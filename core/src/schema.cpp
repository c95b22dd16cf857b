// The compiled form: names and their table, look-up, and slots. Reading schemas is in
// schema_compile.cpp.
#include "schema.hpp"

#include <cstring>

#include "decimal.hpp"

namespace waxseal {
namespace {

/// Place of a name in its object's table before probing. Collisions between the names of a schema
/// cost its author a probe; an attacker's names are never stored.
std::uint32_t place(const char* name, std::size_t length, unsigned bits) {
  std::uint64_t word = load8(name);
  if (length < 8) word &= (std::uint64_t{1} << (8 * length)) - 1;
  else word ^= load8(name + length - 8) << 1;
  word = (word ^ std::uint64_t{length} << 56) * 0x9e3779b97f4a7c15u;
  return static_cast<std::uint32_t>(word >> (64 - bits));
}

/// Whether `name` stands in JSON text exactly as its own bytes and needs no further look.
bool is_plain(std::string_view name) {
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte >= 0x80 || c == '"' || c == '\\') return false;
  }
  return true;
}

/// Room behind a text for wide loads.
constexpr std::string_view nothing_behind("\0\0\0\0\0\0\0\0", 8);

}  // namespace

schema_set::schema_set() {
  text_.append(nothing_behind);
  schema_node nothing;
  nothing.types = 0;
  nothing.sure_form = number_form::none;
  nothing.sure_end = 0;
  nothing.additional = none;
  add_node({});
  add_node(nothing);
}

std::uint32_t schema_set::add_node(const schema_node& node) {
  nodes_.push_back(node);
  aliases_.push_back(schema_node::unset);
  return nodes_.size() - 1;
}

std::uint32_t schema_set::add_text(std::string_view text) {
  const std::size_t offset = text_.size() - 8;
  for (std::size_t i = 0; i < nothing_behind.size(); ++i) text_.pop_back();
  text_.append(text).append("\"", 1).append(nothing_behind);
  return static_cast<std::uint32_t>(offset);
}

schema_property schema_set::make_property(std::string_view name, std::uint32_t child) {
  schema_property property;
  property.name = add_text(name);
  property.length = static_cast<std::uint16_t>(name.size());
  property.child = child;
  set_head(property);
  return property;
}

void schema_set::set_head(schema_property& of) const {
  of.head = 1;  // equals nothing under an empty mask
  if (!is_plain({text(of.name), of.length})) return;
  of.head_mask = of.length >= 7 ? ~std::uint64_t{0} : (std::uint64_t{1} << 8 * (of.length + 1)) - 1;
  of.head = load8(text(of.name)) & of.head_mask;
}

void schema_set::add_constant(schema_constant constant) {
  const std::string_view raw(text(constant.text), constant.length);
  if (constant.kind == json_kind::number && raw.find_first_of(".eE") == raw.npos) constant.whole = whole_part(raw);
  constants_.push_back(constant);
}

void schema_set::set_text(std::string_view text) {
  text_.clear();
  text_.append(text).append(nothing_behind);
}

void schema_set::add_node(schema_node node, list<schema_property>& members) {
  for (schema_property& each : members) set_head(each);
  if (!members.empty()) add_properties(node, members);
  nodes_.push_back(node);
}

void schema_set::add_properties(schema_node& to, const list<schema_property>& properties) {
  to.first_property = properties_.size();
  to.properties = static_cast<std::uint8_t>(properties.size());
  for (const auto& each : properties) properties_.push_back(each);
  to.table_bits = 1;
  while ((1u << to.table_bits) < 2 * properties.size()) ++to.table_bits;
  const std::uint32_t places = 1u << to.table_bits;
  to.table = tables_.size();
  for (std::uint32_t i = 0; i < places; ++i) tables_.push_back(0);
  for (std::size_t i = 0; i < properties.size(); ++i) {
    std::uint32_t at = place(text(properties[i].name), properties[i].length, to.table_bits);
    while (tables_[to.table + at] != 0) at = (at + 1) & (places - 1);
    tables_[to.table + at] = static_cast<std::uint8_t>(i + 1);
  }
}

int schema_set::find(const schema_node& of, const char* name, std::size_t length) const {
  if (of.properties == 0 || length > max_name) return -1;
  const std::uint8_t* const table = tables_.begin() + of.table;
  const std::uint32_t mask = (1u << of.table_bits) - 1;
  for (std::uint32_t at = place(name, length, of.table_bits);; at = (at + 1) & mask) {
    if (table[at] == 0) return -1;
    const schema_property& property = properties(of)[table[at] - 1];
    if (property.length == length && std::memcmp(text(property.name), name, length) == 0)
      return table[at] - 1;
  }
}

std::uint32_t schema_set::position_of(std::string_view name, const list<schema_property>& among) const {
  std::uint32_t at = 0;
  while (at < among.size() && std::string_view(text(among[at].name), among[at].length) != name) ++at;
  return at;
}

int decode_token(std::string_view token, char* into) {
  int length = 0;
  for (std::size_t i = 0; i < token.size() && length <= static_cast<int>(schema_set::max_name); ++i) {
    char c = token[i];
    if (c == '~') {
      const char which = ++i < token.size() ? token[i] : '\0';
      if (which != '0' && which != '1') return -1;
      c = which == '0' ? '~' : '/';
    }
    into[length++] = c;
  }
  return length;
}

result<std::uint32_t, std::string_view> schema_set::mark(std::uint32_t node, std::string_view pointer,
                                                         slot into) {
  using namespace std::string_view_literals;
  if (pointer.empty() || pointer[0] != '/') return "a JSON Pointer begins with /"sv;
  std::uint32_t root = schema_node::unset;
  std::uint32_t edge = schema_node::unset;  // in properties_, of the member that leads to `node`
  std::string_view rest = pointer;
  do {
    rest.remove_prefix(1);
    const std::string_view token = rest.substr(0, rest.find('/'));
    rest.remove_prefix(token.size());
    char name[max_name + 1 + 8] = {};
    const int length = decode_token(token, name);
    if (length < 0) return "a ~ stands in a JSON Pointer as ~0 or ~1"sv;
    if (length > static_cast<int>(max_name)) return too_long;
    // Always a copy: whether another schema leads to this node is not known here.
    schema_node copy = nodes_[node];
    if (!(copy.types & 1 << static_cast<int>(json_kind::object)))
      return "it passes through a value that its schema does not let be an object"sv;
    list<schema_property> members;
    for (unsigned i = 0; i < copy.properties; ++i) members.push_back(properties(copy)[i]);
    const std::string_view key(name, static_cast<std::size_t>(length));
    const std::uint32_t at = position_of(key, members);
    if (at == max_properties) return too_many;
    if (at == members.size()) members.push_back(make_property(key, copy.additional));
    if (rest.empty())
      members[at].slots = static_cast<std::uint8_t>(members[at].slots | 1 << static_cast<int>(into));
    copy.names_members = true;
    add_properties(copy, members);
    const std::uint32_t index = add_node(copy);
    if (edge == schema_node::unset) root = index;
    else properties_[edge].child = index;
    edge = copy.first_property + at;
    node = properties_[edge].child;
  } while (!rest.empty());
  return root;
}

}  // namespace waxseal
