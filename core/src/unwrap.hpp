// What is done to a body as a whole on its way, undone: line ends, marks, encodings, framing, forms.
// Used by body_spellings.
#pragma once

#include <string>
#include <string_view>

#include "causes.hpp"

namespace waxseal {

/// One thing that may have been done to a body. `undo` writes the body as it was into an empty
/// `into`; false where it cannot have been done.
struct wrapping {
  cause what;
  bool likely;  ///< tried together with something else
  bool (*undo)(std::string_view body, std::string& into);
};

/// The wrapping at `index`, or null behind the last one. Likeliest first.
const wrapping* wrapping_at(unsigned index) noexcept;

/// Other ways to write the form `body`, or the form whose fields the JSON object `body` holds.
inline constexpr unsigned form_styles = 12;
bool respell_form(std::string_view body, unsigned style, std::string& into);
bool form_of_json(std::string_view body, unsigned style, std::string& into);

/// Whether `body` looks like a form and is no JSON.
bool looks_like_form(std::string_view body) noexcept;

}  // namespace waxseal
