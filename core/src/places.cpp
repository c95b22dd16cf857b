// The text that stands at a place of a request (a header, a member of the body, a form field, a query
// parameter, a claim), and whether a condition on it holds. Called by parts.cpp, handshake.cpp and read.cpp.
#include "state.hpp"

namespace waxseal {

/// The body with padding behind it, if it is JSON; otherwise nothing.
std::string_view verifier::state::json_body() {
  if (!padded && padded_copy.empty()) padded_copy.append(body).append(padding);
  const std::string_view text = padded ? body : without_padding(padded_copy);
  if (!json_known) json_valid = is_json(text);
  json_known = true;
  return json_valid ? text : std::string_view();
}

/// Appends the text at a place. A body that is no JSON has nothing at a pointer.
lookup verifier::state::text_at(const place& where, std::string& into) {
  if (!where.claim.empty()) {
    std::string_view raw;
    if (claims.empty()) return lookup::nothing;
    const lookup answer = find_member(without_padding(claims), where.claim, raw);
    return answer == lookup::found ? append_scalar(raw, into) : answer;
  }
  if (!where.query.empty()) return append_pair(query_of(url), where.query, into);
  if (!where.field.empty()) {
    return is_form(value(compiled().content_type)) ? append_pair(body, where.field, into) : lookup::nothing;
  }
  if (where.pointer) {
    const std::string_view text = json_body();
    std::string_view raw;
    if (text.empty()) return lookup::nothing;
    const lookup answer = find_json(text, *where.pointer, raw);
    return answer == lookup::found ? append_scalar(raw, into) : answer;
  }
  into.append(value(where.header));
  return has(where.header) ? lookup::found : lookup::nothing;
}

bool verifier::state::says(const condition& wanted, std::string_view text) const {
  if (wanted.setting.empty()) return wanted.equals.empty() ? !text.empty() : text == wanted.equals;
  const plan& plan = compiled();
  for (std::uint32_t i = 0; i < plan.setting_names.size(); ++i) {
    const std::string& right = given[i];
    if (plan.setting_names[i] == wanted.setting && !right.empty() && right.size() == text.size()) {
      return equal_in_constant_time(right.data(), text.data(), text.size());
    }
  }
  return false;
}

bool verifier::state::holds(const condition& wanted) {
  std::string text;
  return text_at(wanted.where, text) == lookup::found && says(wanted, text);
}

}  // namespace waxseal
