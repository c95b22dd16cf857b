// What a C++ user writes: signs a webhook, verifies it, and reads its data with nlohmann/json.
// tests/install/run builds it against the installed library; it exits 0 where all of that holds.
#include <cstdio>
#include <string_view>
#include <vector>

#include <waxseal/nlohmann.hpp>
#include <waxseal/waxseal.hpp>

namespace {

constexpr std::string_view secret = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
constexpr std::string_view body =
    R"({"type":"order.paid","timestamp":"2025-01-01T00:00:00Z","data":{"total":18446744073709551615}})";
constexpr std::int64_t now = 1735689600;

int failed(const char* what) {
  std::fprintf(stderr, "failed: %s\n", what);
  return 1;
}

}  // namespace

int main() {
  const auto dialect = waxseal::find_dialect("standard-webhooks");
  if (!dialect) return failed("find_dialect");

  auto hook = waxseal::verifier::open(*dialect, std::vector{secret});
  if (!hook) return failed(hook.error().c_str());

  const auto signature = hook->sign({.body = body, .id = "msg_1", .type = "order.paid", .timestamp = now});
  if (!signature) return failed(signature.error().c_str());
  std::vector<waxseal::header> headers;
  for (const auto& line : *signature) headers.push_back({line.name, line.value});

  const auto event = hook->verify({.headers = headers, .body = body}, now);
  if (!event) return failed(waxseal::name(event.error()).data());
  const auto data = waxseal::data(*event);
  if (!data) return failed(waxseal::name(data.error()).data());
  if (data->at("total").get<std::uint64_t>() != 18446744073709551615u) return failed("a big integer is exact");

  const auto forged = hook->verify({.headers = headers, .body = "{}"}, now);
  if (forged || forged.error() != waxseal::status::bad_signature) return failed("a forged body is refused");

  std::puts("installed library: signed, verified and read");
}
