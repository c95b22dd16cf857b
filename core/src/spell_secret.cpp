// Spellings of a secret: what copying it, storing it and decoding it does to it.
#include "hmac.hpp"
#include "loose.hpp"
#include "plan.hpp"
#include "spellings.hpp"

namespace waxseal {
namespace {

constexpr std::string_view any_blanks = " \t\r\n\v\f";

/// `text` without the white space around it, byte order mark and no-break space included.
std::string_view bare_text(std::string_view text) {
  constexpr std::string_view wide[] = {"\xef\xbb\xbf", "\xc2\xa0"};
  for (bool again = true; again;) {
    again = false;
    for (const std::string_view each : wide) {
      if (text.starts_with(each)) text.remove_prefix(each.size()), again = true;
      if (text.ends_with(each)) text.remove_suffix(each.size()), again = true;
    }
    while (!text.empty() && any_blanks.find(text.front()) != text.npos) text.remove_prefix(1), again = true;
    while (!text.empty() && any_blanks.find(text.back()) != text.npos) text.remove_suffix(1), again = true;
  }
  return text;
}

std::string_view unquoted(std::string_view text) {
  constexpr std::string_view quotes = "\"'`";
  const bool quoted = text.size() > 2 && text.front() == text.back() && quotes.find(text.front()) != quotes.npos;
  return quoted ? text.substr(1, text.size() - 2) : text;
}

std::string cased(std::string_view text, bool upper) {
  std::string out(text);
  for (char& c : out) {
    if (upper ? c >= 'a' && c <= 'z' : c >= 'A' && c <= 'Z') c = static_cast<char>(c ^ 0x20);
  }
  return out;
}

class speller {
 public:
  speller(const dialect& from, std::string_view given) : from_(from), given_(given) {}

  void add(cause what, std::string_view text) {
    if (text.empty() || text == given_) return;
    for (const auto& each : found) {
      if (each.text == text) return;
    }
    found.push_back({what, std::string(text)});
  }

  void add_key(cause what, std::string_view key) {
    if (key.empty()) return;
    std::string text = write_secret(from_, key);
    add(what, text);
    wipe(text.data(), text.size());
  }

  void add_encoded(cause what, encoding how, std::string_view key) {
    std::string text;
    encode(how, key, text);
    add_key(what, text);
    wipe(text.data(), text.size());
  }

  void add_decoded(cause what, encoding how, std::string_view text) {
    std::string key = decoded(how, text);
    add_key(what, key);
    wipe(key.data(), key.size());
  }

  spellings found;

 private:
  const dialect& from_;
  std::string_view given_;
};

/// What the clipboard, a file or an .env reader leaves on a secret.
void spell_copies(speller& to, std::string_view secret) {
  const std::string_view bare = bare_text(secret);
  const auto left = static_cast<std::size_t>(bare.data() - secret.data());
  const std::string_view behind = secret.substr(left + bare.size());
  const bool line_end = left == 0 && behind.find_first_not_of("\r\n") == behind.npos;
  to.add(line_end ? cause::secret_newline : cause::secret_whitespace, bare);
  for (const std::string_view end : {"\\n", "\\r\\n"}) {
    if (bare.ends_with(end)) to.add(cause::secret_newline, bare.substr(0, bare.size() - end.size()));
  }
  to.add(cause::secret_quoted, unquoted(bare));
  to.add(cause::secret_quoted, bare_text(unquoted(bare)));
  std::string dense;
  for (const char c : bare) {
    if (any_blanks.find(c) == any_blanks.npos) dense.push_back(c);
  }
  to.add(cause::secret_whitespace, dense);
  if (bare.find('%') != bare.npos) to.add(cause::secret_percent_encoded, percent_decoded(bare, false));
}

}  // namespace

std::string write_secret(const dialect& from, std::string_view key) {
  const plan& how = from.compiled();
  std::string text;
  if (how.secret_encoding == secret_form::utf8) {
    if (!how.secret_prefix.empty() && key.starts_with(how.secret_prefix)) text.append(how.secret_prefix);
    return text.append(key);
  }
  text.append(how.secret_prefix);
  encode(how.secret_encoding == secret_form::hex ? encoding::hex : encoding::base64, key, text);
  return text;
}

std::string_view kind_of_secret(const dialect& from, std::string_view secret) {
  constexpr std::string_view pem = "-----BEGIN";
  constexpr std::pair<std::string_view, std::string_view> kinds[] = {
      {"whpk_", "a public key"},    {"whsk_", "a private key"},        {pem, "a PEM file"},
      {"pk_", "a publishable key"}, {"sk_", "an API key"},             {"rk_", "an API key"},
      {"xox", "an API token"},      {"Bearer ", "an Authorization header"}, {"https://", "an address"},
      {"http://", "an address"},    {"eyJ", "a JSON Web Token"}};
  const plan& how = from.compiled();
  const std::string_view own = how.secret_prefix;
  if (!own.empty() && secret.starts_with(own)) return {};
  bool takes_pem = false;
  for (std::uint32_t i = 0; i <= how.weaker.size(); ++i) takes_pem |= how.way(i).by_public_key();
  for (const auto& [start, kind] : kinds) {
    if (secret.starts_with(start)) return takes_pem && start == pem ? std::string_view() : kind;
  }
  return {};
}

spellings spell_secret(const dialect& from, std::string_view secret,
                       const list<std::string_view>& prefixes) {
  const plan& how = from.compiled();
  speller to(from, secret);
  spell_copies(to, secret);
  std::string_view text = bare_text(secret);
  if (!how.secret_prefix.empty() && text.starts_with(how.secret_prefix)) text.remove_prefix(how.secret_prefix.size());
  std::string_view rest = text;  // behind a prefix that this dialect does not know
  const auto underscore = text.substr(0, 16).find('_');
  if (underscore != text.npos && underscore > 0) rest = text.substr(underscore + 1);

  const bool is_text = how.secret_encoding == secret_form::utf8;
  const bool is_hex = how.secret_encoding == secret_form::hex;
  if (rest != text) to.add(cause::secret_with_prefix, rest);
  for (const auto& prefix : prefixes) {
    std::string whole(prefix);
    if (!text.starts_with(prefix)) to.add(cause::secret_without_prefix, whole.append(text));
  }
  if (is_text) {
    for (const std::string_view each : {text, rest}) {
      to.add_decoded(cause::secret_is_hex, encoding::hex, each);
      to.add_decoded(cause::secret_is_base64, encoding::base64, each);
      to.add_decoded(cause::secret_is_base64, encoding::base64url, each);
    }
    to.add_encoded(cause::secret_decoded_base64, encoding::base64, secret);
    to.add_encoded(cause::secret_decoded_hex, encoding::hex, secret);
  } else {
    const encoding own = is_hex ? encoding::hex : encoding::base64;
    std::string key = decoded(own, text);
    const bool fit = !key.empty();
    if (!is_hex) to.add_decoded(cause::secret_base64url, encoding::base64url, text);
    if (!is_hex) to.add_decoded(cause::secret_base64url, encoding::base64, text);
    if (is_hex) to.add(cause::secret_case, cased(text, false));
    to.add_decoded(is_hex ? cause::secret_is_base64 : cause::secret_is_hex,
                   is_hex ? encoding::base64 : encoding::hex, text);
    to.add_key(fit ? cause::secret_as_text : is_hex ? cause::secret_decoded_hex : cause::secret_decoded_base64,
               fit ? text : secret);
    to.add_key(cause::secret_as_text, secret);
    if (fit) to.add_encoded(is_hex ? cause::secret_decoded_base64 : cause::secret_decoded_hex,
                            is_hex ? encoding::base64 : encoding::hex, key);
    wipe(key.data(), key.size());
  }
  to.add(cause::secret_case, cased(secret, false));
  to.add(cause::secret_case, cased(secret, true));
  return std::move(to.found);
}

}  // namespace waxseal
