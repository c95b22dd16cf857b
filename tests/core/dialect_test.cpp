// Loading dialects: what is shipped loads, and every mistake gets a sentence that says where it is.
#include <catch2/catch.hpp>

#include "vectors.hpp"

using test::json;

namespace {

json smallest() {
  return json::parse(R"({"name": "mine", "title": "Mine", "documents": ["https://example.com/docs"],
                         "signature": {"scheme": "hmac-sha256", "header": "X-Mine"}})");
}

std::string load_error(const json& dialect) {
  const auto loaded = waxseal::dialect::load(dialect.dump(), "mine.json");
  return loaded ? std::string() : loaded.error();
}

/// The error after one member at `pointer` is set to `value`.
std::string error_with(const char* pointer, const json& value) {
  json dialect = smallest();
  dialect[json::json_pointer(pointer)] = value;
  return load_error(dialect);
}

}  // namespace

TEST_CASE("every shipped dialect loads, under its own name, and every example keeps its schema") {
  for (const auto& embedded : waxseal::embedded_dialects()) {
    INFO(embedded.name);
    const auto loaded = waxseal::dialect::load(embedded.json, embedded.name);
    if (!loaded) FAIL(loaded.error());
    CHECK(loaded->name() == embedded.name);
    CHECK_FALSE(loaded->title().empty());
    for (const auto& event : loaded->events()) {
      INFO(event.name);
      CHECK_FALSE(event.example.empty());
    }
  }
}

TEST_CASE("the smallest dialect is four members") { CHECK(load_error(smallest()) == ""); }

TEST_CASE("an unknown keyword is an error that names file, pointer and what is allowed") {
  for (const char* pointer :
       {"/colour", "/signature/colour", "/secret/colour", "/timestamp/colour", "/event/colour",
        "/event/id/colour", "/events/a.b/colour", "/delivery/colour", "/delivery/retry/colour",
        "/delivery/final/colour", "/delivery/rate/0/colour", "/handshake/colour",
        "/handshake/when/colour", "/handshake/answer/colour", "/answers/colour",
        "/signature/list/colour", "/timestamp/tolerance/colour", "/body/colour",
        "/events/a.b/schema/colour", "/events/a.b/schema/properties/x/colour"}) {
    INFO(pointer);
    json dialect = smallest();
    if (std::string(pointer).find("/rate/") != std::string::npos) {
      dialect["delivery"]["rate"] = json::array({json::object()});
    }
    dialect[json::json_pointer(pointer)] = 1;
    const std::string error = load_error(dialect);
    INFO(error);
    std::string shown = pointer;
    CHECK(error.starts_with("mine.json: " + shown + ": "));
    CHECK((error.find("allowed") != std::string::npos || error.find("known") != std::string::npos));
  }
}

TEST_CASE("parts that do not fit together are refused with the pointer of the part") {
  using test::json;
  const auto begins = [](const std::string& error, const char* pointer) {
    INFO(error);
    CHECK(error.starts_with(std::string("mine.json: ") + pointer + ": "));
  };
  begins(error_with("/name", "Not Kebab"), "/name");
  begins(error_with("/title", ""), "/title");
  begins(error_with("/documents", json::array()), "/documents");
  begins(error_with("/signature/scheme", "md5"), "/signature/scheme");
  begins(error_with("/signature/header", "no header"), "/signature/header");
  begins(error_with("/signature/value", "sha256="), "/signature/value");
  begins(error_with("/signature/value", "{sig}{sig}"), "/signature/value");
  begins(error_with("/signature/encoding", "HEX"), "/signature/encoding");
  begins(error_with("/signature/signed", "{timestamp}.{body}"), "/signature/signed");
  begins(error_with("/signature/signed", "{id}.{body}"), "/signature/signed");
  begins(error_with("/signature/signed", "{id"), "/signature/signed");
  begins(error_with("/signature/signed", "{colour}{body}"), "/signature/signed");
  begins(error_with("/signature/signed", "{header}{body}"), "/signature/signed");
  begins(error_with("/signature/signed", "no body"), "/signature/signed");
  begins(error_with("/signature/list", {{"separator", ", ,"}}), "/signature/list/separator");
  begins(error_with("/signature/list", {{"others", "ignore"}}), "/signature/list/others");
  begins(error_with("/timestamp", json::object()), "/timestamp");
  begins(error_with("/timestamp", {{"header", "x-a"}, {"pointer", "/a"}}), "/timestamp");
  begins(error_with("/timestamp", {{"header", "x-a"}, {"tolerance", {{"past", 1}, {"future", 1}}}}),
         "/timestamp/tolerance");
  begins(error_with("/timestamp", {{"signature", true}}), "/timestamp/signature");
  begins(error_with("/timestamp", {{"header", "x-a"}, {"unit", "hours"}}), "/timestamp/unit");
  begins(error_with("/event/id", json::object()), "/event/id");
  begins(error_with("/event/id/pointer", "id"), "/event/id/pointer");
  begins(error_with("/secret/min_bytes", -1), "/secret/min_bytes");
  begins(error_with("/secret/min_bytes", 1.5), "/secret/min_bytes");
  begins(error_with("/secret/min_bytes", "1"), "/secret/min_bytes");
  begins(error_with("/delivery/retry/delays", {15, -1}), "/delivery/retry/delays/1");
  begins(error_with("/delivery/headers", {{"x", "{colour}"}}), "/delivery/headers/x");
  begins(error_with("/handshake", json::object()), "/handshake");
  begins(error_with("/events", {{"a", {{"aliases", {"a"}}}}}), "/events/a");
  CHECK(load_error(json::array()).starts_with("mine.json: "));
  CHECK_FALSE(waxseal::dialect::load("", "mine.json"));
  CHECK_FALSE(waxseal::dialect::load("{\"name\": \"mine\"} x", "mine.json"));
  CHECK_FALSE(waxseal::dialect::load("{\"name\": \"mine\", \"name\": \"mine\"}", "mine.json"));
}

TEST_CASE("an unknown name is answered with the names there are") {
  const auto none = waxseal::find_dialect("githup");
  REQUIRE_FALSE(none);
  CHECK(none.error().find("github") != std::string::npos);
}

TEST_CASE("the delivery policy is what the dialect file says") {
  json dialect = smallest();
  dialect["delivery"] = json::parse(R"({
      "retry": {"delays": [15, 60], "jitter_percent": 20, "retry_after_cap": 3600}, "timeout": 10,
      "final": {"client_errors": true, "timeouts": true, "statuses": [400, 501]},
      "rate": [{"limit": 100, "seconds": 10}], "grace": 86400, "unsigned": true})");
  const auto loaded = waxseal::dialect::load(dialect.dump(), "mine.json");
  REQUIRE(loaded);
  const auto& policy = loaded->delivery();
  CHECK(std::vector(policy.delays.begin(), policy.delays.end()) == std::vector<std::uint32_t>{15, 60});
  CHECK(policy.jitter_percent == 20);
  CHECK(policy.retry_after_cap == 3600);
  CHECK(policy.timeout == 10);
  CHECK(policy.final_client_errors);
  CHECK(policy.final_timeouts);
  CHECK(std::vector(policy.final_statuses.begin(), policy.final_statuses.end()) == std::vector<std::uint32_t>{400, 501});
  REQUIRE(policy.rate.size() == 1);
  CHECK(policy.rate[0].limit == 100);
  CHECK(policy.rate[0].milliseconds == 10000);
  CHECK(policy.grace == 86400);
  CHECK(policy.may_be_unsigned);
}
