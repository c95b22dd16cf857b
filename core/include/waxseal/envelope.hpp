// The body of an event in the envelope that its sender puts around the data.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "waxseal/dialect.hpp"

namespace waxseal {

/// An event before anything stands around its data. All texts are UTF-8.
struct outgoing_event {
  std::string_view id;
  std::string_view type;      ///< empty: it has none, and the envelope says null
  std::string_view endpoint;  ///< id of the endpoint that it goes to
  std::string_view data;      ///< JSON text, which stands in the body as it is
  std::int64_t at = 0;        ///< when it happened, Unix milliseconds
};

/// Makes `body` what delivers the event: compact JSON around the data. The data alone where the dialect
/// has no envelope, and for an event of it that is recognised by a member of its data.
void wrap(const dialect& in, const outgoing_event& what, std::string& body);

}  // namespace waxseal
