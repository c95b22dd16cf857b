/* Read before each of OpenSSL's files: its error queue, which nothing here reads, costs no code. */
#include <openssl/err.h>
#undef ERR_raise_data
#define ERR_raise_data(...) ((void)0)
