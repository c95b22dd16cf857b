// The events of every dialect that the library carries: each example keeps to its schema, every
// field of it has a stated type, and it no longer keeps to it once any one required member is gone
// or any one value has another type.
#include <algorithm>
#include <catch2/catch.hpp>
#include <iostream>

#include "scan.hpp"
#include "vectors.hpp"

using namespace waxseal;
using test::json;

namespace {

using pointer = json::json_pointer;

/// The schemas that a value must fit: one, and more where a `$ref` has keywords beside it.
using schemas = std::vector<json>;

schemas with_references(const json& schema, const json& defs) {
  schemas all;
  if (schema.is_object() && schema.contains("$ref"))
    all = with_references(defs.at(schema.at("$ref").get<std::string>().substr(8)), defs);
  all.push_back(schema);
  return all;
}

void append(schemas& to, const schemas& more) { to.insert(to.end(), more.begin(), more.end()); }

/// What `each` asks of the member `name`: nothing where it neither names it nor speaks of others.
schemas of_member(const schemas& each, const std::string& name, const json& defs) {
  schemas below;
  for (const json& schema : each) {
    if (!schema.is_object()) continue;
    const json named = schema.value("properties", json::object());
    if (named.contains(name)) append(below, with_references(named.at(name), defs));
    else if (schema.contains("additionalProperties")) append(below, with_references(schema.at("additionalProperties"), defs));
  }
  return below;
}

bool states_type(const schemas& each) {
  return std::any_of(each.begin(), each.end(), [](const json& schema) {
    return schema.is_object() && (schema.contains("type") || schema.contains("const") || schema.contains("enum"));
  });
}

bool is_free(const schemas& each) {  // of which no member is documented
  return std::none_of(each.begin(), each.end(), [](const json& schema) {
    return schema.is_object() && (schema.contains("properties") || schema.contains("additionalProperties") || schema.contains("items"));
  });
}

/// Whether a value of that type fits what all of them say of types.
bool allows_type(const schemas& each, const json& value) {
  const auto is = [&](const std::string& type) {
    if (type == "integer") return value.is_number_integer();
    return type == value.type_name();
  };
  for (const json& schema : each) {
    if (!schema.is_object()) continue;
    const json types = schema.value("type", json());
    if (types.is_string() && !is(types)) return false;
    if (types.is_array() && std::none_of(types.begin(), types.end(), is)) return false;
    const auto same_type = [&](const json& option) { return std::string(option.type_name()) == value.type_name(); };
    if (schema.contains("const") && !same_type(schema.at("const"))) return false;
    if (schema.contains("enum") && std::none_of(schema.at("enum").begin(), schema.at("enum").end(), same_type)) return false;
  }
  return true;
}

struct field {
  pointer at;
  schemas asked;
  bool free;  ///< below an object of which no member is documented
};

/// Every value of an example and what is asked of it.
void list_fields(const json& value, const pointer& at, const schemas& asked, const json& defs, std::vector<field>& into,
                 bool free = false) {
  into.push_back({at, asked, free});
  const bool below_free = free || is_free(asked);
  if (value.is_object()) {
    for (const auto& [name, member] : value.items())
      list_fields(member, at / name, of_member(asked, name, defs), defs, into, below_free);
  }
  for (std::size_t i = 0; value.is_array() && i < value.size(); ++i) {
    schemas items;
    for (const json& schema : asked) {
      if (schema.is_object() && schema.contains("items")) append(items, with_references(schema.at("items"), defs));
    }
    list_fields(value[i], at / i, items, defs, into, below_free);
  }
}

/// An event's schema, as the core holds a body to it.
struct checker {
  body_plan plan;
  std::string defs;
  scanner scan{3};
  checker(const json& schema, const json& definitions) : defs(definitions.dump()) {
    plan.schemas.define(defs);
    const auto node = plan.schemas.compile(schema.dump(), "");
    if (!node) FAIL(node.error());
    plan.envelope = *node;
  }
  bool fits(const json& value) { return scan.scan(plan, value.dump(), {}, true).code == status::ok; }
};

/// Calls `each(dialect and event, the event, $defs)` for all that have a schema and an example.
template <class Each>
void for_each_event(Each each) {
  for (const auto& embedded : embedded_dialects()) {
    const json dialect = json::parse(embedded.json);
    const json events = dialect.value("events", json::object());
    for (const auto& [name, event] : events.items()) {
      if (event.contains("schema") && event.contains("example"))
        each(std::string(embedded.name) + " " + name, event, dialect.value("$defs", json::object()));
    }
  }
}

}  // namespace

TEST_CASE("each example fails once any one required member is removed or any one value has another type") {
  unsigned events = 0, removed = 0, mistyped = 0;
  for_each_event([&](const std::string& name, const json& event, const json& defs) {
    INFO(name);
    ++events;
    const json& example = event.at("example");
    checker check(event.at("schema"), defs);
    REQUIRE(check.fits(example));
    std::vector<field> fields;
    list_fields(example, pointer(), with_references(event.at("schema"), defs), defs, fields);
    for (const field& each : fields) {
      for (const json& schema : each.asked) {
        if (!example.at(each.at).is_object() || !schema.is_object()) continue;
        for (const std::string member : schema.value("required", json::array())) {
          json spoilt = example;
          spoilt.at(each.at).erase(member);
          INFO("without " << (each.at / member).to_string());
          CHECK_FALSE(check.fits(spoilt));
          ++removed;
        }
      }
      for (const json& other : {json(), json(true), json(1), json(1.5), json("x"), json::array(), json::object()}) {
        if (!states_type(each.asked) || allows_type(each.asked, other)) continue;
        json spoilt = example;
        spoilt.at(each.at) = other;
        INFO("with " << other << " at " << each.at.to_string());
        CHECK_FALSE(check.fits(spoilt));
        ++mistyped;
      }
    }
  });
  std::cout << "events: " << events << " examples, " << removed << " times without a required member and " << mistyped
            << " times with a value of another type, all refused\n";
  CHECK(events >= 120);
  CHECK(removed >= 1430);
  CHECK(mistyped >= 13400);
}

TEST_CASE("every field of an example has a stated type") {
  for_each_event([&](const std::string& name, const json& event, const json& defs) {
    INFO(name);
    std::vector<field> fields;
    list_fields(event.at("example"), pointer(), with_references(event.at("schema"), defs), defs, fields);
    for (const field& each : fields) {
      INFO(each.at.to_string());
      CHECK((each.free || states_type(each.asked)));
    }
  });
}

TEST_CASE("a topic's event with the status of another topic does not fit") {
  const json dialect = json::parse(test::load_embedded("ost").source());
  unsigned tried = 0;
  for (const auto& [name, event] : dialect.at("events").items()) {
    const json& example = event.at("example");
    const std::string entity = example.at("result_type");
    if (!example.at(entity).contains("status")) continue;
    checker check(event.at("schema"), dialect.at("$defs"));
    std::vector<json> allowed;
    for (const char* status : {"CREATED", "SUBMITTED", "MINED", "SUCCESS", "FAILED", "ACTIVATING", "ACTIVATED", "REGISTERED",
                               "AUTHORIZING", "AUTHORIZED", "REVOKING", "REVOKED", "RECOVERING", "INITIALIZING", "LOGGING OUT",
                               "LOGGED OUT", "INITIATED", "ACCEPTED", "CANCELLED", "FULFILLED"}) {
      json other = example;
      other.at(entity).at("status") = status;
      if (check.fits(other)) allowed.push_back(status);
      ++tried;
    }
    INFO(name);
    if (name == "transactions/initiate") CHECK(allowed == std::vector<json>{"CREATED", "SUBMITTED"});
    else CHECK(allowed == std::vector<json>{example.at(entity).at("status")});
  }
  CHECK(tried == 32 * 20);
}
