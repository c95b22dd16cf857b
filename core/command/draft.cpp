// Fills a dialect's envelope with the example data of one of its events.
#include "draft.hpp"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "command.hpp"
#include "waxseal/envelope.hpp"

namespace waxseal::command {
namespace {

using nlohmann::ordered_json;

constexpr auto dump_lossy = ordered_json::error_handler_t::replace;

void replace_all(std::string& text, std::string_view what, const std::string& with) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
}

/// What is no UTF-8 is replaced, as everywhere in what the command line prints.
std::string printable(const std::string& text) {
  return ordered_json::parse(ordered_json(text).dump(-1, ' ', false, dump_lossy)).get<std::string>();
}

const event_type* find_event(const dialect& from, std::string_view name) {
  for (const auto& event : from.events()) {
    const auto& aliases = event.aliases;
    if (event.name == name) return &event;
    if (std::find(aliases.begin(), aliases.end(), name) != aliases.end()) return &event;
  }
  return nullptr;
}

const event_type* first_with_example(const dialect& from) {
  for (const auto& event : from.events()) {
    if (!event.example.empty()) return &event;
  }
  return nullptr;
}

/// An object of texts as a form.
std::string form_of(const ordered_json& fields) {
  std::string out;
  const auto append = [&](const std::string& text) {
    constexpr char digits[] = "0123456789ABCDEF";
    for (const char c : text) {
      const auto byte = static_cast<unsigned char>(c);
      if (std::isalnum(byte) || std::string_view("*-._").find(c) != std::string_view::npos) out += c;
      else if (c == ' ') out += '+';
      else (out += '%') += {digits[byte >> 4], digits[byte & 15]};
    }
  };
  for (const auto& [name, value] : fields.items()) {
    if (!out.empty()) out += '&';
    append(name);
    out += '=';
    append(value.is_string() ? value.get<std::string>() : value.dump(-1, ' ', false, dump_lossy));
  }
  return out;
}

failure no_such_event(const dialect& from, const std::string& name) {
  std::vector<std::string_view> names;
  for (const auto& event : from.events()) names.push_back(event.name);
  const std::string dialect_name(from.name());
  return {wrong_usage, dialect_name + " has no event " + name + did_you_mean(name, names) +
                           "\n`waxseal dialects " + dialect_name + "` lists its events."};
}

/// The event that `wish` means; none for a dialect that names no events.
result<const event_type*, failure> wished_event(const dialect& from, const draft_wish& wish) {
  if (from.events().empty()) return static_cast<const event_type*>(nullptr);
  const auto* event = wish.event.empty() ? first_with_example(from) : find_event(from, wish.event);
  if (!event && !wish.event.empty()) return no_such_event(from, wish.event);
  if (!event || event->example.empty()) {
    return failure{wrong_usage, "the dialect's file has no example of " +
                                    (event ? event->name : std::string("any event")) +
                                    ": write the body yourself"};
  }
  return event;
}

}  // namespace

ordered_json facts(const dialect& from) {
  auto read = ordered_json::parse(from.source(), nullptr, false);
  return read.is_object() ? read : ordered_json(ordered_json::object());
}

std::string text_at(const ordered_json& from, const char* path, std::string otherwise) {
  const ordered_json::json_pointer place(path);
  if (!from.contains(place) || !from.at(place).is_string()) return otherwise;
  return from.at(place).get<std::string>();
}

unsigned char id_maker::byte() {
  if (!fresh_) return static_cast<unsigned char>(repeatable_() >> 8);
  unsigned char one = 0;
  if (getentropy(&one, 1) != 0) std::abort();  // no system refuses one byte
  return one;
}

std::string id_maker::random_letters() {
  constexpr std::string_view letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  std::string out;
  while (out.size() < 24) {
    const unsigned drawn = byte();
    if (drawn < 4 * letters.size()) out += letters[drawn % letters.size()];  // every letter alike
  }
  return out;
}

std::string id_maker::uuid() {
  std::string out;
  for (int i = 0; i < 16; ++i) {
    unsigned value = byte();
    if (i == 6) value = (value & 0x0f) | 0x40;  // version 4
    if (i == 8) value = (value & 0x3f) | 0x80;  // RFC 9562's variant
    char hex[3];
    std::snprintf(hex, sizeof hex, "%02x", value);
    if (i == 4 || i == 6 || i == 8 || i == 10) out += '-';
    out += hex;
  }
  return out;
}

std::string id_maker::make(const ordered_json& dialect_facts, const char* kind) {
  const std::string place = "/delivery/ids/" + std::string(kind);
  std::string id = text_at(dialect_facts, place.c_str(), "{uuid}");
  if (id.find("{uuid}") != std::string::npos) replace_all(id, "{uuid}", uuid());
  if (id.find("{random}") != std::string::npos) replace_all(id, "{random}", random_letters());
  return id;
}

result<draft, failure> make_draft(const dialect& from, const draft_wish& wish, id_maker& ids) {
  const auto event = wished_event(from, wish);
  if (!event) return event.error();
  const auto said = facts(from);
  ordered_json data = ordered_json::object();
  std::string type = wish.event.empty() ? "example" : wish.event;
  if (*event) {
    data = ordered_json::parse((*event)->example, nullptr, false);
    if (wish.event.empty()) type = (*event)->name;
  }
  const ordered_json::json_pointer form("/event/form");
  if (said.contains(form) && said.at(form) == true) return draft{form_of(data), type};
  const std::string text = data.dump(-1, ' ', false, dump_lossy);
  const std::string id = printable(wish.id.empty() ? ids.make(said, "event") : wish.id);
  const std::string endpoint = ids.make(said, "endpoint"), named = printable(type);
  draft made{{}, type};
  wrap(from, {id, named, endpoint, text, wish.timestamp * 1000}, made.body);
  return made;
}

}  // namespace waxseal::command
