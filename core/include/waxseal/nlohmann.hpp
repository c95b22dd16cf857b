// The bridge to nlohmann/json: an event's data as a `nlohmann::json`. Include it where you use it;
// the library itself does not need it.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "waxseal/event.hpp"
#include "waxseal/status.hpp"

namespace waxseal {
namespace detail {

/// Builds a `nlohmann::json`, as nlohmann's own reader does, but for integers beyond 64 bits:
/// that one rounds them to a double, this one keeps their digits.
class exact_reader {
 public:
  bool null() { return put(nullptr); }
  bool boolean(bool value) { return put(value); }
  bool number_integer(std::int64_t value) { return put(value); }
  bool number_unsigned(std::uint64_t value) { return put(value); }
  bool number_float(double value, const std::string& text) {
    return text.find_first_of(".eE") == std::string::npos ? put(text) : put(value);
  }
  bool string(std::string& value) { return put(std::move(value)); }
  bool binary(nlohmann::json::binary_t&) { return false; }
  bool start_object(std::size_t) { return open(nlohmann::json::object()); }
  bool key(std::string& name) {
    member_ = std::move(name);
    return true;
  }
  bool end_object() { return close(); }
  bool start_array(std::size_t) { return open(nlohmann::json::array()); }
  bool end_array() { return close(); }
  template <class Error>
  bool parse_error(std::size_t, const std::string&, const Error&) {
    return false;
  }

  nlohmann::json root;

 private:
  nlohmann::json& place(nlohmann::json&& value) {
    if (open_.empty()) return root = std::move(value);
    auto& parent = *open_.back();
    if (parent.is_object()) return parent[member_] = std::move(value);
    parent.push_back(std::move(value));
    return parent.back();
  }
  bool put(nlohmann::json&& value) {
    place(std::move(value));
    return true;
  }
  bool open(nlohmann::json&& value) {
    open_.push_back(&place(std::move(value)));  // a parent does not grow while its child is open
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }

  std::string member_;
  std::vector<nlohmann::json*> open_;
};

}  // namespace detail

/// The data of `from` as a value of its own, which outlives the request.
///
/// An integer of up to 64 bits is exact (`get<std::int64_t>`, `get<std::uint64_t>`); a larger one
/// is a string of its digits, so that nothing is rounded silently. Of a key that comes twice in an
/// object that no schema names the last value counts. Data that breaks its schema is given: ask
/// `from.schema` whether it does.
///
/// @return the data; null where the webhook has none; `bad_json` where the body is not JSON or
///         holds a number beyond the range of a double; `bad_utf8`, `too_deep`, `duplicate_key`
///         as `from.schema` says. Throws nothing on any input.
inline result<nlohmann::json> data(const event& from) {
  switch (from.schema.code) {
    case status::bad_json:
    case status::bad_utf8:
    case status::too_deep:
    case status::duplicate_key:
      return from.schema.code;
    default:
      break;
  }
  if (from.content == content::bytes) return status::bad_json;
  if (from.data.empty()) return nlohmann::json(nullptr);
  detail::exact_reader reader;
  if (!nlohmann::json::sax_parse(from.data.begin(), from.data.end(), &reader)) return status::bad_json;
  return std::move(reader.root);
}

}  // namespace waxseal
