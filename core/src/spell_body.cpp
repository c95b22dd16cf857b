// Spellings of a body: one wrapping off, written anew as JSON or as a form, or both.
#include "plan.hpp"
#include "respell.hpp"
#include "spellings.hpp"
#include "unwrap.hpp"

namespace waxseal {
namespace {

using space = json_style::space;
using order = json_style::order;

/// How the sender may have written JSON. Each also with a line end behind it, and, indented, with CRLF.
struct sent_style {
  space between;
  unsigned char escapes;
  order keys;
  bool likely;
};

constexpr unsigned char rewritten = json_style::rewritten;
constexpr unsigned char ascii = json_style::rewritten | json_style::ascii;
constexpr unsigned char slash = json_style::rewritten | json_style::slash;
constexpr unsigned char html = json_style::rewritten | json_style::html;
constexpr unsigned char as_they_are = json_style::as_they_are;

constexpr sent_style styles[] = {
    {space::compact, as_they_are, order::keep, true},
    {space::spaced, as_they_are, order::keep, true},
    {space::indent2, as_they_are, order::keep, true},
    {space::indent4, as_they_are, order::keep, true},
    {space::tab, as_they_are, order::keep, false},
    {space::keep, rewritten, order::keep, true},
    {space::keep, ascii, order::keep, true},
    {space::keep, slash, order::keep, true},
    {space::keep, ascii | slash, order::keep, true},
    {space::keep, html, order::keep, true},
    {space::keep, ascii | html, order::keep, false},
    {space::keep, ascii | json_style::upper, order::keep, false},
    {space::keep, html | json_style::upper, order::keep, false},
    {space::compact, rewritten, order::keep, true},
    {space::compact, ascii, order::keep, false},
    {space::compact, slash, order::keep, false},
    {space::compact, ascii | slash, order::keep, true},
    {space::compact, html, order::keep, false},
    {space::spaced, rewritten, order::keep, false},
    {space::spaced, ascii, order::keep, true},
    {space::spaced, ascii | slash, order::keep, false},
    {space::spaced, html, order::keep, false},
    {space::indent2, rewritten, order::keep, false},
    {space::indent2, ascii, order::keep, false},
    {space::indent2, slash, order::keep, false},
    {space::indent2, ascii | slash, order::keep, false},
    {space::indent2, html, order::keep, false},
    {space::indent4, rewritten, order::keep, false},
    {space::indent4, ascii, order::keep, false},
    {space::indent4, ascii | slash, order::keep, false},
    {space::compact, as_they_are, order::ranked, true},
    {space::spaced, as_they_are, order::ranked, false},
    {space::indent2, as_they_are, order::ranked, false},
    {space::compact, rewritten, order::ranked, false},
    {space::compact, slash, order::ranked, false},
    {space::compact, html, order::ranked, false},
    {space::compact, ascii, order::ranked, false},
    {space::compact, ascii | slash, order::ranked, false},
    {space::compact, as_they_are, order::sorted, true},
    {space::spaced, as_they_are, order::sorted, false},
};
constexpr unsigned style_count = sizeof styles / sizeof *styles;
constexpr std::size_t unwrap_cost = 1, form_cost = 8;  ///< of a byte of the body, in bytes of a MAC
constexpr unsigned forms = 3;  ///< of each style

void add_returns(std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') out.push_back('\r');
    out.push_back(c);
  }
  text.swap(out);
}

/// The object that `"name":` opens in the dialect's file, and what follows it.
std::string_view object_of(std::string_view source, std::string_view quoted) {
  const auto at = source.find(quoted);
  if (at == source.npos) return {};
  const auto open = source.find_first_not_of(" \t\r\n:", at + quoted.size());
  return open != source.npos && source[open] == '{' ? source.substr(open) : std::string_view();
}

std::string respelled(std::string_view text, space between, unsigned char escapes, order keys = order::keep) {
  std::string out;
  respell(text, {between, escapes, keys}, out);
  return out;
}

unsigned count(std::string_view text, std::string_view what) {
  unsigned found = 0;
  for (auto at = text.find(what); at != text.npos; at = text.find(what, at + what.size())) ++found;
  return found;
}

unsigned count_wide(std::string_view text) {
  unsigned found = 0;
  for (const char c : text) found += static_cast<unsigned char>(c) >= 0x80;
  return found;
}

unsigned count_html(std::string_view text) {
  unsigned found = 0;
  for (const std::string_view each : {"\\u003c", "\\u003e", "\\u0026", "\\u003C", "\\u003E"}) found += count(text, each);
  return found;
}

/// What writing JSON anew did to `original` to make it `received`.
void name_json(std::string_view received, std::string_view original, list<cause>& causes) {
  const auto before = causes.size();
  const std::string kept = respelled(received, space::compact, as_they_are);
  const bool same_order = respelled(received, space::compact, rewritten) == respelled(original, space::compact, rewritten);
  if (!same_order) {
    const bool sorted = respelled(received, space::compact, as_they_are, order::sorted) == kept;
    causes.push_back(sorted ? cause::body_sorted : cause::body_reordered);
  } else if (respelled(received, space::keep, rewritten) != respelled(original, space::keep, rewritten)) {
    std::string bare;
    respell(received, {space::keep, as_they_are}, bare);
    cause what = bare == kept ? cause::body_compact : cause::body_whitespace;
    if (bare == respelled(received, space::spaced, as_they_are)) what = cause::body_spaced;
    for (const space each : {space::indent2, space::indent4, space::tab}) {
      if (bare == respelled(received, each, as_they_are)) what = cause::body_indented;
    }
    causes.push_back(what);
  }
  // the telling one first: what PHP and Go escape beside \u, what others take off with it
  const auto slashes = [&](unsigned now, unsigned then, bool more) {
    if (now != then && (now > then) == more) causes.push_back(more ? cause::body_slashes_escaped : cause::body_slashes_unescaped);
  };
  const auto marks = [&](unsigned now, unsigned then, bool more) {
    if (now != then && (now > then) == more) causes.push_back(more ? cause::body_html_escaped : cause::body_html_unescaped);
  };
  slashes(count(received, "\\/"), count(original, "\\/"), true);
  marks(count_html(received), count_html(original), true);
  const unsigned wide = count_wide(received), sent = count_wide(original);
  if (wide != sent) causes.push_back(wide < sent ? cause::body_ascii_escaped : cause::body_unescaped);
  slashes(count(received, "\\/"), count(original, "\\/"), false);
  marks(count_html(received), count_html(original), false);
  if (causes.size() > before) return;
  if (received.ends_with('\n') != original.ends_with('\n')) {
    causes.push_back(received.ends_with('\n') ? cause::body_newline_added : cause::body_newline_removed);
  } else {
    causes.push_back(count(received, "\\u") > 0 ? cause::body_ascii_escaped : cause::body_whitespace);
  }
}

}  // namespace

void learn_orders(const dialect& from, std::string_view body, key_orders& orders) {
  const plan& how = from.compiled();
  list<std::string_view> others;
  for (const auto& event : how.events) {  // the example of the event that the body names comes first
    if (event.example.empty()) continue;
    std::string quoted = "\"";
    quoted.append(event.name).append("\"");
    if (body.find(quoted) != body.npos) orders.learn(event.example);
    else others.push_back(event.example);
  }
  orders.learn(object_of(how.source, "\"envelope\""));
  orders.learn(object_of(how.source, "\"body\""));
  for (const auto& each : others) orders.learn(each);
}

std::size_t learn_work(const dialect& from, std::string_view body) {
  std::size_t examples = 0;
  for (const auto& event : from.compiled().events) examples += !event.example.empty();
  return body.size() / 2 * examples;
}

body_spellings::body_spellings(std::string_view received, bool likely, const dialect& from, budget& left)
    : received_(received), likely_(likely), from_(from), left_(left) {}

/// Takes `work` off what is left, or ends it all.
bool body_spellings::spend(std::size_t work) {
  const bool enough = left_.spend(work);
  if (!enough) step_ = step::end;
  return enough;
}

/// Takes `unwrapped_` for what is respelled; false where it is neither JSON nor a form.
bool body_spellings::start_json() {
  at_ = 0;
  is_form_ = looks_like_form(unwrapped_);
  if (is_form_) return true;
  if (!spend(unwrapped_.size()) || !is_json(unwrapped_)) return false;
  if (learnt_ || !spend(learn_work(from_, unwrapped_))) return true;
  learnt_ = true;
  learn_orders(from_, unwrapped_, orders_);
  return true;
}

bool body_spellings::next(std::string& into) {
  while (step_ != step::end) {
    into.clear();
    if (step_ == step::wrappings ? write_unwrapped(into) : write_anew(into)) return true;
  }
  return false;
}

/// Writes the body with the next wrapping off; false where that changes nothing.
bool body_spellings::write_unwrapped(std::string& into) {
  const wrapping* const each = wrapping_at(at_);
  if (each == nullptr) {
    unwrapped_.assign(received_);
    step_ = step::json;
    wrapping_ = -1;
    if (!start_json()) at_ = forms * style_count;
    return false;
  }
  wrapping_ = static_cast<int>(at_++);
  json_ = false;
  return (!likely_ || each->likely) && spend(unwrap_cost * received_.size()) && each->undo(received_, into) && into != received_;
}

/// Writes `unwrapped_` in the next style, then with a second wrapping off; false where that is none.
bool body_spellings::write_anew(std::string& into) {
  json_ = true;
  const bool few = likely_ || step_ == step::both;
  const unsigned all = is_form_ ? form_styles : forms * style_count + (few ? 0 : form_styles);
  if (at_ < all) return write_style(at_++, few, into);
  const wrapping* const each = step_ == step::both ? wrapping_at(second_) : nullptr;
  if (each == nullptr) {
    take_next_wrapping_off();
    return false;
  }
  ++second_;
  return each->likely && spend(unwrap_cost * unwrapped_.size()) && each->undo(unwrapped_, into) && into != received_;
}

bool body_spellings::write_style(unsigned at, bool few, std::string& into) {
  if (is_form_) {
    if (!spend(form_cost * unwrapped_.size())) return false;
    respell_form(unwrapped_, at, into);
    return into != unwrapped_;
  }
  if (at >= forms * style_count) {
    return spend(form_cost * unwrapped_.size()) && is_json(unwrapped_) && form_of_json(unwrapped_, at - forms * style_count, into);
  }
  const sent_style& style = styles[at / forms];
  const unsigned form = at % forms;
  if (few && (!style.likely || form > 1 || (form == 1 && style.escapes != as_they_are))) return false;
  if (form == 2 && style.between < space::indent2) return false;
  if (!spend(unwrapped_.size() / 2)) return false;
  spend(respell(unwrapped_, {style.between, style.escapes, style.keys, &orders_}, into));
  if (form == 1) into.push_back('\n');
  if (form == 2) add_returns(into);
  return into != received_ && into != unwrapped_;
}

void body_spellings::take_next_wrapping_off() {
  step_ = step::both;
  second_ = 0;
  bool found = false;
  while (!found && !likely_) {
    const wrapping* const each = wrapping_at(static_cast<unsigned>(++wrapping_));
    if (each == nullptr) break;
    unwrapped_.clear();
    found = each->likely && spend(unwrap_cost * received_.size()) && each->undo(received_, unwrapped_);
  }
  if (found && !start_json()) at_ = forms * style_count;
  if (!found) step_ = step::end;
}

void body_spellings::name(std::string_view original, list<cause>& causes) const {
  if (wrapping_ >= 0) causes.push_back(wrapping_at(static_cast<unsigned>(wrapping_))->what);
  if (!json_) return;
  if (second_ > 0) return void(causes.push_back(wrapping_at(second_ - 1)->what));
  if (is_form_) {
    causes.push_back(cause::body_form_reencoded);
  } else if (!is_json(original)) {
    causes.push_back(cause::body_form_as_json);
  } else {
    name_json(unwrapped_, original, causes);
  }
}

}  // namespace waxseal
