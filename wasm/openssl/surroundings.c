/* What OpenSSL's arithmetic asks of the rest of OpenSSL, answered here for WebAssembly in a few
 * lines each: memory, the error queue, locks, SHA-512 under EVP's names (for Ed25519), and random
 * numbers, of which there are none. Natively libcrypto has all of it. */
#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

/* ---- memory ---- */
void *CRYPTO_malloc(size_t size, const char *file, int line) {
  (void)file, (void)line;
  return malloc(size);
}
void *CRYPTO_zalloc(size_t size, const char *file, int line) {
  (void)file, (void)line;
  return calloc(1, size);
}
void CRYPTO_free(void *memory, const char *file, int line) {
  (void)file, (void)line;
  free(memory);
}
void CRYPTO_clear_free(void *memory, size_t size, const char *file, int line) {
  if (memory != NULL) OPENSSL_cleanse(memory, size);
  CRYPTO_free(memory, file, line);
}
void *CRYPTO_secure_zalloc(size_t size, const char *file, int line) { return CRYPTO_zalloc(size, file, line); }
void *CRYPTO_secure_malloc(size_t size, const char *file, int line) { return CRYPTO_malloc(size, file, line); }
void CRYPTO_secure_free(void *memory, const char *file, int line) { CRYPTO_free(memory, file, line); }
void CRYPTO_secure_clear_free(void *memory, size_t size, const char *file, int line) {
  CRYPTO_clear_free(memory, size, file, line);
}
char *CRYPTO_strdup(const char *text, const char *file, int line) {
  char *copy = CRYPTO_malloc(strlen(text) + 1, file, line);
  return copy != NULL ? memcpy(copy, text, strlen(text) + 1) : NULL;
}
void *CRYPTO_memdup(const void *bytes, size_t size, const char *file, int line) {
  void *copy = bytes != NULL ? CRYPTO_malloc(size, file, line) : NULL;
  return copy != NULL ? memcpy(copy, bytes, size) : NULL;
}

/* ---- errors: a call's return value says enough ---- */
int ERR_set_mark(void) { return 1; }
int ERR_pop_to_mark(void) { return 1; }
int ERR_clear_last_mark(void) { return 1; }
unsigned long ERR_peek_last_error(void) { return 0; }
void ERR_clear_error(void) {}

/* ---- one thread ---- */
CRYPTO_RWLOCK *CRYPTO_THREAD_lock_new(void) {
  static char lock;
  return &lock;
}
void CRYPTO_THREAD_lock_free(CRYPTO_RWLOCK *lock) { (void)lock; }
int CRYPTO_THREAD_read_lock(CRYPTO_RWLOCK *lock) { return lock != NULL; }
int CRYPTO_THREAD_write_lock(CRYPTO_RWLOCK *lock) { return lock != NULL; }
int CRYPTO_THREAD_unlock(CRYPTO_RWLOCK *lock) { return lock != NULL; }
int CRYPTO_atomic_add(int *value, int amount, int *result, CRYPTO_RWLOCK *lock) {
  (void)lock;
  *result = *value += amount;
  return 1;
}

/* ---- no random numbers: nothing verified here is secret, and Ed25519 signs without any ---- */
int RAND_bytes_ex(OSSL_LIB_CTX *context, unsigned char *into, size_t size, unsigned int strength) {
  (void)context, (void)into, (void)size, (void)strength;
  return 0;
}
int RAND_priv_bytes_ex(OSSL_LIB_CTX *context, unsigned char *into, size_t size, unsigned int strength) {
  return RAND_bytes_ex(context, into, size, strength);
}

/* ---- SHA-512, which curve25519.c asks for through EVP ---- */
EVP_MD *EVP_MD_fetch(OSSL_LIB_CTX *context, const char *name, const char *properties) {
  static char sha512;
  (void)context, (void)properties;
  return strcmp(name, SN_sha512) == 0 ? (EVP_MD *)&sha512 : NULL;
}
void EVP_MD_free(EVP_MD *which) { (void)which; }
EVP_MD_CTX *EVP_MD_CTX_new(void) { return malloc(sizeof(SHA512_CTX)); }
void EVP_MD_CTX_free(EVP_MD_CTX *running) {
  if (running != NULL) OPENSSL_cleanse(running, sizeof(SHA512_CTX));
  free(running);
}
int EVP_DigestInit_ex(EVP_MD_CTX *running, const EVP_MD *which, ENGINE *engine) {
  (void)which, (void)engine;
  return SHA512_Init((SHA512_CTX *)running);
}
int EVP_DigestUpdate(EVP_MD_CTX *running, const void *bytes, size_t size) {
  return SHA512_Update((SHA512_CTX *)running, bytes, size);
}
int EVP_DigestFinal_ex(EVP_MD_CTX *running, unsigned char *digest, unsigned int *size) {
  if (size != NULL) *size = SHA512_DIGEST_LENGTH;
  return SHA512_Final(digest, (SHA512_CTX *)running);
}
int EVP_Digest(const void *bytes, size_t size, unsigned char *digest, unsigned int *length, const EVP_MD *which,
               ENGINE *engine) {
  SHA512_CTX running;
  (void)which, (void)engine;
  const int done = SHA512_Init(&running) && SHA512_Update(&running, bytes, size) && SHA512_Final(digest, &running);
  OPENSSL_cleanse(&running, sizeof running);
  if (length != NULL) *length = SHA512_DIGEST_LENGTH;
  return done;
}

/* ---- the one use of object names: to see that a curve has one ---- */
ASN1_OBJECT *OBJ_nid2obj(int nid) {
  static char named;
  return nid != NID_undef ? (ASN1_OBJECT *)&named : NULL;
}

/* ---- EC_KEY, ECDH and ECDSA as OpenSSL has them: its tables of curve methods name them, and the
 * core calls none. Verifying needs points and numbers alone. ---- */
#define WAXSEAL_NEVER_CALLED(name) \
  int name(void);                  \
  int name(void) { __builtin_trap(); }
WAXSEAL_NEVER_CALLED(ossl_ec_key_simple_priv2oct)
WAXSEAL_NEVER_CALLED(ossl_ec_key_simple_oct2priv)
WAXSEAL_NEVER_CALLED(ossl_ec_key_simple_generate_key)
WAXSEAL_NEVER_CALLED(ossl_ec_key_simple_check_key)
WAXSEAL_NEVER_CALLED(ossl_ec_key_simple_generate_public_key)
WAXSEAL_NEVER_CALLED(ossl_ecdh_simple_compute_key)
WAXSEAL_NEVER_CALLED(ossl_ecdsa_simple_sign_setup)
WAXSEAL_NEVER_CALLED(ossl_ecdsa_simple_sign_sig)
WAXSEAL_NEVER_CALLED(ossl_ecdsa_simple_verify_sig)

/* ---- ways of calculating that hide secret numbers: all numbers of a verification are public, so the
 * linker puts these in their place (--wrap in CMakeLists.txt), and what they call is left out ---- */
int __wrap_BN_mod_exp_mont_consttime(BIGNUM *result, const BIGNUM *base, const BIGNUM *power, const BIGNUM *modulus,
                                     BN_CTX *context, BN_MONT_CTX *montgomery) {
  (void)result, (void)base, (void)power, (void)modulus, (void)context, (void)montgomery;
  return 0;
}
int __wrap_ossl_ec_scalar_mul_ladder(const EC_GROUP *group, EC_POINT *result, const BIGNUM *scalar,
                                     const EC_POINT *point, BN_CTX *context) {
  (void)group, (void)result, (void)scalar, (void)point, (void)context;
  return 0;
}
int __wrap_ossl_ec_GFp_simple_ladder_pre(const EC_GROUP *group, EC_POINT *r, EC_POINT *s, EC_POINT *p, BN_CTX *context) {
  (void)group, (void)r, (void)s, (void)p, (void)context;
  return 0;
}
int __wrap_ossl_ec_GFp_simple_ladder_step(const EC_GROUP *group, EC_POINT *r, EC_POINT *s, EC_POINT *p, BN_CTX *context) {
  return __wrap_ossl_ec_GFp_simple_ladder_pre(group, r, s, p, context);
}
int __wrap_ossl_ec_GFp_simple_ladder_post(const EC_GROUP *group, EC_POINT *r, EC_POINT *s, EC_POINT *p, BN_CTX *context) {
  return __wrap_ossl_ec_GFp_simple_ladder_pre(group, r, s, p, context);
}
