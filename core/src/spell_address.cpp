// Spellings of the address that a webhook was sent to: what proxies and frameworks do to it.
#include "plan.hpp"
#include "spellings.hpp"

namespace waxseal {
namespace {

constexpr std::size_t max_address = 2048;  ///< bytes of an address that is respelled

/// The parts of an address, which one after the other make it again.
struct address {
  std::string_view scheme;  ///< with `://`
  std::string_view host;
  std::string_view port;    ///< with its colon
  std::string_view path;
  std::string_view query;   ///< with its `?`
};

address take_apart(std::string_view text) {
  address parts;
  const auto colon = text.find("://");
  if (colon != text.npos) {
    parts.scheme = text.substr(0, colon + 3);
    text.remove_prefix(colon + 3);
    const std::string_view authority = text.substr(0, text.find_first_of("/?"));
    text.remove_prefix(authority.size());
    const auto port = authority.rfind(':');
    const bool has_port = port != authority.npos && authority.find(']', port) == authority.npos;
    parts.host = authority.substr(0, has_port ? port : authority.npos);
    if (has_port) parts.port = authority.substr(port);
  }
  const auto query = text.find('?');
  parts.path = text.substr(0, query);
  if (query != text.npos) parts.query = text.substr(query);
  return parts;
}

std::string put_together(const address& parts) {
  std::string text(parts.scheme);
  return text.append(parts.host).append(parts.port).append(parts.path).append(parts.query);
}

std::string_view header_value(const request& what, std::string_view lower) {
  for (const auto& each : what.headers) {
    if (same_header(lower, each.name)) return each.value.substr(0, each.value.find(','));
  }
  return {};
}

class speller {
 public:
  explicit speller(std::string_view given) : given_(given) {}
  void add(cause what, const address& parts, std::string_view detail = {}) {
    std::string text = put_together(parts);
    if (text == given_) return;
    for (const auto& each : found) {
      if (each.text == text) return;
    }
    found.push_back({what, std::move(text), std::string(detail)});
  }
  spellings found;

 private:
  std::string_view given_;
};

using text_list = list<std::string_view>;

text_list split(std::string_view query) {
  text_list parts;
  if (!query.empty()) query.remove_prefix(1);
  while (!query.empty()) {
    const auto end = query.find('&');
    parts.push_back(query.substr(0, end));
    query.remove_prefix(end == query.npos ? query.size() : end + 1);
  }
  return parts;
}

std::string joined(const text_list& parts) {
  std::string query;
  for (const auto& each : parts) query.append(query.empty() ? "?" : "&").append(each);
  return query;
}

/// Orders of a query: sorted, and, of at most five parameters, all.
void spell_query(speller& to, const address& given) {
  text_list parts = split(given.query);
  if (parts.size() < 2 || parts.size() > 32) return;
  const auto add = [&] {
    const std::string query = joined(parts);
    address other = given;
    other.query = query;
    to.add(cause::url_query_order, other);
  };
  const unsigned all = parts.size() <= 5 ? 120 : 0;
  std::uint32_t counts[5] = {};
  for (std::uint32_t i = 1, n = 0; n < all && i < parts.size();) {  // Heap's algorithm
    if (counts[i] < i) {
      std::swap(parts[i % 2 == 0 ? 0 : counts[i]], parts[i]);
      add();
      ++counts[i];
      i = 1, ++n;
    } else {
      counts[i++] = 0;
    }
  }
  for (std::uint32_t i = 1; i < parts.size(); ++i) {
    for (std::uint32_t k = i; k > 0 && parts[k] < parts[k - 1]; --k) std::swap(parts[k], parts[k - 1]);
  }
  add();
}

std::string other_escapes(std::string_view query) {
  std::string out;
  const bool plus = query.find('+') != query.npos;
  for (std::size_t i = 0; i < query.size(); ++i) {
    if (plus && query[i] == '+') {
      out.append("%20");
    } else if (!plus && query.substr(i, 3) == "%20") {
      out.push_back('+'), i += 2;
    } else {
      out.push_back(query[i]);
    }
  }
  return out;
}

void spell_path(speller& to, const request& what, const address& given) {
  address other = given;
  std::string slashed(given.path);
  if (given.path.ends_with('/')) {
    slashed.pop_back();
  } else {
    slashed.push_back('/');
  }
  other.path = slashed;
  to.add(cause::url_trailing_slash, other, given.path.ends_with('/') ? "without the slash at its end" : "with a slash at its end");
  for (const std::string_view name : {"x-original-url", "x-original-uri", "x-forwarded-uri", "x-rewrite-url"}) {
    const std::string_view original = header_value(what, name);
    if (original.empty()) continue;
    const address parts = take_apart(original);
    other = given;
    other.path = parts.path, other.query = parts.query;
    to.add(given.query.empty() && !parts.query.empty() ? cause::url_query_missing : cause::url_escapes, other);
  }
  if (!given.query.empty()) {
    other = given;
    other.query = {};
    to.add(cause::url_query_added, other);
    const std::string escaped = other_escapes(given.query);
    other.query = escaped;
    to.add(cause::url_escapes, other);
  }
  spell_query(to, given);
}

void spell_port(speller& to, const request& what, const address& given) {
  address other = given;
  other.port = {};
  to.add(cause::url_port, other, "without the port");
  for (const std::string_view port : {":443", ":80", ":8443", ":8080", ":3000"}) {
    other.port = port;
    to.add(cause::url_port, other, "with another port");
  }
  std::string forwarded(":");
  other.port = forwarded.append(header_value(what, "x-forwarded-port"));
  if (forwarded.size() > 1) to.add(cause::url_port, other, "with another port");
}

void spell_host(speller& to, const request& what, const address& given) {
  for (const std::string_view name : {"x-forwarded-host", "x-original-host", "host"}) {
    const std::string_view authority = header_value(what, name);
    if (authority.empty()) continue;
    address other = given;
    other.host = authority, other.port = {};
    to.add(cause::url_host, other, authority);
    other.host = authority.substr(0, authority.rfind(':'));
    to.add(cause::url_host, other, other.host);
    other.host = authority, other.port = given.port;
    to.add(cause::url_host, other, authority);
    const std::string_view original = header_value(what, "x-original-uri");
    if (original.empty()) continue;
    other.port = {}, other.path = original, other.query = {};
    to.add(cause::url_host, other, authority);
  }
}

}  // namespace

spellings spell_address(const request& what) {
  speller to(what.url);
  if (what.url.empty() || what.url.size() > max_address) return {};
  const address given = take_apart(what.url);
  address other = given;
  const bool secure = given.scheme == "https://";
  const std::string_view swapped = secure ? "http://" : "https://";
  if (!given.scheme.empty()) {
    other.scheme = swapped;
    to.add(cause::url_scheme, other, secure ? "http" : "https");
  }
  spell_path(to, what, given);
  if (given.scheme.empty()) return std::move(to.found);

  for (const std::string_view scheme : {given.scheme, swapped}) {
    other = given;
    other.scheme = scheme;
    spell_port(to, what, other);
    spell_host(to, what, other);
  }
  return std::move(to.found);
}

}  // namespace waxseal
