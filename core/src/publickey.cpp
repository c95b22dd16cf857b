#include "publickey.hpp"

namespace waxseal {

std::string key_scheme::write(signature_form, std::string_view signature) const { return std::string(signature); }

const key_scheme* find_scheme(public_scheme which) noexcept {
  const key_scheme* const all[] = {&ed25519_keys, &p256_keys, &rsa_sha1_keys, &rsa_sha256_keys};
  return all[static_cast<unsigned>(which)];
}

}  // namespace waxseal
