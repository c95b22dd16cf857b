// Bodies that are forms, read as JSON so that the schemas hold for them. waxseal.wasm is without it
// (wasm/noparts.cpp).
#include "state.hpp"

namespace waxseal {
namespace {

/// Appends a JSON string. What is no UTF-8 is left for the scanner to find.
void append_json_string(std::string_view text, std::string& into) {
  constexpr char digits[] = "0123456789abcdef";
  into.push_back('"');
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < ' ') {
      into.append("\\u00", 4).append(digits + (byte >> 4), 1).append(digits + (byte & 15), 1);
      continue;
    }
    if (c == '"' || c == '\\') into.push_back('\\');
    into.push_back(c);
  }
  into.push_back('"');
}

}  // namespace

void append_form_object(std::string_view form, std::string& into) {
  std::string text;
  const auto append = [&](std::string_view raw, char before, std::string& to) {
    text.clear();
    if (!append_decoded(raw, text)) return false;
    if (before != 0) to.push_back(before);
    append_json_string(text, to);
    return true;
  };
  bool first = true;
  into.push_back('{');
  const bool whole = for_each_pair(form, [&](std::string_view name, std::string_view value) {
    const bool fits = append(name, first ? '\0' : ',', into) && append(value, ':', into);
    first = false;
    return fits;
  });
  if (whole) into.push_back('}');
}

/// The body, or of a form that the dialect wants read an object of its fields, with padding behind it.
std::string_view verifier::state::text_to_scan() {
  form_object.clear();
  if (!compiled().reads_forms || !is_form(value(compiled().content_type))) return body;
  append_form_object(body, form_object);
  form_object.append(padding);
  return without_padding(form_object);
}

std::string_view verifier::form() const noexcept {
  return state_->form_object.empty() ? std::string_view() : without_padding(state_->form_object);
}

}  // namespace waxseal
