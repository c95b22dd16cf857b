// The scanner: one pass over a body, directed by the compiled schema of its dialect. Allocates
// nothing (but for an object that a schema names and that holds hundreds of unnamed members, and
// for a copy of a body that is not padded), builds no tree, is linear on every input. Called by
// verifier.cpp after authentication.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "keys.hpp"
#include "schema.hpp"
#include "waxseal/status.hpp"

namespace waxseal {

/// The places of a body that a dialect asks for.
enum class slot : std::uint8_t { type, id, version, timestamp, data, dedupe, handshake, challenge };
inline constexpr unsigned slot_count = 8;

/// A value found at a slot's pointer. Offsets are into the body; a string's include its quotes.
struct found {
  std::uint32_t offset = 0;
  std::uint32_t length = 0;  ///< 0: absent
  json_kind kind = json_kind::null;
};

/// What one pass found.
///
/// Of several problems: a body that is no JSON is `bad_json` or `bad_utf8`, whatever else is wrong
/// with it; a level too many stops the scan as `too_deep`; then a `duplicate_key` beats `schema`,
/// because data with one must never be parsed. Among equals it is the first in the order of the
/// body, a missing member standing at its object's closing brace. Of several missing members it is
/// the first in the order of the schema's properties.
struct reading {
  status code = status::ok;   ///< or schema, bad_json, bad_utf8, too_deep, duplicate_key, internal
  std::string_view at;        ///< JSON Pointer of the first problem, in the scanner's scratch; empty
                              ///< for bad_json, bad_utf8 and too_deep, which mean the whole body
  found slots[slot_count];    ///< none when the body is no JSON; with too_deep what stood before
  int event = -1;             ///< index of the event whose schema was applied, -1: none known
  bool ascii = false;         ///< no byte of the body is above 0x7f
  bool big_integers = false;  ///< an integer beyond ±(2^53 - 1) stands outside strings

  found& operator[](slot which) { return slots[static_cast<unsigned>(which)]; }
  const found& operator[](slot which) const { return slots[static_cast<unsigned>(which)]; }
};

/// The compiled body of a dialect: the envelope's schema with slots, and its events. Its texts are
/// views into what it was made from.
struct body_plan {
  schema_set schemas;
  std::uint32_t envelope = schema_set::any;  ///< node of the body; slots are marked in it
  /// For each event: its name and aliases are looked up by the decoded type.
  struct event_body {
    std::uint32_t schema = schema_set::any;  ///< of the data
    /// The event has no envelope: it is recognised by this top-level member, in a body with no
    /// type, and its data is the whole body. Empty for all other events. The first such event of
    /// the plan whose member is there is taken.
    std::string_view recognised_by;
  };
  list<event_body> events;
  /// The body may be an array of events: this member of each item names its type, and that event's
  /// schema holds for it. Empty: it is none.
  std::string_view item_type;
  bool data_is_body = false;  ///< the data pointer is "": the event's schema holds for the body
  /// No slot stands in the data, so that a known event's schema takes the place of the envelope's.
  bool data_replaced = false;

  /// Index of the event called `name` (canonical or alias), or -1.
  int find(std::string_view name) const noexcept;
  /// Of two equal names the first holds. The name must outlive the plan.
  void add_name(std::string_view name, int event);
  template <class Archive>
  friend void describe(Archive& in, body_plan& of);  // image.hpp

 private:
  struct event_name {
    std::string_view name;
    int event;
  };
  void place(std::uint32_t index);
  list<event_name> names_;
  list<std::uint16_t> table_;  ///< position in names_ + 1, or 0; open addressing
};

inline std::string_view between(byte_ptr from, byte_ptr to) {
  return {reinterpret_cast<const char*>(from), static_cast<std::size_t>(to - from)};
}

/// Scans bodies of one plan. Keeps its scratch memory between calls.
class scanner {
 public:
  /// @param seed  entropy for the table of unnamed members
  explicit scanner(std::uint64_t seed);
  scanner(const scanner&) = delete;
  scanner& operator=(const scanner&) = delete;
  ~scanner();

  /// @param type    the event's name where a header gives it; empty: the body's type slot decides
  /// @param check   false: syntax, slots and duplicate keys only (schema mode `off`)
  /// @param padded  `scan_padding` readable bytes of zero follow the body; otherwise the body is
  ///                copied first, and nothing behind its end is read
  reading scan(const body_plan& plan, std::string_view body, std::string_view type, bool check,
               bool padded = false);

  /// Keys compared in finding repeated ones, since the scanner was made; shows that it is linear.
  std::uint64_t steps() const { return keys_.steps(); }

 private:
  struct frame {  // an open container
    const schema_node* node;
    byte_ptr start;
    byte_ptr key;              ///< raw key of the current member; null in an array
    std::uint32_t key_length;
    std::uint32_t index;       ///< elements begun; in an object, the property expected next
    std::uint32_t keys;        ///< where its unnamed keys begin
    std::uint8_t slots;
    std::uint64_t seen[2];     ///< bit n: property n was there
  };

  byte_ptr run(byte_ptr p, std::uint32_t root);  // scan_run.cpp
  void settle_event();
  int recognise() const;
  int event_called(std::string_view raw) const;
  bool run_event();
  std::uint32_t direct(std::uint32_t child, unsigned depth);
  bool name_member(frame& top, byte_ptr after, unsigned depth, std::uint32_t& index,
                   std::uint8_t& slots);
  void record(std::uint8_t slots, byte_ptr start, byte_ptr end);
  reading& finish(status fatal);

  // scan_items.cpp
  bool run_items(byte_ptr array);
  int event_of_item(byte_ptr item) const;

  // scan_check.cpp
  bool outranks(status code, byte_ptr at) const;
  void problem(status code, byte_ptr at, unsigned depth, const schema_property* missing = nullptr);
  void missing(const frame& closed, byte_ptr at, unsigned depth);
  std::size_t write_pointer(char* into, std::size_t used, unsigned depth,
                            const schema_property* missing = nullptr) const;
  bool fits_string(const schema_node& node, std::string_view raw) const;
  bool fits_number(const schema_node& node, std::string_view raw, number_form form) const;
  bool fits_constants(const schema_node& node, json_kind kind, std::string_view raw) const;

  // One scan:
  const body_plan* plan_ = nullptr;
  byte_ptr text_ = nullptr;
  byte_ptr end_ = nullptr;
  reading result_;
  lexical_notes notes_;
  byte_ptr problem_at_ = nullptr;
  int event_ = -1;
  bool check_ = false;
  bool settled_ = false;            ///< `event_` is known, or known to be unknown
  bool directed_ = false;           ///< the data was read by its event's schema on the way
  std::size_t prefix_length_ = 0;   ///< of the data's pointer in `prefix_`
  std::size_t prefix_ahead_ = 0;    ///< how much of it stands before the pointers of this run

  // Kept:
  key_stack keys_;
  unsigned char* copy_ = nullptr;  ///< of a body that was not padded
  std::size_t copy_room_ = 0;
  static constexpr std::size_t pointer_room = 1024;
  char at_[pointer_room];      ///< pointer of the problem, cut before the token that does not fit
  char prefix_[pointer_room];  ///< pointer of the data
  frame frames_[max_depth];
};

/// Decodes a JSON string (quotes included) that the scanner has accepted. @return the view itself
/// where it holds no escape, otherwise the decoded text in `scratch`.
std::string_view decode_string(std::string_view quoted, std::string& scratch);

/// Offset of the next integer beyond ±(2^53 - 1) in accepted JSON `text`, or npos.
///
/// @param from    0, or the offset of the integer found before plus its length
/// @param length  set to the integer's length
std::uint32_t next_big_integer(std::string_view text, std::uint32_t from, std::uint32_t& length);
inline constexpr std::uint32_t no_big_integer = 0xffffffff;

}  // namespace waxseal
