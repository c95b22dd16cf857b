// The pull reader over JSON text, for dialect files and schemas. Built on the scanner's lexer, so
// that there is one JSON reader. Called when a dialect is loaded, never on the hot path.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lexer.hpp"

namespace waxseal {

/// Reads one JSON value after the other, strictly.
///
/// The first problem sticks: from then on every call answers false or nothing, and `error()` is
/// the sentence, which opens with the JSON Pointer of the place. Callers need not check each step.
class json_cursor {
 public:
  /// @param text  must outlive the cursor and the views it returns
  /// @param base  JSON Pointer of `text` within the file, put before every pointer in an error.
  explicit json_cursor(std::string_view text, std::string base = {});

  /// Kind of the value that comes next; fails (and answers null) on what is no value.
  json_kind peek();

  /// Enters an object; then `member` yields each decoded key with the cursor at its value (read or
  /// `skip` it), and false at the closing brace, which it consumes. A key that comes twice fails.
  bool enter_object();
  bool member(std::string& key);

  /// Enters an array; then `element` is true with the cursor at each element, and false at the end.
  bool enter_array();
  bool element();

  bool read_string(std::string& into);      ///< fails, naming what stands there, on another kind
  bool read_integer(std::int64_t& into);
  bool read_boolean(bool& into);
  std::string_view skip();                  ///< the raw text of the value, checked, cursor behind it
  bool finish();                            ///< nothing but white space may follow

  std::string pointer() const;              ///< of the value at the cursor
  bool fail(std::string_view message);      ///< "<pointer>: <message>"; always false
  /// "<pointer>: expected <what>, found <the value at the cursor>"; always false.
  bool expected(std::string_view what);
  /// Takes over the sentence of another cursor, pointer included; always false.
  bool adopt(std::string sentence);
  bool failed() const { return !error_.empty(); }
  const std::string& error() const { return error_; }

 private:
  struct level {
    bool object;
    bool first = true;
    std::size_t index = 0;   ///< of the element at the cursor
    std::size_t path;        ///< length of `path_` without the member or element
    std::size_t keys;        ///< where this object's keys begin in `keys_`
  };

  bool enter(bool object);
  bool next(char closing);
  void leave();
  bool broken();
  void step_into(std::string_view token);

  std::string_view text_;
  std::string padded_;  ///< the text and the zeros behind it that the lexer needs
  byte_ptr at_;
  std::string path_;
  std::string error_;
  std::vector<level> levels_;
  std::vector<std::string> keys_;  ///< of the open objects, to find repeated ones
  lexical_notes notes_;
};

/// Appends `token` to a JSON Pointer: a slash, then `token` with `~` and `/` escaped.
void append_pointer(std::string& pointer, std::string_view token);

/// `value` in decimal digits. (std::to_string brings the wide-character family with it.)
std::string decimal_text(std::uint64_t value);

}  // namespace waxseal
