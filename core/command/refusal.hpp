// One plain sentence for each code of the core's table. Used by verify.
#pragma once

#include <string_view>

#include "waxseal/status.hpp"

namespace waxseal::command {

/// What `code` means for whoever looks at a refused webhook.
std::string_view sentence(status code);

}  // namespace waxseal::command
