// What waxseal-explain.wasm can do beside full.cpp: explain a refusal.
#include <optional>
#include <string>
#include <vector>

#include "abi.hpp"
#include "hmac.hpp"
#include "list.hpp"
#include "waxseal/explain.hpp"

using namespace waxseal;
using namespace waxseal::abi;

namespace {

/// Reads the arena's records, each `u32 length, bytes`, one after the other.
class records {
 public:
  explicit records(u64 length) : end_(length) {}
  bool next(std::string_view& into) {
    if (end_ - at_ < 4 || end_ - at_ - 4 < memory.read(at_)) return false;
    into = {memory.start + at_ + 4, memory.read(at_)};
    at_ += 4 + into.size();
    return true;
  }
  bool is_done() const { return at_ == end_; }

 private:
  u64 at_ = 0;
  u64 end_;
};

void append_json(std::string& to, std::string_view text) {
  to.push_back('"');
  for (const char c : text) {
    constexpr char digits[] = "0123456789abcdef";
    if (c == '"' || c == '\\') {
      to.push_back('\\');
      to.push_back(c);
    } else if (c >= 0 && c < ' ') {
      to.append("\\u00").push_back(digits[c >> 4]);
      to.push_back(digits[c & 15]);
    } else {
      to.push_back(c);
    }
  }
  to.push_back('"');
}

void write_json(const explanation& why, std::string& to) {
  to.append("{\"code\":");
  append_json(to, name(why.code));
  to.append(",\"causes\":[");
  const char* before = "{\"code\":";
  for (const finding& each : why.findings) {
    to.append(before);
    append_json(to, each.code);
    to.append(",\"certainty\":");
    append_json(to, name(each.sure));
    to.append(",\"sentence\":");
    append_json(to, each.sentence);
    to.append(",\"remedy\":");
    append_json(to, each.remedy);
    to.append(",\"line\":");
    if (each.line.empty()) to.append("null");
    else append_json(to, each.line);
    to.push_back('}');
    before = ",{\"code\":";
  }
  to.append("]}");
}

/// Explains what the records say; false where they are malformed or hold no image.
bool explain_records(u64 length, u32 secret_count, u32 header_count, std::int64_t now, std::string& json) {
  records rest(length);
  std::string_view image, how, part;
  request what{};
  if (!rest.next(image) || !rest.next(how) || how.size() != 32 || !rest.next(what.body) || !rest.next(what.url) ||
      !rest.next(what.method)) return false;
  list<std::string_view> secrets;
  for (u32 i = 0; i < secret_count; ++i) {
    if (!rest.next(part)) return false;
    secrets.push_back(part);
  }
  list<header> lines;
  for (u32 i = 0; i < header_count; ++i) {
    header line;
    if (!rest.next(line.name) || !rest.next(line.value)) return false;
    lines.push_back(line);
  }
  what.headers = {lines.begin(), lines.size()};
  std::vector<dialect> others;
  while (rest.next(part)) {
    auto other = dialect::open_image(part);
    if (other) others.push_back(*other);
  }
  auto from = dialect::open_image(image);
  if (!rest.is_done() || !from) return false;
  const u64 options_start = static_cast<u64>(how.data() - memory.start);
  write_json(waxseal::explain(*from, {secrets.begin(), secrets.size()}, what, now, others, options_at(options_start)), json);
  return true;
}

}  // namespace

WAXSEAL_EXPORT(waxseal_explain) u32 waxseal_explain(u32 length, u32 secrets, u32 headers, double now) {
  static std::string json;
  json.clear();
  last_made = {};
  last_error = no_such_texts;
  const bool in_time = now > -9e15 && now < 9e15;
  const bool told = length <= memory.capacity && memory.start &&
                    explain_records(length, secrets, headers, in_time ? static_cast<std::int64_t>(now) : 0, json);
  if (memory.start) wipe(memory.start, memory.capacity + reserve);
  last_made = json;
  return static_cast<u32>(told ? status::ok : status::internal);
}
