#include "keywords.hpp"

namespace waxseal::language {
namespace {

entry_form read_form(loader& in, std::string_view name) {
  std::string_view text;
  in.at.read_string(text);
  return make_form(in, text, name);
}

constexpr keyword place_keywords[] = {
    {"header", form::header, offsetof(place, header)},
    {"pointer", form::pointer, offsetof(place, pointer)},
    {"field", form::text, offsetof(place, field)},
    {"query", form::text, offsetof(place, query)},
    {"claim", form::text, offsetof(place, claim)},
};

template <class T>
T& at_place(char* base, const keyword& which) {
  return *reinterpret_cast<T*>(base + which.place);
}

void read_value(loader& in, const keyword& which, char* base) {
  switch (which.what) {
    case form::skipped: in.at.skip(); break;
    case form::text: at_place<std::string_view>(base, which) = read_text(in); break;
    case form::any_text: in.at.read_string(at_place<std::string_view>(base, which)); break;
    case form::raw: at_place<std::string_view>(base, which) = in.at.skip(); break;
    case form::compact: at_place<std::string_view>(base, which) = in.at.skip_compact(); break;
    case form::flag: in.at.read_boolean(at_place<bool>(base, which)); break;
    case form::number: at_place<std::uint32_t>(base, which) = read_number(in, which.most); break;
    case form::word: at_place<std::uint8_t>(base, which) = static_cast<std::uint8_t>(in.at.read_word(which.words)); break;
    case form::pointer: at_place<std::optional<std::string_view>>(base, which) = read_pointer(in); break;
    case form::header: at_place<int>(base, which) = read_header(in); break;
    case form::place: read_place(in, at_place<place>(base, which)); break;
    case form::pieces: read_pieces(in, which.words, at_place<text_template>(base, which)); break;
    case form::around: at_place<entry_form>(base, which) = read_form(in, which.words); break;
    case form::object:
      if (which.place != nowhere) at_place<bool>(base, which) = true;
      read_members(in, which.inside, base);
      break;
    case form::special: which.read(in); break;
  }
}

}  // namespace

void read_members(loader& in, std::span<const keyword> keywords, void* base, std::span<const keyword> more) {
  std::string_view key;
  in.at.enter_object();
  while (in.at.member(key)) {
    const keyword* found = nullptr;
    std::string allowed;
    for (const auto among : {keywords, more}) {
      for (const keyword& each : among) {
        if (std::string_view(each.name) == key) found = &each;
        if (found == nullptr) allowed.append(" ", 1).append(std::string_view(each.name));
      }
    }
    if (found != nullptr) read_value(in, *found, static_cast<char*>(base));
    else in.at.fail({"unknown keyword; allowed here:", allowed});
  }
}

std::uint32_t read_number(loader& in, std::uint32_t most) {
  std::int64_t value = 0;
  if (in.at.read_integer(value) && (value < 0 || value > most)) {
    in.at.fail({"a number from 0 to ", decimal_text(most), " is wanted"});
  }
  return static_cast<std::uint32_t>(value);
}

std::string_view read_text(loader& in) {
  std::string_view text;
  if (in.at.read_string(text) && text.empty()) in.at.fail("an empty text says nothing");
  return text;
}

std::string_view read_pointer(loader& in) {
  std::string_view pointer;
  in.at.read_string(pointer);
  if (!pointer.empty() && pointer[0] != '/') in.at.fail("a JSON Pointer begins with /");
  return pointer;
}

int read_header(loader& in) {
  const std::string_view name = read_text(in);
  for (const char c : name) {
    const bool letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
    if (!letter && !(c >= '0' && c <= '9') && c != '-' && c != '_') in.at.fail("a header name holds letters, digits, - and _");
  }
  if (in.at.failed()) return absent;
  return in.into.want(name);
}

entry_form make_form(loader& in, std::string_view text, std::string_view name) {
  if (in.at.failed()) return {};
  const auto open = text.find('{'), close = text.find('}', open);
  if (close == text.npos || text.find('{', open + 1) != text.npos ||
      text.substr(open + 1, close - open - 1) != name) {
    in.at.fail({"one {", name, "} and literal text are wanted"});
    return {};
  }
  return {text.substr(0, open), text.substr(close + 1)};
}

void read_pieces(loader& in, std::string_view allowed, text_template& into) {
  std::string_view text;
  if (!in.at.read_string(text)) return;
  const std::string problem = parse_template(text, allowed, into);
  if (!problem.empty()) in.at.fail(problem);
}

void finish_place(loader& in, place& into) {
  if (into.pointer) into.indexed = goes_through_array(*into.pointer);
  const int others = !into.field.empty() + !into.query.empty() + !into.claim.empty();
  if (into.nowhere()) in.at.fail("a place needs a header, a pointer or both, or a field, a query or a claim");
  if (others > 1 || (others == 1 && (into.pointer || into.header != absent))) {
    in.at.fail("a field, a query or a claim stands alone");
  }
}

void read_place(loader& in, place& into) {
  read_members(in, place_keywords, &into);
  finish_place(in, into);
}

}  // namespace waxseal::language
