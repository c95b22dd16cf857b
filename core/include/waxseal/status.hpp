// The closed table of answers, and the value-or-error that every fallible function returns.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace waxseal {

/// Why a webhook was refused. The same word is the code in C++, in the ABI and in JavaScript.
enum class status : std::uint8_t {
  ok,
  missing_signature,
  bad_signature,
  missing_timestamp,
  bad_timestamp,
  too_old,
  too_new,
  missing_id,
  bad_id,
  duplicate_header,
  contradiction,
  too_many_signatures,
  body_too_large,
  bad_encoding,
  bad_utf8,
  bad_json,
  too_deep,
  duplicate_key,
  schema,
  key_unavailable,
  internal,
};

inline constexpr unsigned status_count = static_cast<unsigned>(status::internal) + 1;

/// The word for `code` as it stands in every layer, such as `bad_signature`; empty past the table.
std::string_view name(status code) noexcept;

/// A value, or the error that kept it from being made. `E` is a `status` for what the network
/// sends and a sentence (`std::string`) for what the caller wrote.
template <class T, class E = status>
class result {
 public:
  result(T value) : value_(std::move(value)) {}
  result(E error) : error_(std::move(error)) {}

  explicit operator bool() const noexcept { return value_.has_value(); }
  T& operator*() noexcept { return *value_; }
  const T& operator*() const noexcept { return *value_; }
  T* operator->() noexcept { return &*value_; }
  const T* operator->() const noexcept { return &*value_; }
  const E& error() const noexcept { return error_; }

 private:
  std::optional<T> value_;
  E error_{};
};

}  // namespace waxseal
