#include "compiled.hpp"

#include "draft.hpp"

namespace waxseal::command {
namespace {

using nlohmann::ordered_json;

std::string base64(std::string_view bytes) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    unsigned group = 0;
    for (std::size_t i = at; i < at + 3; ++i) group = group << 8 | (i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0u);
    for (unsigned i = 0; i < 4; ++i) out += at + i > bytes.size() ? '=' : digits[group >> (18 - 6 * i) & 63];
  }
  return out;
}

/// The file without what is compiled and what only people read.
ordered_json around(const dialect& from) {
  auto file = facts(from);
  for (const char* member : {"notes", "body", "$defs", "events"}) file.erase(member);
  auto events = ordered_json::object();
  for (const auto& event : from.events()) {
    if (!event.aliases.empty()) events[event.name] = {{"aliases", event.aliases}};
  }
  if (!events.empty()) file["events"] = events;
  return file;
}

std::string dumped(const ordered_json& value) {
  return value.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace

ordered_json compiled(const dialect& from) {
  auto events = ordered_json::array();
  for (const auto& event : from.events()) events.push_back(event.name);
  return {{"name", std::string(from.name())},
          {"title", std::string(from.title())},
          {"events", events},
          {"image", base64(from.image())},
          {"file", around(from)}};
}

std::string compiled_module(const dialect& from) {
  std::string out = "// Made by `waxseal dialects --compile` of waxseal " WAXSEAL_VERSION ".\n"
                    "/** @type {import('waxseal').Dialect} */\nexport const dialect = {\n";
  const auto members = compiled(from);
  for (const auto& [name, value] : members.items()) out += "  " + name + ": " + dumped(value) + ",\n";
  return out + "}\n";
}

}  // namespace waxseal::command
