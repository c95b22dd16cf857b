// Finds or makes what a message's headers need, and signs it.
#include "sending.hpp"

#include "draft.hpp"
#include "input.hpp"

namespace waxseal::command {
namespace {

/// What `body` says at the dialect's pointer of `field` (`id`, `type`); empty where it says nothing.
std::string from_body(const nlohmann::ordered_json& said, const char* field, const std::string& body) {
  const std::string place = "/event/" + std::string(field) + "/pointer";
  const auto pointer = text_at(said, place.c_str());
  if (pointer.empty()) return {};
  const auto read = nlohmann::ordered_json::parse(body, nullptr, false);
  return read.is_discarded() ? std::string() : text_at(read, pointer.c_str());
}

#ifdef __wasi__
/// Signing with a private key takes what OpenSSL's parts in the wasm leave out; see docs/architecture.md.
bool needs_native(const dialect& from) {
  options how;
  how.key_elsewhere = true;
  const auto hook = verifier::open(from, {}, how);
  return hook && !hook->public_scheme_name().empty();
}
#else
bool needs_native(const dialect&) { return false; }
#endif

}  // namespace

result<signed_sending, failure> sign_message(const dialect& from, const std::vector<std::string>& secrets,
                                             const std::vector<header_line>& settings, sending what) {
  if (needs_native(from)) {
    return failure{wrong_usage, std::string(from.title()) + " signs with a private key, which this program does not: "
                                "`waxseal sign` built natively does, and so does hook.sign of waxseal/full"};
  }
  const auto said = facts(from);
  id_maker ids(true);
  if (what.id.empty()) what.id = from_body(said, "id", what.body);
  if (what.id.empty()) what.id = ids.make(said, "event");
  if (what.type.empty()) what.type = from_body(said, "type", what.body);
  if (what.delivery.empty()) what.delivery = ids.make(said, "delivery");

  auto hook = open_verifier(from, secrets, {}, settings);
  if (!hook) return hook.error();
  message sent;
  sent.body = what.body;
  sent.id = what.id;
  sent.type = what.type;
  sent.delivery = what.delivery;
  sent.timestamp = what.timestamp;
  sent.url = what.url;
  if (!what.method.empty()) sent.method = what.method;
  auto headers = hook->sign(sent);
  if (!headers) return failure{wrong_usage, headers.error()};
  const bool in_body = !hook->signed_body().empty();
  return signed_sending{std::move(*headers), in_body ? std::string(hook->signed_body()) : what.body, in_body};
}

}  // namespace waxseal::command
