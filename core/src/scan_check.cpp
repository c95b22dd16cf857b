// What the scanner asks of single values, and the pointer of a problem.
#include "decimal.hpp"
#include "scan.hpp"

namespace waxseal {
namespace {

std::size_t code_points(std::string_view raw) {
  text_reader reader(raw);
  std::size_t count = 0;
  for (int byte; (byte = reader.next()) >= 0;) count += (byte & 0xc0) != 0x80;
  return count;
}

/// A JSON Pointer in a buffer; a token that does not fit is left out whole, with all after it.
struct pointer_writer {
  char* into;
  std::size_t room;
  std::size_t used;
  std::size_t whole = used;  ///< up to the last complete token

  void put(char c) {
    if (used < room) into[used] = c;
    ++used;
  }
  void put_key(std::string_view raw) {
    put('/');
    text_reader reader(raw);
    for (int byte; used <= room && (byte = reader.next()) >= 0;)
      put_escaped(static_cast<char>(byte));
  }
  void put_escaped(char c) {
    if (c == '~' || c == '/') {
      put('~');
      c = c == '~' ? '0' : '1';
    }
    put(c);
  }
  void put_index(std::uint32_t index) {
    put('/');
    std::uint32_t unit = 1;
    while (index / unit >= 10) unit *= 10;
    for (; unit != 0; unit /= 10) put(static_cast<char>('0' + index / unit % 10));
  }
  bool close() {
    if (used > room) return false;
    whole = used;
    return true;
  }
};

}  // namespace

/// Writes where the innermost of `depth` frames stands, behind `used` bytes, and if given the
/// member `missing` of that place. @return the length.
std::size_t scanner::write_pointer(char* into, std::size_t used, unsigned depth,
                                   const schema_property* missing) const {
  pointer_writer writer{into, pointer_room, used};
  for (unsigned i = 0; i < depth; ++i) {
    const frame& each = frames_[i];
    if (each.key == nullptr) writer.put_index(each.index - 1);
    else writer.put_key({reinterpret_cast<const char*>(each.key), each.key_length});
    if (!writer.close()) return writer.whole;
  }
  if (missing != nullptr) {
    writer.put('/');
    for (unsigned i = 0; i < missing->length; ++i)
      writer.put_escaped(plan_->schemas.text(missing->name)[i]);
    writer.close();
  }
  return writer.whole;
}

/// Whether a problem is to be told instead of the one noted so far.
bool scanner::outranks(status code, byte_ptr at) const {
  if (problem_at_ == nullptr) return true;
  if (code != result_.code) return code == status::duplicate_key;
  return at < problem_at_;
}

/// Takes note of a problem at the current member or element of the innermost of `depth` frames.
void scanner::problem(status code, byte_ptr at, unsigned depth, const schema_property* missing) {
  if (!outranks(code, at) || (code == status::schema && !check_)) return;
  problem_at_ = at;
  result_.code = code;
  std::memcpy(at_, prefix_, prefix_ahead_);
  result_.at = {at_, write_pointer(at_, prefix_ahead_, depth, missing)};
}

/// Takes note of the first required member that is missing from `closed`, the innermost frame.
void scanner::missing(const frame& closed, byte_ptr at, unsigned depth) {
  unsigned which = 0;
  const auto is_missing = [&](unsigned i) {
    return (closed.node->required[i / 64] & ~closed.seen[i / 64]) >> i % 64 & 1;
  };
  while (!is_missing(which)) ++which;
  problem(status::schema, at, depth - 1, plan_->schemas.properties(*closed.node) + which);
}

bool scanner::fits_string(const schema_node& node, std::string_view raw) const {
  if (!(node.types & 1 << static_cast<int>(json_kind::string))) return false;
  if (node.min_length > 0 || node.max_length != schema_node::unset) {
    const std::size_t length = code_points(raw);
    if (length < node.min_length || length > node.max_length) return false;
  }
  if (node.format != text_format::none && !has_format(raw, node.format)) return false;
  return fits_constants(node, json_kind::string, raw);
}

bool scanner::fits_number(const schema_node& node, std::string_view raw, number_form form) const {
  if (!(node.types & 1 << static_cast<int>(json_kind::number))) {
    if (!(node.types & schema_node::integer_bit) || (form != number_form::integer && !is_integer(raw)))
      return false;
  }
  // Most numbers and bounds are told apart by what stands before the point.
  const std::int64_t whole = form == number_form::exponent ? -1 : whole_part(raw);
  const auto compare = [&](const schema_constant& bound) {
    if (whole >= 0 && bound.whole >= 0 && whole != bound.whole) return whole < bound.whole ? -1 : 1;
    return compare_decimals(raw, {plan_->schemas.text(bound.text), bound.length});
  };
  if (node.minimum != schema_node::unset) {
    const schema_constant& least = plan_->schemas.constant(node.minimum);
    if (!(whole >= 0 && whole == least.whole) && compare(least) < 0) return false;
  }
  if (node.maximum != schema_node::unset && compare(plan_->schemas.constant(node.maximum)) > 0) return false;
  return fits_constants(node, json_kind::number, raw);
}

/// Whether a scalar is the node's `const` and one of its `enum`, where it has them.
bool scanner::fits_constants(const schema_node& node, json_kind kind, std::string_view raw) const {
  const auto equals = [&](std::uint32_t index) {
    const schema_constant& constant = plan_->schemas.constant(index);
    const std::string_view text(plan_->schemas.text(constant.text), constant.length);
    if (constant.kind != kind) return false;
    if (kind == json_kind::string) return stands_for(raw, text);
    return kind == json_kind::number ? compare_decimals(raw, text) == 0 : raw == text;
  };
  if (node.only != schema_node::unset && !equals(node.only)) return false;
  if (node.enum_count == schema_node::unset) return true;
  for (std::uint32_t i = 0; i < node.enum_count; ++i) {
    if (equals(node.enum_first + i)) return true;
  }
  return false;
}

}  // namespace waxseal
