// JSON Schema, compiled to the flat form that directs the scanner. The subset: type (also an
// array of types), properties, required, enum, const, items, additionalProperties, minimum,
// maximum, minLength, maxLength, minItems, maxItems, format (date-time, uuid, uri, email), local
// $ref (#/$defs/NAME of the dialect file) with any of these beside it; title, description, $comment, default, examples and
// deprecated are read and ignored. Anything else is an error.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "formats.hpp"
#include "lexer.hpp"
#include "list.hpp"
#include "waxseal/status.hpp"

namespace waxseal {

class json_cursor;
enum class slot : std::uint8_t;

/// A name that an object's schema states.
struct schema_property {
  std::uint64_t head = 0;       ///< first eight bytes of the name and its closing quote
  std::uint64_t head_mask = 0;  ///< over `head`; 0: the name cannot be compared byte for byte
  std::uint32_t name = 0;       ///< offset into the set's text; the closing quote stands behind it
  std::uint16_t length = 0;
  std::uint8_t slots = 0;       ///< bit n: the value belongs into slot n
  std::uint32_t child = 0;
};

/// A scalar of `enum` or `const`. Strings are decoded, numbers are their text.
struct schema_constant {
  std::uint32_t text = 0;
  std::uint32_t length = 0;
  json_kind kind = json_kind::null;
  std::int64_t whole = -1;  ///< of an integer that is not negative and has at most 15 digits
};

/// What one schema asks of a value.
struct schema_node {
  static constexpr std::uint32_t unset = 0xffffffff;
  static constexpr std::uint8_t integer_bit = 1 << 6;  ///< in `types`, beside bit n for json_kind n
  static constexpr std::uint8_t every_type = 0x7f;

  std::uint8_t types = every_type;
  text_format format = text_format::none;
  unsigned char sure_digit = '-';  ///< a number that begins with this or what is above it, and …
  number_form sure_form = number_form::exponent;  ///< … is written thus or plainer, fits
  std::uint32_t sure_from = 0;     ///< a string of so many bytes as it is written fits, up to …
  std::uint32_t sure_end = unset;  ///< … one that is as long as this
  bool checks_literal = false; ///< true, false and null must be looked at beyond their kind
  bool names_members = false;  ///< repeated keys are looked for
  std::uint8_t table_bits = 0; ///< the name table has 2^bits places
  std::uint8_t properties = 0; ///< how many
  std::uint32_t first_property = 0;
  std::uint32_t table = 0;     ///< where its name table begins
  std::uint32_t additional = 0;  ///< node of members that are not named
  std::uint32_t items = 0;
  std::uint64_t required[2] = {0, 0};  ///< bit n: property n
  std::uint32_t enum_first = 0;
  std::uint32_t enum_count = unset;    ///< unset: no `enum`
  std::uint32_t only = unset;          ///< constant of `const`
  std::uint32_t minimum = unset;       ///< constant
  std::uint32_t maximum = unset;
  std::uint32_t min_length = 0, max_length = unset;
  std::uint32_t min_items = 0, max_items = unset;
};

/// Compiled schemas; a schema is the index of its node.
class schema_set {
 public:
  static constexpr std::uint32_t any = 0;   ///< the node that accepts every value and names nothing
  static constexpr std::uint32_t none = 1;  ///< the node that accepts no value
  static constexpr unsigned max_properties = 128;  ///< of one object
  static constexpr unsigned max_name = 255;        ///< bytes of a property's name
  static constexpr std::string_view too_many = "an object names at most 128 members";
  static constexpr std::string_view too_long = "a name has at most 255 bytes";

  schema_set();
  /// Raw text of the object that `#/$defs/…` points into; call before the first `compile`, which
  /// compiles all of it, so that a mistake in an unused definition is found too.
  void define(std::string_view defs);
  /// @param base  JSON Pointer of `text` in its file, for errors.
  /// @return the node, or "<pointer>: <what is wrong and what is allowed>", which stands in the set.
  result<std::uint32_t, std::string_view> compile(std::string_view text, std::string_view base);
  /// Makes the scanner record the value at `pointer` below `node` in `into`, adding members that
  /// the schema does not name. @return the node to use from now on (a shared one is copied), or a
  /// sentence (a pointer that passes through an array, say).
  result<std::uint32_t, std::string_view> mark(std::uint32_t node, std::string_view pointer, slot into);

  // For the scanner.
  const schema_node& node(std::uint32_t index) const { return nodes_[index]; }
  const schema_property* properties(const schema_node& of) const {
    return properties_.begin() + of.first_property;
  }
  const char* text(std::uint32_t offset) const { return text_.data() + offset; }
  const schema_constant& constant(std::uint32_t index) const { return constants_[index]; }
  /// Position of the decoded `name` among the properties of `of`, or -1.
  /// @param name  followed by at least eight readable bytes
  int find(const schema_node& of, const char* name, std::size_t length) const;

  // For images, which hold the nodes behind `any` and `none`, each with its properties.
  static constexpr std::uint32_t first_node = 2;
  std::uint32_t size() const { return nodes_.size(); }
  std::uint32_t text_size() const { return static_cast<std::uint32_t>(text_.size()) - 8; }
  std::uint32_t constants() const { return constants_.size(); }
  void set_text(std::string_view text);
  void add_constant(schema_constant constant);
  /// @param members  whose names and children are set
  void add_node(schema_node node, list<schema_property>& members);

 private:
  struct definition {
    std::uint32_t name = 0;                   ///< of `text_`
    std::uint32_t length = 0;
    std::string_view text;
    std::uint32_t node = schema_node::unset;  ///< unset: not begun
    unsigned descents = 0;                    ///< `descents_` when it began
    bool done = false;
  };
  struct draft;  // a schema while its keywords are read
  /// A node that asks all that its parts ask.
  struct joint {
    std::uint32_t into;
    std::uint32_t pointer, length;  ///< of `text_`: where the `$ref` stands
    list<std::uint32_t> parts;      ///< nodes, sorted
  };

  std::uint32_t compile_value(json_cursor& from);
  void compile_object(json_cursor& from, std::uint32_t into);
  void read_keyword(json_cursor& from, std::string_view keyword, draft& to);
  void read_type(json_cursor& from, draft& to);
  void read_properties(json_cursor& from, draft& to);
  void read_required(json_cursor& from, draft& to);
  void read_enum(json_cursor& from, draft& to);
  void read_reference(json_cursor& from, draft& to);
  std::uint32_t read_constant(json_cursor& from, bool number_only);
  std::uint32_t read_child(json_cursor& from);
  void finish_draft(json_cursor& from, draft& done, std::uint32_t into);
  void compile_definition(definition& which);
  void compile_definitions();
  void resolve_joints();
  void add_part(list<std::uint32_t>& parts, std::uint32_t node) const;
  std::uint32_t joined(list<std::uint32_t> parts, const joint& of);
  void join(std::uint32_t which);
  void join_values(schema_node& made, const schema_node& other, const joint& of);
  void join_members(schema_node& made, const list<std::uint32_t>& parts, const joint& of);
  void join_constants(schema_node& made, const schema_node& other);
  void refuse(const joint& at, std::string_view sentence);
  void settle(schema_node& node) const;
  void resolve_aliases(std::size_t from);
  std::uint32_t resolve(std::uint32_t node) const;

  std::uint32_t add_node(const schema_node& node);
  std::uint32_t add_text(std::string_view text);
  schema_property make_property(std::string_view name, std::uint32_t child);
  void set_head(schema_property& of) const;
  void add_properties(schema_node& to, const list<schema_property>& properties);
  /// The position of `name` in `among`, or its size.
  std::uint32_t position_of(std::string_view name, const list<schema_property>& among) const;

  list<schema_node> nodes_;
  list<schema_property> properties_;
  list<schema_constant> constants_;
  list<std::uint8_t> tables_;         ///< name tables: position of a property + 1, or 0
  std::string text_;                  ///< names and constants, with room behind for wide loads
  list<definition> definitions_;
  list<std::uint32_t> aliases_;       ///< per node: what it is a `$ref` to, or unset
  list<joint> joints_;
  std::uint32_t joints_made_ = 0;
  std::string_view defs_;
  std::string failure_;  ///< the first error sticks: what was compiled before it is not whole
  unsigned descents_ = 0;  ///< sub-schemas entered so far below the ones now being compiled
  unsigned level_ = 0;     ///< schemas now being compiled, each within the one before
};

/// Writes what one token of a JSON Pointer stands for, its first `max_name + 1` bytes at most.
/// @return its length, or -1: it holds a ~ that is neither ~0 nor ~1.
int decode_token(std::string_view token, char* into);

}  // namespace waxseal
