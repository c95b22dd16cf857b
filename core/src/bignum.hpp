// OpenSSL's numbers as the public-key schemes hold them. Called by ecdsa.cpp and rsa.cpp.
#pragma once

#include <memory>
#include <string_view>

#include <openssl/bn.h>
#include <openssl/ec.h>

namespace waxseal {

struct release {
  void operator()(BN_CTX* context) const noexcept { BN_CTX_free(context); }
  void operator()(BIGNUM* number) const noexcept { BN_free(number); }
  void operator()(BN_MONT_CTX* montgomery) const noexcept { BN_MONT_CTX_free(montgomery); }
  void operator()(EC_GROUP* group) const noexcept { EC_GROUP_free(group); }
  void operator()(EC_POINT* point) const noexcept { EC_POINT_free(point); }
};
template <class T>
using owned = std::unique_ptr<T, release>;

inline owned<BIGNUM> number(std::string_view big_endian) noexcept {
  return owned<BIGNUM>(BN_bin2bn(reinterpret_cast<const unsigned char*>(big_endian.data()),
                                 static_cast<int>(big_endian.size()), nullptr));
}

}  // namespace waxseal
