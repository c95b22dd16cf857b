// The destination guard: the kept list of URLs, the edges of every block, every spelling of an address.
#include <catch2/catch.hpp>

#include <arpa/inet.h>

#include <random>
#include <string>

#include "vectors.hpp"
#include "waxseal/address.hpp"

namespace {

using waxseal::destination_fault;
using waxseal::destination_rules;

destination_fault check(std::string_view url, destination_rules rules = {}) {
  waxseal::destination found;
  return waxseal::check_destination(url, rules, found);
}

bool is_public(const std::string& text) {
  const auto address = waxseal::parse_address(text);
  INFO(text);
  REQUIRE(address);
  return waxseal::is_public(address->view());
}

}  // namespace

TEST_CASE("every destination of the kept list is refused or allowed as it says, over http and https") {
  const auto list = test::json::parse(test::read_file(test::tests_folder() / "data" / "ssrf" / "ssrf-urls.json"));
  unsigned refused = 0, allowed = 0;
  for (const auto& each : list["cases"]) {
    std::string url = each["url"];
    INFO(url.substr(0, 100) << " " << each["why"]);
    const bool allow = each["expect"] == "allow";
    CHECK((check(url, {.http = true}) == destination_fault::ok) == allow);
    if (url.starts_with("http://")) url.insert(4, "s");
    CHECK((check(url) == destination_fault::ok) == allow);
    ++(allow ? allowed : refused);
  }
  CHECK(refused == 54);
  CHECK(allowed == 11);
}

TEST_CASE("each fault has its URL and its sentence") {
  const std::pair<const char*, destination_fault> cases[] = {
      {"https://example.com/hook", destination_fault::ok},
      {"https://example.com:8443", destination_fault::ok},
      {"https://example.com?x=1", destination_fault::ok},
      {"https://my_app.example.com/", destination_fault::ok},
      {"http://example.com/", destination_fault::not_https},
      {"example.com/", destination_fault::not_https},
      {"https:example.com/", destination_fault::not_https},
      {"", destination_fault::not_https},
      {"https:///", destination_fault::bad_host},
      {"https://", destination_fault::bad_host},
      {"https://example.com./", destination_fault::bad_host},
      {"https://127.0.0.1./", destination_fault::bad_host},
      {"https://example..com/", destination_fault::bad_host},
      {"https://exam%70le.com/", destination_fault::bad_host},
      {"https://[::1", destination_fault::bad_host},
      {"https://[1.2.3.4]/", destination_fault::bad_host},
      {"https://[::1]x/", destination_fault::bad_host},
      {"https://0x7f.1/", destination_fault::bad_host},
      {"https://0x7f000001/", destination_fault::bad_host},
      {"https://1.2.3.4.5/", destination_fault::bad_host},
      {"https://1.2.3.04/", destination_fault::bad_host},
      {"https://256.1.1.1/", destination_fault::bad_host},
      {"https://[fe80::1%25eth0]/", destination_fault::bad_host},
      {"https://example.com\\@10.0.0.1/", destination_fault::bad_character},
      {"https://exämple.com/", destination_fault::bad_character},
      {"https://user@example.com/", destination_fault::userinfo},
      {"https://example.com/#x", destination_fault::fragment},
      {"https://example.com:/", destination_fault::bad_port},
      {"https://example.com:22/", destination_fault::bad_port},
      {"https://example.com:6667/", destination_fault::bad_port},
      {"https://example.com:080/", destination_fault::bad_port},
      {"https://example.com:99999/", destination_fault::bad_port},
      {"https://intranet/", destination_fault::local_name},
      {"https://printer.LOCAL/", destination_fault::local_name},
      {"https://router.home.arpa/", destination_fault::local_name},
      {"https://[::ffff:8.8.8.8]/", destination_fault::not_public},
      {"https://[64:ff9b::808:808]/", destination_fault::not_public},
      {"https://[2a00::5efe:10.0.0.1]/", destination_fault::not_public},
  };
  for (const auto& [url, fault] : cases) {
    INFO(url);
    CHECK(check(url) == fault);
    CHECK(waxseal::advice(fault).empty() == (fault == destination_fault::ok));
    CHECK_FALSE(waxseal::name(fault).empty());
  }
  CHECK(check("https://example.com/" + std::string(2028, 'x')) == destination_fault::ok);
  CHECK(check("https://example.com/" + std::string(2029, 'x')) == destination_fault::too_long);
}

TEST_CASE("development may name the machine itself, and nothing else changes") {
  const destination_rules mine = {.http = true, .private_ = true};
  for (const char* url : {"http://127.0.0.1:8788/", "http://localhost:3000/", "http://[::1]:80/", "http://10.0.0.1:81/"}) CHECK(check(url, mine) == destination_fault::ok);
  for (const char* url : {"http://2130706433/", "http://user@localhost/", "ftp://localhost/", "http://localhost:0/"}) CHECK(check(url, mine) != destination_fault::ok);
}

TEST_CASE("a checked destination tells host and port") {
  waxseal::destination found;
  REQUIRE(waxseal::check_destination("https://[2606:4700::1111]:8443/x", {}, found) == destination_fault::ok);
  CHECK(found.host == "2606:4700::1111");
  CHECK(found.port == 8443);
  CHECK(found.is_address);
  REQUIRE(waxseal::check_destination("HTTPS://Example.com", {}, found) == destination_fault::ok);
  CHECK(found.host == "Example.com");
  CHECK(found.port == 443);
  CHECK_FALSE(found.is_address);
}

TEST_CASE("the first and last address of every special block is refused, their neighbours are not") {
  const std::pair<const char*, const char*> blocks[] = {
      {"0.0.0.0", "0.255.255.255"}, {"10.0.0.0", "10.255.255.255"}, {"100.64.0.0", "100.127.255.255"},
      {"127.0.0.0", "127.255.255.255"}, {"169.254.0.0", "169.254.255.255"}, {"172.16.0.0", "172.31.255.255"},
      {"192.0.0.0", "192.0.0.255"}, {"192.0.2.0", "192.0.2.255"}, {"192.88.99.0", "192.88.99.255"},
      {"192.168.0.0", "192.168.255.255"}, {"198.18.0.0", "198.19.255.255"}, {"198.51.100.0", "198.51.100.255"},
      {"203.0.113.0", "203.0.113.255"}, {"224.0.0.0", "255.255.255.255"}};
  const auto number = [](const std::string& text) {
    in_addr address;
    REQUIRE(inet_pton(AF_INET, text.c_str(), &address) == 1);
    return ntohl(address.s_addr);
  };
  const auto text = [](std::uint32_t value) {
    const in_addr address{htonl(value)};
    char into[INET_ADDRSTRLEN];
    return std::string(inet_ntop(AF_INET, &address, into, sizeof into));
  };
  for (const auto& [first, last] : blocks) {
    CHECK_FALSE(is_public(first));
    CHECK_FALSE(is_public(last));
    if (number(first) > 0) CHECK(is_public(text(number(first) - 1)));
    if (number(last) < 0xffffffff) CHECK(is_public(text(number(last) + 1)));
  }
  for (const char* shut : {"::", "::1", "1fff:ffff::", "4000::", "2001::", "2001:1ff:ffff::", "2001:db8::", "2001:db8:ffff::", "2002::", "2002:808:808::", "3ffe::1", "3fff::", "3fff:fff::", "fc00::1", "2600::200:5efe:192.168.0.1"}) CHECK_FALSE(is_public(shut));
  for (const char* open : {"2000::", "2001:200::", "2001:db7::", "2001:db9::", "2003::", "3fff:1000::", "2600::200:5efe:8.8.8.8"}) CHECK(is_public(open));
  const unsigned char odd[5] = {8, 8, 8, 8, 8};
  CHECK_FALSE(waxseal::is_public(odd));
}

TEST_CASE("addresses are read as inet_pton reads them") {
  std::mt19937 random(7);
  const std::string alphabet = "0123456789abcdefABCDEF:::::....x";
  unsigned accepted = 0;
  const auto agree = [&](const std::string& text) {
    INFO(text);
    unsigned char wanted[16] = {};
    const int family = text.find(':') == text.npos ? AF_INET : AF_INET6;
    const bool fits = inet_pton(family, text.c_str(), wanted) == 1;
    const auto address = waxseal::parse_address(text);
    REQUIRE(address.has_value() == fits);
    if (fits) CHECK(std::memcmp(address->bytes, wanted, address->size) == 0);
    accepted += fits;
  };
  for (int i = 0; i < 200000; ++i) {
    std::string text;
    for (unsigned length = random() % 20; length > 0; --length) text += alphabet[random() % alphabet.size()];
    agree(text);
  }
  for (int i = 0; i < 100000; ++i) {  // and those that are nearly right
    unsigned char bytes[16];
    for (auto& byte : bytes) byte = random() % 3 ? 0 : static_cast<unsigned char>(random());
    char text[INET6_ADDRSTRLEN];
    inet_ntop(random() % 2 ? AF_INET6 : AF_INET, bytes, text, sizeof text);
    std::string changed = text;
    if (random() % 2) changed[random() % changed.size()] = alphabet[random() % alphabet.size()];
    agree(changed);
  }
  CHECK(accepted > 50000);
}
