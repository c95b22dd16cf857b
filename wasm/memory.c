/* malloc and free of waxseal.wasm, for both toolchains: libc's allocators take 6 KB, this one a
 * tenth of it.
 *
 * Every block is a power of two, its first eight bytes telling which, and a freed one waits in the
 * list of its size. Blocks are never split or joined, so that the same work done again takes the
 * memory that it gave back: verifiers may be opened and closed without end. Memory comes from the
 * host as it is needed; when the host gives no more the answer is null. Not for several threads. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct block {
  size_t order; /* the block has 2^order bytes, these included */
  struct block *next;
} block;

enum { header = 8, smallest = 4, largest = 28, page = 65536 };

extern unsigned char __heap_base; /* where the linker's own data end */
static block *freed[largest + 1];
static uintptr_t unused, end; /* between them lies memory that was never given out */

static block *take(size_t order) {
  const uintptr_t size = (uintptr_t)1 << order;
  if (end == 0) {
    unused = ((uintptr_t)&__heap_base + 15) & ~(uintptr_t)15;
    end = __builtin_wasm_memory_size(0) * page;
  }
  if (end - unused < size) {
    const uintptr_t pages = (size - (end - unused) + page - 1) / page;
    if (__builtin_wasm_memory_grow(0, pages) == (size_t)-1) return NULL;
    end += pages * page;
  }
  block *const made = (block *)unused;
  unused += size;
  made->order = order;
  return made;
}

void *malloc(size_t size) {
  size_t order = smallest;
  while (order <= largest && ((size_t)1 << order) - header < size) ++order;
  if (order > largest) return NULL;
  block *found = freed[order];
  if (found) freed[order] = found->next;
  else found = take(order);
  return found ? (char *)found + header : NULL;
}

void free(void *memory) {
  if (!memory) return;
  block *const given = (block *)((char *)memory - header);
  given->next = freed[given->order];
  freed[given->order] = given;
}

size_t malloc_usable_size(void *memory) {
  return ((size_t)1 << ((block *)((char *)memory - header))->order) - header;
}

void *realloc(void *memory, size_t size) {
  if (memory && size <= malloc_usable_size(memory)) return memory;
  void *const grown = malloc(size);
  if (memory && grown) {
    memcpy(grown, memory, malloc_usable_size(memory));
    free(memory);
  }
  return grown;
}

void *calloc(size_t count, size_t size) {
  size_t bytes;
  if (__builtin_mul_overflow(count, size, &bytes)) return NULL;
  void *const made = malloc(bytes);
  return made ? memset(made, 0, bytes) : NULL;
}

/* Other names that the runtime libraries know: a missing one would bring libc's allocator in. Nothing
 * here asks for an alignment of more than eight. */
void *aligned_alloc(size_t alignment, size_t size) { return alignment <= header ? malloc(size) : NULL; }
int posix_memalign(void **into, size_t alignment, size_t size) {
  *into = aligned_alloc(alignment, size);
  return *into ? 0 : 12; /* ENOMEM */
}
void *__libc_malloc(size_t size) { return malloc(size); }
void __libc_free(void *memory) { free(memory); }
void *__libc_calloc(size_t count, size_t size) { return calloc(count, size); }
void *emscripten_builtin_malloc(size_t size) { return malloc(size); }
void emscripten_builtin_free(void *memory) { free(memory); }
