// Routing as properties over seeded random subscriptions, messages and bodies, against a second
// statement of the rules over nlohmann/json; and the words of the reasons.
#include <catch2/catch.hpp>

#include <deque>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "vectors.hpp"
#include "waxseal/routing.hpp"

namespace {

using waxseal::endpoint_status;
using waxseal::filter;
using waxseal::skip_reason;
using test::json;

using names = std::vector<std::string>;
struct asked_filter {
  std::string pointer;
  std::vector<json> values;
};
struct endpoint {
  endpoint_status status = endpoint_status::active;
  std::optional<names> sources, events, channels;
  std::vector<asked_filter> filters;
};
struct message {
  std::string source = "one";
  std::optional<std::string> type;
  names channels;
  std::string body = "{}";
  bool operational = false;
};

skip_reason ask(const endpoint& from, const message& of, bool padded) {
  std::deque<std::vector<std::string_view>> views;
  std::deque<std::string> texts;
  const auto view = [&](const auto& list) -> waxseal::texts { return views.emplace_back(list.begin(), list.end()); };
  const auto asked = [&](const std::optional<names>& list) { return list ? std::optional(view(*list)) : std::nullopt; };
  std::vector<filter> filters;
  for (const auto& each : from.filters) {
    std::vector<std::string_view> values;
    for (const auto& value : each.values) values.push_back(texts.emplace_back(value.dump()));
    filters.push_back({each.pointer, views.emplace_back(values)});
  }
  std::string body = of.body;
  if (padded) body.append(32, '\0');
  return waxseal::why_skipped({from.status, asked(from.sources), asked(from.events), asked(from.channels), filters},
                              {of.source, of.type, view(of.channels), std::string_view(body).substr(0, of.body.size()), of.operational, padded});
}
skip_reason ask(const endpoint& from, const message& of) {
  const auto reason = ask(from, of, false);
  REQUIRE(ask(from, of, true) == reason);
  return reason;
}

/// The rules said once more, by sets and a JSON tree.
skip_reason expected(const endpoint& from, const message& of) {
  const auto has = [](const names& list, const std::string& name) { return std::set(list.begin(), list.end()).count(name) > 0; };
  bool wanted = true;
  if (of.operational) {
    wanted = from.events && of.type && has(*from.events, *of.type);
  } else {
    if (from.sources) wanted = wanted && has(*from.sources, of.source);
    if (from.events) {
      bool any = false;
      for (const auto& pattern : *from.events) {
        if (of.type) any = any || (pattern.back() == '*' ? of.type->rfind(pattern.substr(0, pattern.size() - 1), 0) == 0 : pattern == *of.type);
      }
      wanted = wanted && any;
    }
    if (from.channels) {
      bool any = false;
      for (const auto& channel : of.channels) any = any || has(*from.channels, channel);
      wanted = wanted && any;
    }
  }
  if (!wanted) return skip_reason::not_subscribed;
  if (from.status == endpoint_status::inactive) return skip_reason::inactive;
  if (from.status == endpoint_status::disabled) return skip_reason::disabled;
  for (const auto& each : from.filters) {
    if (each.values.empty()) return skip_reason::none_selected;
  }
  const json body = json::parse(of.body, nullptr, false);
  for (const auto& each : from.filters) {
    if (body.is_discarded()) return skip_reason::filtered;
    const json* at = &body;
    std::string rest = each.pointer;
    while (at && !rest.empty()) {
      const auto slash = rest.find('/', 1);
      const std::string token = rest.substr(1, slash == rest.npos ? rest.npos : slash - 1);
      rest = slash == rest.npos ? "" : rest.substr(slash);
      at = at->is_object() && at->contains(token) ? &(*at)[token] : nullptr;
    }
    if (!at || at->is_structured() || std::find(each.values.begin(), each.values.end(), *at) == each.values.end()) return skip_reason::filtered;
  }
  return skip_reason::none;
}

endpoint only(const std::string& pointer, std::vector<json> values) {
  endpoint made;
  made.filters.push_back({pointer, std::move(values)});
  return made;
}

}  // namespace

TEST_CASE("why an endpoint does not get a message, by a second statement of the rules") {
  std::mt19937 random(4);
  const auto below = [&](unsigned bound) { return static_cast<unsigned>(random() % bound); };
  const auto pick = [&](const names& from) {
    names some;
    for (auto left = below(4); left > 0; --left) some.push_back(from[below(static_cast<unsigned>(from.size()))]);
    return some;
  };
  const auto perhaps = [&](const names& from) { return below(3) == 0 ? std::optional(pick(from)) : std::nullopt; };
  const names sources = {"one", "two"}, channels = {"eu", "us", "asia"};
  const names types = {"user", "user.", "user.created", "user.deleted", "userx", "order.paid", "u"};
  const names patterns = {"user.*", "*", "user.created", "user", "us*", "order.*", "order.paid", "nothing"};
  const names pointers = {"", "/a", "/a/b", "/b", "/a/b/c", "/"};
  const std::vector<json> values = {nullptr, true, false, 0, 1, -2.5, "", "x", "1"};
  const auto tree = [&](auto&& self, unsigned depth) -> json {
    if (depth == 0 || below(3) == 0) return values[below(9)];
    if (below(5) == 0) return json::array({self(self, depth - 1)});
    json made = json::object();
    for (const char* key : {"a", "b", "c", ""}) {
      if (below(3) > 0) made[key] = self(self, depth - 1);
    }
    return made;
  };
  std::map<skip_reason, unsigned> seen;
  for (int round = 0; round < 60'000; ++round) {
    endpoint from;
    from.status = static_cast<endpoint_status>(below(4) == 0 ? 1 + below(2) : 0);
    from.sources = perhaps(sources), from.events = perhaps(patterns), from.channels = perhaps(channels);
    for (auto left = below(5) < 2 ? below(3) : 0; left > 0; --left) {
      asked_filter& one = from.filters.emplace_back();
      one.pointer = pointers[below(6)];
      for (auto more = below(8); more > 0; --more) one.values.push_back(values[below(9)]);
    }
    message of{sources[below(2)], {}, pick(channels), tree(tree, 3).dump(static_cast<int>(below(3)) - 1), below(6) == 0};
    if (below(8) > 0) of.type = types[below(7)];
    if (below(20) == 0) of.body.pop_back();
    CAPTURE(round, of.body);
    const auto reason = ask(from, of);
    REQUIRE(reason == expected(from, of));
    ++seen[reason];
  }
  for (unsigned reason = 0; reason < waxseal::skip_reason_count; ++reason) {
    INFO(waxseal::name(static_cast<skip_reason>(reason)));
    CHECK(seen[static_cast<skip_reason>(reason)] > 300);
  }
}

TEST_CASE("a filter compares what a body says, not how it is written") {
  const auto says = [](const char* body) { return message{.body = body}; };
  const endpoint seven = only("/team/id", {"a", 7});
  for (const char* body : {R"({"team":{"id":"a"}})", R"({"team":{"id":7}})", R"( { "team" : { "id" : 7.0 } } )", R"({"team":{"id":70e-1}})", R"({"\u0074eam":{"id":"\u0061"}})"}) CHECK(ask(seven, says(body)) == skip_reason::none);
  for (const char* body : {R"({"team":{"id":"7"}})", R"({"team":{"id":"ab"}})", R"({"team":[{"id":"a"}]})", R"({"team":{"id":["a"]}})", "{}", "[]", "7", "", "no json",
                           R"({"team":{"id":"a"}} x)", R"({"team":{"id":"a"})", R"({"team":{"id":"a"},"team":{"id":"a"}})", R"({"team":{"id":"a","id":"a"}})"}) {
    INFO(body);
    CHECK(ask(seven, says(body)) == skip_reason::filtered);
  }
  CHECK(ask(only("/a~1b", {true}), says(R"({"a/b":true})")) == skip_reason::none);
  CHECK(ask(only("/a~0b", {true}), says(R"({"a~b":true})")) == skip_reason::none);
  CHECK(ask(only("/a~01b", {true}), says(R"({"a~1b":true})")) == skip_reason::none);
  CHECK(ask(only("", {"x"}), says(R"("x")")) == skip_reason::none);
  CHECK(ask(only("/n", {9007199254740993}), says(R"({"n":9007199254740992})")) == skip_reason::filtered);
  CHECK(ask(only("/a", {}), says(R"({"a":1})")) == skip_reason::none_selected);
  CHECK(ask(only("/a", {1}), says((std::string(100, '[') + std::string(100, ']')).c_str())) == skip_reason::filtered);
}

TEST_CASE("what the relay says of itself goes to those alone that name it in full") {
  const message told{.source = "_operational", .type = "endpoint.disabled", .operational = true};
  const auto events = [](std::optional<names> list) { return endpoint{.events = std::move(list)}; };
  CHECK(ask(events(names{"endpoint.disabled"}), told) == skip_reason::none);
  CHECK(ask(events(names{"endpoint.*"}), told) == skip_reason::not_subscribed);
  CHECK(ask(events(names{"*"}), told) == skip_reason::not_subscribed);
  CHECK(ask(events({}), told) == skip_reason::not_subscribed);
}

TEST_CASE("each reason has its word and its sentence") {
  std::set<std::string_view> words;
  for (unsigned reason = 0; reason < waxseal::skip_reason_count; ++reason) {
    words.insert(waxseal::name(static_cast<skip_reason>(reason)));
    CHECK_FALSE(waxseal::advice(static_cast<skip_reason>(reason)).empty());
  }
  CHECK(words == std::set<std::string_view>{"none", "not_subscribed", "inactive", "disabled", "none_selected", "filtered"});
  CHECK(waxseal::name(static_cast<skip_reason>(6)).empty());
}
