// waxseal dialects: the systems that Waxseal knows, or one of them in detail.
#include <algorithm>
#include <cctype>

#include "command.hpp"
#include "compiled.hpp"
#include "draft.hpp"
#include "input.hpp"

namespace waxseal::command {
namespace {

using nlohmann::ordered_json;
using times = option_spec::times;

constexpr option_spec options_table[] = {
    {"header", "NAME", times::at_most_once, "those that sign by this header: the candidates for a webhook that came"},
    {"compile", nullptr, times::at_most_once, "print it as a JavaScript module that `new Webhook` takes"},
    {"json", nullptr, times::at_most_once, "answer with one line of JSON"},
};

std::string dumped(const ordered_json& value) {
  return value.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

ordered_json tolerance_of(const ordered_json& said, const ordered_json& way) {
  const ordered_json::json_pointer place("/timestamp/tolerance");
  for (const auto& part : {way, said}) {
    if (part.contains(place)) return part.at(place);
  }
  return nullptr;
}

/// The dialect's ways of signing, the strongest first.
std::vector<ordered_json> ways_of(const ordered_json& said) {
  const auto& signature = said.at("signature");
  if (!signature.is_array()) return {signature};
  return {signature.begin(), signature.end()};
}

/// Every header that can carry a signature, the strongest way's first.
std::vector<std::string> headers_of(const ordered_json& said) {
  std::vector<std::string> names;
  for (const auto& way : ways_of(said)) {
    const auto header = way.value("header", ordered_json());
    for (const auto& name : header.is_array() ? header : ordered_json::array({header})) {
      if (!name.is_string()) continue;
      const auto text = name.get<std::string>();
      if (std::find(names.begin(), names.end(), text) == names.end()) names.push_back(text);
    }
  }
  return names;
}

ordered_json in_short(const dialect& from) {
  const auto said = facts(from);
  const auto headers = headers_of(said);
  return {{"name", std::string(from.name())},
          {"title", std::string(from.title())},
          {"scheme", text_at(ways_of(said).front(), "/scheme")},
          {"header", headers.empty() ? ordered_json(nullptr) : ordered_json(headers.front())},
          {"headers", headers},
          {"events", from.events().size()}};
}

/// Whether two header names are one: their case says nothing.
bool same_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char left, unsigned char right) {
    return std::tolower(left) == std::tolower(right);
  });
}

ordered_json in_detail(const dialect& from) {
  const auto said = facts(from);
  const auto way = ways_of(said).front();
  const auto headers = headers_of(said);
  const auto scheme = text_at(way, "/scheme");
  const bool token = scheme == "static-token" || scheme == "http-basic" || scheme.starts_with("jwt");
  ordered_json events = ordered_json::array();
  for (const auto& event : from.events()) {
    events.push_back({{"name", event.name}, {"title", event.title}, {"aliases", event.aliases}});
  }
  const auto signed_string = text_at(way, "/signed", "{body}");
  return {{"name", std::string(from.name())},
          {"title", std::string(from.title())},
          {"scheme", scheme},
          {"header", headers.empty() ? ordered_json(nullptr) : ordered_json(headers.front())},
          {"headers", headers},
          {"ways", ways_of(said).size()},
          {"value", text_at(way, "/value", "{sig}")},
          {"signed", token ? ordered_json(nullptr) : ordered_json(signed_string)},
          {"tolerance", tolerance_of(said, way)},
          {"documents", said.value("documents", ordered_json::array())},
          {"events", events}};
}

std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(width, text.size()), ' ');
  return text;
}

/// Rows of cells in columns, two spaces apart, no blanks at a line's end.
std::string columns(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths(rows.front().size());
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string out;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) line += padded(row[i], widths[i]) + "  ";
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  return out;
}

std::string tolerance_text(const ordered_json& window) {
  if (!window.is_object()) return "any age";
  const auto seconds = [&](const char* side) { return std::to_string(window.value(side, std::int64_t{0})); };
  return seconds("past") + " s in the past, " + seconds("future") + " s in the future";
}

std::string as_text(const dialect& from) {
  const auto detail = in_detail(from);
  std::vector<std::vector<std::string>> rows = {{"scheme", text_at(detail, "/scheme")},
                                                {"header", text_at(detail, "/header", "in the body")},
                                                {"value", text_at(detail, "/value")}};
  if (detail["signed"].is_string()) rows.push_back({"signed", text_at(detail, "/signed")});
  rows.push_back({"tolerance", tolerance_text(detail["tolerance"])});
  for (const auto& address : detail["documents"]) rows.push_back({"document", text_at(address, "")});
  std::string out = std::string(from.title()) + " (" + std::string(from.name()) + ")\n" + columns(rows);
  if (from.events().empty()) return out + "\nIts file names no events.\n";
  std::vector<std::vector<std::string>> events;
  for (const auto& event : from.events()) {
    std::string name = event.name;
    for (const auto& alias : event.aliases) name += " or " + alias;
    events.push_back({"  " + name, event.title});
  }
  return out + "\nevents\n" + columns(events);
}

/// All dialects, or those whose signature stands in `header`.
result<int, failure> list(bool json, std::string_view header) {
  ordered_json all = ordered_json::array();
  std::vector<std::vector<std::string>> rows = {{"NAME", "TITLE", "HEADER", "SCHEME", "EVENTS"}};
  for (const auto& each : embedded_dialects()) {
    const auto from = read_dialect(each.name);
    if (!from) return from.error();
    const auto row = in_short(*from);
    const std::string signature = text_at(row, "/header", "(body)");
    bool signs_by = header.empty();
    for (const auto& name : row["headers"]) signs_by |= same_name(header, name.get<std::string>());
    if (!signs_by) continue;
    const auto events = from->events().size();
    rows.push_back({text_at(row, "/name"), text_at(row, "/title"), signature, text_at(row, "/scheme"),
                    events == 0 ? "any" : std::to_string(events)});
    all.push_back(row);
  }
  if (all.empty()) {
    return failure{wrong_usage, "no dialect signs by the header " + std::string(header)};
  }
  print(json ? dumped(all) : columns(rows));
  return static_cast<int>(verified);
}

result<int, failure> run(const arguments& given) {
  if (given.operands().empty()) {
    if (given.has("compile")) return failure{wrong_usage, "--compile needs the path of a dialect file, or a name"};
    return list(given.has("json"), given.one("header"));
  }
  const auto from = read_dialect(given.operands().front());
  if (!from) return from.error();
  if (given.has("compile")) {
    print(given.has("json") ? dumped(compiled(*from)) : compiled_module(*from));
    return static_cast<int>(verified);
  }
  print(given.has("json") ? dumped(in_detail(*from)) : as_text(*from));
  return static_cast<int>(verified);
}

}  // namespace

const command dialects_command = {
    "dialects",
    "list the systems that Waxseal knows, or show one",
    "[NAME|FILE]",
    1,
    options_table,
    "",
    nullptr,
    run};

}  // namespace waxseal::command
