// A dialect compiled ahead of time, as the npm package takes it. Called by dialects.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "waxseal/dialect.hpp"

namespace waxseal::command {

/// The members of js/dialect.ts's `Dialect`: name, title, events, image in base64, and what stands
/// in its file around verifying.
nlohmann::ordered_json compiled(const dialect& from);

/// A JavaScript module that exports them as `dialect`.
std::string compiled_module(const dialect& from);

}  // namespace waxseal::command
