// What a request shows by itself, without any key; and the words in which findings tell it.
#include "json.hpp"
#include "plan.hpp"
#include "repair.hpp"
#include "respell.hpp"
#include "spellings.hpp"

namespace waxseal {
namespace {

std::string_view header_value(const request& what, std::string_view lower) {
  for (const auto& each : what.headers) {
    if (same_header(lower, each.name)) return each.value;
  }
  return {};
}

bool says(std::string_view value, std::string_view word) {
  if (value.size() != word.size()) return false;
  return same_header(word, value);
}

/// Whether `body` begins as a JSON object or array and ends as none.
bool is_cut_off(std::string_view body) {
  const auto first = body.find_first_not_of(" \t\r\n"), last = body.find_last_not_of(" \t\r\n");
  if (first == body.npos) return false;
  const char begins = body[first], ends = begins == '{' ? '}' : ']';
  const bool quotes = body.find('"') != body.npos;
  bool too_deep = false;
  return (begins == '{' || begins == '[') && quotes && (body[last] != ends || (!is_json(body, &too_deep) && !too_deep));
}

/// Whether all objects of `body` have their keys sorted, which those of the dialect's examples have not.
bool is_sorted(std::string_view body, const dialect& from) {
  if (body.size() > max_explain_body || !is_json(body)) return false;
  key_orders orders;
  learn_orders(from, body, orders);
  constexpr auto compact = json_style::space::compact;
  std::string text, sorted, ranked;
  respell(body, {compact, json_style::as_they_are}, text);
  respell(body, {compact, json_style::as_they_are, json_style::order::sorted}, sorted);
  respell(body, {compact, json_style::as_they_are, json_style::order::ranked, &orders}, ranked);
  return text == sorted && text != ranked;
}

}  // namespace

finding make_finding(cause what, certainty sure, std::string_view first, std::string_view second) {
  const cause_row& row = cause_rows()[static_cast<unsigned>(what)];
  std::string sentence;
  std::string_view rest = row.sentence;
  for (std::string_view value : {first, second}) {
    const auto hole = rest.find("{}");
    if (hole == rest.npos) break;
    sentence.append(rest.substr(0, hole)).append(value);
    rest.remove_prefix(hole + 2);
  }
  sentence.append(rest);
  return {row.code, std::move(sentence), row.remedy, row.line, sure};
}

void note_body(const dialect& from, const request& what, std::vector<finding>& notes) {
  const auto note = [&](cause which, certainty sure, std::string_view first = {}, std::string_view second = {}) {
    notes.push_back(make_finding(which, sure, first, second));
  };
  const std::string_view body = what.body;
  if (body.empty()) return note(cause::body_empty, certainty::seen);
  const std::string_view length = header_value(what, "content-length");
  const std::string size = decimal_text(body.size());
  const bool length_differs = !length.empty() && length.size() < 10 && length != size;
  const bool shorter = length_differs && (size.size() < length.size() || (size.size() == length.size() && size < length));
  if (body.starts_with("\x1f\x8b")) return note(cause::body_compressed, certainty::seen);
  if (body == "[object Object]" || body == "undefined") return note(cause::body_object, certainty::seen);
  const std::string_view coding = header_value(what, "content-encoding");
  for (const std::string_view word : {"gzip", "deflate", "br", "zstd"}) {
    if (!says(coding, word)) continue;
    std::string header("Content-Encoding: ");
    return note(cause::body_decompressed, certainty::seen, header.append(word));
  }
  if (body.starts_with("{'")) return note(cause::body_object, certainty::seen);
  if (is_cut_off(body)) return note(cause::body_truncated, certainty::seen);
  if (body.find("\xef\xbf\xbd") != body.npos) note(cause::body_replaced, certainty::possible);
  if (is_sorted(body, from)) note(cause::body_sorted, certainty::possible);
  if (!length_differs) return;
  if (shorter && !is_json(body)) return note(cause::body_truncated, certainty::possible);
  note(cause::body_length, certainty::seen, length, size);
}

}  // namespace waxseal
