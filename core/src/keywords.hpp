// The engine of the dialect language: a table of keywords for every object, and one function that reads
// them all, so that what is allowed stands in one place and an unknown keyword can say it. loader.cpp has
// the tables.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "json.hpp"
#include "plan.hpp"

namespace waxseal::language {

/// A dialect while it is read. Schemas are compiled when all of the file is known.
struct loader {
  json_cursor at;
  plan& into;
  settings* signing = &into;  ///< the way of signing that is read
  std::string_view defs{};
  std::string_view body{};
  bool has_documents = false;
};

/// What stands behind a keyword.
enum class form : std::uint8_t {
  skipped,   ///< read by others, from the source
  text,      ///< one that is not empty
  any_text,
  raw,       ///< any value, kept as its text
  compact,   ///< the same, without white space
  flag,
  number,    ///< from 0 to `most`
  word,      ///< one of `words`; its position is kept
  pointer,   ///< a JSON Pointer
  header,    ///< the name of a wanted header
  place,     ///< `{ "header", "pointer" }`
  pieces,    ///< a template whose placeholders are `words`
  around,    ///< a text around the placeholder that `words` names
  object,    ///< whose members are `inside`; that it stands there is kept
  special,   ///< by a function of its own
};

constexpr std::size_t nowhere = 0xffff;

/// A keyword, what stands behind it, and where in the settings it is kept.
struct keyword {
  char name[16] = {};
  form what;
  std::uint16_t place;
  union {
    std::string_view words;
    std::span<const keyword> inside;
    std::uint32_t most;
    void (*read)(loader& in);
  };

  constexpr keyword(std::string_view n) : keyword(n, form::skipped, nowhere) {}
  constexpr keyword(std::string_view n, form f, std::size_t offset, std::string_view w = {})
      : what(f), place(static_cast<std::uint16_t>(offset)), words(w) { n.copy(name, n.size()); }
  constexpr keyword(std::string_view n, std::uint32_t largest, std::size_t offset)
      : what(form::number), place(static_cast<std::uint16_t>(offset)), most(largest) { n.copy(name, n.size()); }
  constexpr keyword(std::string_view n, std::span<const keyword> members, std::size_t offset = nowhere)
      : what(form::object), place(static_cast<std::uint16_t>(offset)), inside(members) { n.copy(name, n.size()); }
  constexpr keyword(std::string_view n, void (*function)(loader& in))
      : what(form::special), place(nowhere), read(function) { n.copy(name, n.size()); }
};

/// Reads an object whose members are `keywords` or `more` and nothing else. Their places count from `base`.
void read_members(loader& in, std::span<const keyword> keywords, void* base, std::span<const keyword> more = {});

template <class Read>
void read_list(loader& in, Read read) {
  in.at.enter_array();
  while (in.at.element()) read();
}

/// Reads one object, or a list of them.
template <class Read>
void read_one_or_more(loader& in, Read read) {
  if (in.at.peek() != json_kind::array) return read();
  in.at.enter_array();
  while (in.at.element()) read();
}

std::uint32_t read_number(loader& in, std::uint32_t most);
std::string_view read_text(loader& in);  ///< one that is not empty
std::string_view read_pointer(loader& in);
int read_header(loader& in);
void read_pieces(loader& in, std::string_view allowed, text_template& into);
void read_place(loader& in, place& into);

/// Takes `before{NAME}after` apart.
entry_form make_form(loader& in, std::string_view text, std::string_view name);

/// Of a place whose members were read: whether they say one place; whether it goes through an array.
void finish_place(loader& in, place& into);

}  // namespace waxseal::language
