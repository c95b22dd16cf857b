// What is wrong with the form of a request, put right: names of headers, doubled and joined ones,
// the spelling of signature and time. First half of `explain`, before any secret is looked at.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "causes.hpp"
#include "list.hpp"
#include "work.hpp"
#include "waxseal/explain.hpp"
#include "waxseal/verifier.hpp"

namespace waxseal {

struct settings;

/// A request whose lines can be rewritten.
struct draft {
  list<header> lines;
  std::string_view body, url, method;
  list<std::unique_ptr<std::string>> texts;  ///< that lines view

  explicit draft(const request& what);
  request view() const { return {{lines.begin(), lines.size()}, body, url, method}; }
  std::string_view keep(std::string text);
};

/// A row of the table with its `{}` filled.
finding make_finding(cause what, certainty sure, std::string_view first = {}, std::string_view second = {});

/// Repairs `what` as far as that brings `probe.prepare` further, and notes each repair.
/// @return the status of `prepare` in the end: `ok`, or what could not be put right.
status repair(verifier& probe, draft& what, std::int64_t now, budget& left, std::vector<finding>& notes);

/// Notes what `repair` had to leave, and which status it ended with.
void note_broken(verifier& probe, draft& what, std::int64_t now, status ended, budget& left, std::vector<finding>& notes);

/// A signature header as it should have come, and of its last entry that was rewritten what is told.
struct rewritten_header {
  std::string text;
  std::string foreign;  ///< a prefix that does not belong to it
  list<cause> causes;
};
/// Whether an entry has this way's tag; those with another are then others' signatures.
bool is_tagged(const settings& how, std::string_view header);
rewritten_header rewrite_header(const settings& how, std::string_view header);

/// Other ways to read the value of the signature header where no digest tells which one is right (a
/// token): each a cause and the value.
struct rewritten { cause what; std::string value; };
std::vector<rewritten> rewrite_token(std::string_view value);

/// A request that is too old or too new for `strict`, with the size; nothing where its time is right.
/// @param known  its time, where its authentic body or header said it
std::optional<finding> explain_time(const dialect& from, const options& strict, const request& what,
                                    std::int64_t now, budget& left, std::optional<std::int64_t> known);

/// What the body shows by itself, and the headers of it.
void note_body(const dialect& from, const request& what, std::vector<finding>& notes);

}  // namespace waxseal
