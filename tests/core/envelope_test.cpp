// The envelope around an event's data: what stands there, byte for byte, and for every dialect that it
// is JSON whose data the dialect itself reads back.
#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>
#include <string>

#include "plan.hpp"
#include "waxseal/envelope.hpp"

namespace {

using nlohmann::ordered_json;
using waxseal::dialect;
using waxseal::outgoing_event;

std::string wrap(const dialect& in, const outgoing_event& what) {
  std::string body = "of another event";
  waxseal::wrap(in, what, body);
  return body;
}

/// A dialect that has `envelope`, and a timestamp in `unit`.
dialect with(const ordered_json& envelope, const char* unit = "seconds") {
  ordered_json file = {
      {"name", "test"}, {"title", "Test"}, {"documents", {"https://test.example"}},
      {"signature", {{"scheme", "hmac-sha256"}, {"header", "x-sig"}, {"encoding", "hex"}}},
      {"timestamp", {{"header", "x-time"}, {"unit", unit}}},
      {"event", {{"type", {{"pointer", "/type"}}}}},
      {"events", {{"told", ordered_json::object()}, {"bare", {{"recognised_by", "mark"}}}}},
      {"delivery", {{"headers", {{"x-sig", "{signature}"}}}}}};
  if (!envelope.is_null()) file["delivery"]["envelope"] = envelope;
  auto loaded = dialect::load(file.dump(2), "test");
  if (!loaded) FAIL(loaded.error());
  return *loaded;
}

constexpr outgoing_event event{"e_1", "told", "ep_1", R"({"a": 1})", 1705314600123};

}  // namespace

TEST_CASE("every placeholder that is a whole text is filled, and nothing else is touched") {
  const ordered_json envelope = {{"id", "{id}"}, {"type", "{type}"}, {"at", "{timestamp}"}, {"when", "{date-time}"},
                                 {"to", "{endpoint}"}, {"list", {"{data}", "a {id}", true, nullptr}}, {"{id}", "{other}"}};
  CHECK(wrap(with(envelope), event) ==
        R"({"id":"e_1","type":"told","at":1705314600,"when":"2024-01-15T10:30:00Z","to":"ep_1",)"
        R"("list":[{"a": 1},"a {id}",true,null],"{id}":"{other}"})");
  CHECK(wrap(with("{timestamp}", "milliseconds"), event) == "1705314600123");
  CHECK(wrap(with("{timestamp}", "date-time"), event) == "1705314600");
  CHECK(wrap(with("{data}"), event) == event.data);
}

TEST_CASE("a placeholder behind an escaped quote is part of a longer text") {
  CHECK(wrap(with("say \"{id}\" \\"), event) == R"("say \"{id}\" \\")");
  CHECK(wrap(with(ordered_json::array({"\\", "{id}"})), event) == R"(["\\","e_1"])");
}

TEST_CASE("what a value holds can end no text") {
  const outgoing_event hostile{"a\"b\\c\n\x1f{data}", "x\",\"data\":\"y", "{id}", "{}", 0};
  const auto body = ordered_json::parse(wrap(with({{"id", "{id}"}, {"type", "{type}"}, {"to", "{endpoint}"}, {"data", "{data}"}}), hostile));
  CHECK(body["id"] == hostile.id);
  CHECK(body["type"] == hostile.type);
  CHECK(body["to"] == "{id}");
  CHECK(body["data"] == ordered_json::object());
}

TEST_CASE("without an envelope, and for an event that is recognised by a member, the data is the body") {
  outgoing_event bare = event;
  bare.type = "bare";
  CHECK(wrap(with({{"data", "{data}"}}), bare) == event.data);
  CHECK(wrap(with(nullptr), event) == event.data);
  outgoing_event untyped = event;
  untyped.type = {};
  CHECK(wrap(with({{"type", "{type}"}}), untyped) == R"({"type":null})");
}

TEST_CASE("each dialect's envelope is JSON, and the same of its image") {
  unsigned enveloped = 0;
  for (const auto& each : waxseal::embedded_dialects()) {
    const auto from = waxseal::find_dialect(each.name);
    REQUIRE(from);
    const auto reopened = dialect::open_image(from->image());
    REQUIRE(reopened);
    outgoing_event one = event;
    one.type = "nobody.knows";
    const std::string body = wrap(*from, one);
    CHECK(body == wrap(*reopened, one));
    CHECK(ordered_json::accept(body));
    const auto file = ordered_json::parse(each.json);
    const bool has_envelope = file.contains(ordered_json::json_pointer("/delivery/envelope"));
    CHECK((body != one.data) == has_envelope);
    enveloped += has_envelope;
  }
  CHECK(enveloped > 20);
}
