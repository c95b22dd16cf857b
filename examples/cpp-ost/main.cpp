// Receives the webhooks of OST Platform on 127.0.0.1, verifies them and prints what they say.
//
//   OST_WEBHOOK_SECRET=… ./ost_receiver 3000
//
// After a rotation OST signs with the new and the old secret for 24 hours; put the old one into
// OST_WEBHOOK_GRACE_SECRET until then.
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include <httplib.h>
#include <waxseal/nlohmann.hpp>
#include <waxseal/waxseal.hpp>

namespace {

constexpr std::size_t max_body = std::size_t{1} << 20;

std::vector<std::string_view> secrets_from_environment() {
  std::vector<std::string_view> secrets;
  for (const char* name : {"OST_WEBHOOK_SECRET", "OST_WEBHOOK_GRACE_SECRET"}) {
    if (const char* value = std::getenv(name)) secrets.push_back(value);
  }
  return secrets;
}

/// The events received so far.
class ledger {
 public:
  /// Prints an authentic event, once.
  void record(const waxseal::event& event) {
    // OST delivers at least once: the id in the signed body tells a repetition.
    if (event.dedupe && !seen_.insert(std::string(event.dedupe->key)).second) return;
    const auto data = waxseal::data(event);
    const std::string type(event.type), id(event.id);
    std::printf("%s %s %s\n", type.c_str(), id.c_str(), data ? data->dump().c_str() : "no JSON");
    std::fflush(stdout);
  }

 private:
  std::unordered_set<std::string> seen_;  // a real receiver keeps this in its database
};

/// The answer to one request: 200 for what is authentic, 401 for what is not.
void receive(waxseal::verifier& hook, ledger& events, const httplib::Request& request,
             httplib::Response& response) {
  std::vector<waxseal::header> headers;
  for (const auto& [name, value] : request.headers) headers.push_back({name, value});

  const auto event = hook.verify({.headers = headers, .body = request.body}, std::time(nullptr));
  if (!event) {
    const std::string code(waxseal::name(event.error()));
    std::fprintf(stderr, "refused: %s\n", code.c_str());
    response.status = 401;
    response.set_content("Unauthorized", "text/plain");
    return;
  }
  events.record(*event);
  response.set_content("OK", "text/plain");
}

}  // namespace

int main(int argc, char** argv) {
  const int port = argc > 1 ? std::atoi(argv[1]) : 3000;

  const auto ost = waxseal::find_dialect("ost");
  // OST's own receivers ask for no age. Its timestamp is fresh on each attempt, so five minutes
  // are safe and keep an old request from being replayed.
  waxseal::options how;
  how.timestamps = waxseal::options::window::given;
  how.given = {300, 300};
  how.max_body = max_body;
  auto hook = waxseal::verifier::open(*ost, secrets_from_environment(), how);
  if (!hook) {
    std::fprintf(stderr, "ost_receiver: %s (OST_WEBHOOK_SECRET)\n", hook.error().c_str());
    return 2;
  }

  ledger events;
  std::mutex one_at_a_time;  // a verifier is not for several threads at once
  httplib::Server server;
  server.set_payload_max_length(max_body);
  server.Post("/webhooks", [&](const httplib::Request& request, httplib::Response& response) {
    const std::lock_guard lock(one_at_a_time);
    receive(*hook, events, request, response);
  });

  std::fprintf(stderr, "listening on http://127.0.0.1:%d/webhooks\n", port);
  if (!server.listen("127.0.0.1", port)) {
    std::fprintf(stderr, "ost_receiver: port %d cannot be had\n", port);
    return 3;
  }
}
