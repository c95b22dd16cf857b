// The second half of loading a dialect, for loader.cpp.
#pragma once

#include <string>
#include <string_view>

#include "plan.hpp"

namespace waxseal {

/// What is wrong in a dialect file: a sentence that opens with the JSON Pointer of the place, unless
/// `at` holds that.
struct complaint {
  std::string_view at, sentence;
};

/// Resolves headers and checks that the parts of the dialect fit together. @return a sentence that
/// opens with the JSON Pointer of what does not, or nothing.
std::string_view check_plan(plan& into, bool has_documents);

/// Compiles the schemas of body and events and marks the places the dialect asks for.
/// @param defs, body  raw texts of `$defs` and `body`, empty where the file has none
/// @return what does not fit, or an empty sentence; views into the plan.
complaint compile_body(plan& into, std::string_view defs, std::string_view body);

}  // namespace waxseal
