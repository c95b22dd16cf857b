// Opening a verifier: the secrets and settings that it is given, and what it tells of itself.
#include "sentence.hpp"
#include "state.hpp"

namespace waxseal {
namespace {

bool is_blank(std::string_view text) noexcept {
  return text.find_first_not_of(" \t\r\n\v\f") == text.npos;
}

/// Decodes a secret as the provider shows it into `bytes`. @return why it is unfit, or nothing.
std::string decode_secret(const settings& how, std::string_view text, std::string& bytes) {
  if (is_blank(text)) return join({"is empty: give the one that ", how.title, " shows"});
  if (how.how_signed == settings::scheme::http_basic) {
    if (text.find(':') == text.npos) return "is no user:password, which HTTP Basic authentication needs";
    bytes.append("Basic ");
    encode(encoding::base64, text, bytes);
    return {};
  }
  if (text.starts_with(how.secret_prefix)) text.remove_prefix(how.secret_prefix.size());
  bytes.append(text);
  if (how.secret_encoding != secret_form::utf8) {
    const bool hex = how.secret_encoding == secret_form::hex;
    for (char& c : bytes) {
      if (hex && c >= 'A' && c <= 'F') c = static_cast<char>(c + 32);  // providers show either case
    }
    const auto size = decode(hex ? encoding::hex : encoding::base64, hex ? std::string_view(bytes) : text,
                             reinterpret_cast<unsigned char*>(bytes.data()), bytes.size());
    if (!size) return join({"is not in ", hex ? "hex" : "base64"});
    wipe(bytes.data() + *size, bytes.size() - *size);
    while (bytes.size() > *size) bytes.pop_back();
  }
  if (bytes.size() >= how.secret_min_bytes) return {};
  return join({"is too short: ", how.title, " shows at least ", decimal_text(how.secret_min_bytes), " bytes"});
}

/// Puts the key of a public-key scheme behind `keys`, or a null where it is unfit. @return why it is.
std::string open_key(const settings& how, const key_scheme& scheme, std::string_view text, bool fetched, secret_keys& keys) {
  auto& made = keys.push_back(nullptr);
  if (is_blank(text)) return join({"is empty: give the one that ", how.title, " shows"});
  const key_writing writing{how.secret_prefix, how.signing_prefix, how.secret_encoding};
  std::unique_ptr<public_key> pair;
  const std::string_view problem = scheme.open(writing, text, pair);
  if (!problem.empty()) return join({problem});
  made = std::make_unique<secret_key>(how.digest, pair->spki());
  made->pair.reset(pair.release());
  if (fetched) made->holds = certified_time(writing, text);
  return {};
}

/// Puts the key that a secret makes behind `keys`, or a null where it is unfit. @return why it is.
std::string take_secret(const settings& how, std::string_view text, bool fetched, secret_keys& keys) {
  if (const key_scheme* const scheme = how.by_public_key() ? find_scheme(how.key_kind()) : nullptr) {
    return open_key(how, *scheme, text, fetched, keys);
  }
  std::string bytes;
  std::string problem = decode_secret(how, text, bytes);
  keys.push_back(problem.empty() ? std::make_unique<secret_key>(how.digest, bytes) : nullptr);
  wipe(bytes.data(), bytes.size());
  return problem;
}

}  // namespace

/// Keeps the values of the plan's settings. @return what is missing, unknown or unfit.
std::string verifier::state::take_settings(std::span<const setting> settings) {
  const plan& plan = compiled();
  given.reset(new std::string[plan.setting_names.size()]);
  for (const auto& each : settings) {
    std::uint32_t at = 0;
    while (at < plan.setting_names.size() && plan.setting_names[at] != each.name) ++at;
    if (at == plan.setting_names.size()) return join({plan.title, " has no setting \"", each.name, "\""});
    bool printable = each.value.size() <= max_token;
    for (const char c : each.value) printable &= c > ' ' && c <= '~';
    if (!printable) return join({"the setting \"", each.name, "\" holds at most 256 visible ASCII characters"});
    given[at].append(each.value);
  }
  for (std::uint32_t i = 0; i < plan.needed_settings; ++i) {
    if (!given[i].empty()) continue;
    return join({plan.title, " needs the setting \"", plan.setting_names[i], "\": give it beside the secret"});
  }
  return {};
}

result<verifier, std::string> verifier::open(const dialect& from,
                                             std::span<const std::string_view> secrets,
                                             options how) {
  const plan& compiled = from.compiled();
  const bool reads_more = !compiled.body.item_type.empty() || compiled.reads_forms;
  if (((compiled.elaborate || reads_more) && !state::judges_parts) ||
      (compiled.by_public_key() && !knows_public_keys())) {
    return join({compiled.title, " needs Webhook from 'waxseal/full'"});
  }
  if (knows_public_keys() && how.fetched_keys && compiled.key_urls.empty()) {
    return join({compiled.title, " does not say where its keys are fetched from: give them as secrets"});
  }
  if (secrets.empty() && !compiled.delivery.may_be_unsigned && !compiled.handshake_gives_secret &&
      !(knows_public_keys() && (how.key_elsewhere || how.fetched_keys))) {
    if (knows_public_keys() && !compiled.key_urls.empty()) {
      return join({"no key is set: give the certificate of ", compiled.title, ", or have it fetched"});
    }
    return join({"no secret is set: give the one that ", compiled.title, " shows"});
  }
  if (secrets.size() > max_secrets) return std::string(too_many_secrets);
  if (how.timestamps == options::window::given && !compiled.has_timestamp) {
    return join({compiled.title, " sends no timestamp, so that it has no tolerance"});
  }
  auto made = std::make_unique<state>(from, how);
  std::string problem = made->take_settings(how.settings);
  if (!problem.empty()) return problem;
  for (std::uint32_t i = 0; i < compiled.weaker.size(); ++i) made->weaker_keys.push_back({});
  for (std::size_t i = 0; i < secrets.size(); ++i) {
    problem = take_secret(compiled, secrets[i], how.fetched_keys, made->keys);
    bool fits = problem.empty();
    for (std::uint32_t k = 0; k < compiled.weaker.size(); ++k) {
      fits |= take_secret(*compiled.weaker[k], secrets[i], how.fetched_keys, made->weaker_keys[k]).empty();
    }
    if (!fits) return join({"secret ", decimal_text(i), " ", problem});
  }
  made->has_tolerance = how.timestamps == options::window::given ||
                        (how.timestamps == options::window::of_dialect && compiled.has_tolerance);
  made->window = how.timestamps == options::window::given
                     ? how.given
                     : tolerance{compiled.past, compiled.future};
  return verifier(std::move(made));
}

verifier::verifier(std::unique_ptr<state> made) : state_(std::move(made)) {}
verifier::verifier(verifier&&) noexcept = default;
verifier& verifier::operator=(verifier&&) noexcept = default;
verifier::~verifier() = default;

const dialect& verifier::from() const noexcept { return state_->from; }
std::span<const std::string> verifier::wanted() const noexcept {
  return {state_->compiled().wanted, state_->compiled().wanted_count};
}
unsigned verifier::key_count() const noexcept { return static_cast<unsigned>(state_->keys.size()); }
std::size_t verifier::block(unsigned secret, unsigned char* into) const noexcept {
  static_assert(max_block == waxseal::max_block);
  if (secret >= key_count() || !state_->keys[secret] || !state_->by_host()) return 0;
  return hmac_key::inner_block(state_->compiled().digest, state_->keys[secret]->bytes, into);
}
unsigned verifier::digest_size() const noexcept { return state_->hash_size(); }
std::string_view verifier::digest_name() const noexcept {
  return state_->by_host() ? waxseal::digest_name(state_->compiled().digest) : "";
}
std::string_view verifier::public_scheme_name() const noexcept {
  return state_->public_keys() ? state_->public_keys()->name() : "";
}
std::string_view verifier::key_url() const noexcept { return state_->key_url; }
std::string_view verifier::public_key_der(unsigned secret) const noexcept {
  return state_->public_keys() && secret < key_count() ? state_->keys[secret]->pair->spki() : "";
}
std::string_view verifier::private_key_der(unsigned secret) const noexcept {
  return state_->public_keys() && secret < key_count() ? state_->keys[secret]->pair->pkcs8() : "";
}
std::string_view verifier::signature(unsigned index) const noexcept {
  return state_->public_keys() && index < state_->signature_count ? state_->signature(index) : "";
}

}  // namespace waxseal
