/* What the C and C++ runtime libraries ask of a host, answered here, so that waxseal.wasm needs no
 * imports: whatever would end the process or print to it traps instead, and the loader then makes a
 * new instance. Linked into waxseal.wasm by both toolchains; nothing of ours calls these. */

#include <stddef.h>

/* libc's look at a word at a time, which pays for long texts; the core's are short. */
__attribute__((no_builtin)) void *memchr(const void *text, int byte, size_t count) {
  const unsigned char *at = text;
  for (; count > 0; --count, ++at) {
    if (*at == (unsigned char)byte) return (void *)at;
  }
  return NULL;
}
__attribute__((no_builtin)) size_t strlen(const char *text) {
  size_t length = 0;
  while (text[length] != 0) ++length;
  return length;
}
/* One instruction: WebAssembly's own memory.fill. */
void *memset(void *into, int byte, size_t count) { return __builtin_memset(into, byte, count); }

#ifdef __EMSCRIPTEN__
/* Emscripten's allocator tells JavaScript that memory grew; our loader makes its views afresh after
 * each call and need not be told. */
void emscripten_notify_memory_growth(size_t memory) { (void)memory; }

/* Emscripten's libc ends the process through the WASI call. */
_Noreturn void __wasi_proc_exit(unsigned code) {
  (void)code;
  __builtin_trap();
}
#else
/* std::abort, and through it every failed allocation. (Emscripten's own ends in __wasi_proc_exit.) */
_Noreturn void abort(void) { __builtin_trap(); }

/* The last words of libc++ and libc++abi before they abort: the real ones print, and so bring in
 * stdio. std::__libcpp_verbose_abort(char const*, ...) is mangled by libc++'s ABI version, 1 or 2. */
_Noreturn void _ZNSt3__122__libcpp_verbose_abortEPKcz(const char *format, ...) {
  (void)format;
  __builtin_trap();
}
_Noreturn void _ZNSt3__222__libcpp_verbose_abortEPKcz(const char *format, ...) {
  (void)format;
  __builtin_trap();
}
_Noreturn void __abort_message(const char *format, ...) {
  (void)format;
  __builtin_trap();
}
#endif
