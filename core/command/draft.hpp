// Drafts of webhooks: example bodies and new ids, from what a dialect's file says.
// Called by sample, sign and send.
#pragma once

#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <string_view>

#include "arguments.hpp"
#include "waxseal/dialect.hpp"

namespace waxseal::command {

/// A dialect's file as JSON, for what the library has no need to tell.
nlohmann::ordered_json facts(const dialect& from);

/// The string at `path` (a JSON Pointer) of `from`, or `otherwise`.
std::string text_at(const nlohmann::ordered_json& from, const char* path, std::string otherwise = {});

/// Where new ids take their bytes from: the system, or the same ones on every run.
class id_maker {
 public:
  explicit id_maker(bool fresh) : fresh_(fresh) {}
  /// A new id of `kind` (`event`, `delivery`, `endpoint`) in the dialect's form.
  std::string make(const nlohmann::ordered_json& dialect_facts, const char* kind);

 private:
  unsigned char byte();
  std::string random_letters();
  std::string uuid();
  bool fresh_;
  std::minstd_rand repeatable_{1};
};

/// What a draft says besides its data. Empty: made by `ids`, or the first event of the dialect.
struct draft_wish {
  std::string event;
  std::string id;
  long long timestamp;  ///< Unix seconds
};

struct draft {
  std::string body;
  std::string type;
};

/// An example webhook of `from`: its envelope around the example data of the event.
result<draft, failure> make_draft(const dialect& from, const draft_wish& wish, id_maker& ids);

}  // namespace waxseal::command
