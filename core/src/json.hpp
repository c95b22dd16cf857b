// The pull reader over JSON text, for dialect files and schemas. Built on the scanner's lexer, so
// that there is one JSON reader. Called when a dialect is loaded, never on the hot path.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include "lexer.hpp"
#include "list.hpp"
#include "sentence.hpp"

namespace waxseal {

/// Reads one JSON value after the other, strictly.
///
/// Texts are views into the text given, or, where they hold an escape, into memory of the cursor.
///
/// The first problem sticks: from then on every call answers false or nothing, and `error()` is
/// the sentence, which opens with the JSON Pointer of the place. Callers need not check each step.
class json_cursor {
 public:
  /// @param text  must outlive the cursor and the views it returns
  /// @param base  JSON Pointer of `text` within the file, put before every pointer in an error.
  explicit json_cursor(std::string_view text, std::string_view base = {});
  /// @param error  of other cursors too: what is in it already counts as this one's first problem.
  json_cursor(std::string_view text, std::string_view base, std::string& error);
  json_cursor(const json_cursor&) = delete;
  json_cursor& operator=(const json_cursor&) = delete;

  /// Kind of the value that comes next; fails (and answers null) on what is no value.
  json_kind peek();

  /// Enters an object; then `member` yields each decoded key with the cursor at its value (read or
  /// `skip` it), and false at the closing brace, which it consumes. A key that comes twice fails.
  bool enter_object();
  bool member(std::string_view& key);

  /// Enters an array; then `element` is true with the cursor at each element, and false at the end.
  bool enter_array();
  bool element();

  bool read_string(std::string_view& into); ///< fails, naming what stands there, on another kind
  bool read_integer(std::int64_t& into);
  bool read_boolean(bool& into);
  int read_word(std::string_view words);    ///< its position in `words`; fails on any other, as -1
  std::string_view skip();                  ///< the raw text of the value, checked, cursor behind it
  std::string_view skip_compact();          ///< the same without white space between its tokens
  bool finish();                            ///< nothing but white space may follow

  const std::string& pointer() const { return path_; }  ///< of the value at the cursor
  /// "<pointer>: <parts, one after the other>"; always false.
  bool fail(std::initializer_list<std::string_view> parts);
  bool fail(std::string_view sentence) { return fail({sentence}); }
  /// "<pointer>: expected <what>, found <the value at the cursor>"; always false.
  bool expected(std::string_view what);
  bool failed() const { return !error_.empty(); }
  const std::string& error() const { return error_; }
  /// Hands over the memory of texts with an escape, so that they outlive the cursor.
  std::unique_ptr<char[]> keep() { return std::move(decoded_); }

 private:
  struct level {
    std::uint32_t count;  ///< of members or elements begun
    std::uint32_t path;   ///< length of `path_` without the member or element
    std::uint32_t keys;   ///< where this object's keys begin in `keys_`
  };

  bool is(json_kind kind, std::string_view name);  ///< fails on another kind
  bool enter(json_kind kind, std::string_view name);
  bool next(char closing);
  bool broken();
  std::size_t offset() const;
  std::string_view decode(std::string_view raw);

  std::string_view text_;
  std::string padded_;  ///< the text and the zeros behind it that the lexer needs
  byte_ptr at_;
  std::string path_;
  std::string own_error_;
  std::string& error_;
  list<level> levels_;
  list<std::string_view> keys_;  ///< of the open objects, raw, to find repeated ones
  lexical_notes notes_;
  std::unique_ptr<char[]> decoded_;
  std::size_t decoded_size_ = 0;
};

/// Appends `token` to a JSON Pointer: a slash, then `token` with `~` and `/` escaped.
void append_pointer(std::string& pointer, std::string_view token);

/// The position of `word` in `words`, which are separated by spaces, or -1.
int position(std::string_view word, std::string_view words) noexcept;

}  // namespace waxseal
