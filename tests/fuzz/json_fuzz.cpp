// libFuzzer over everything that reads JSON: the scanner must agree with nlohmann::json on what is
// JSON, and the schema compiler must take any text. tests/fuzz/README.md says how to run it.
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "scan.hpp"

using namespace waxseal;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  static scanner scan(1);
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const status plain = scan.scan(body_plan{}, text, {}, true).code;
  // A number beyond double's range is refused by nlohmann alone, so only one direction is asked.
  if (plain != status::ok && plain != status::too_deep && text.find('\0') == text.npos &&
      text.substr(0, 3) != "\xef\xbb\xbf" && nlohmann::json::accept(text))
    std::abort();

  // The text as a schema, and as the body that the schema directs.
  const std::size_t half = text.find('\n');
  if (half == text.npos) return 0;
  body_plan plan;
  const auto node = plan.schemas.compile(text.substr(0, half), "");
  if (!node) return 0;
  plan.envelope = *node;
  const auto marked = plan.schemas.mark(plan.envelope, "/id", slot::id);
  if (marked) plan.envelope = *marked;
  const std::string_view body = text.substr(half + 1);
  const status directed = scan.scan(plan, body, {}, true).code;
  const status free = scan.scan(body_plan{}, body, {}, true).code;
  const bool agrees = free == status::ok ? directed == status::ok || directed == status::schema ||
                                               directed == status::duplicate_key
                                         : directed == free;
  if (!agrees) std::abort();
  return 0;
}
