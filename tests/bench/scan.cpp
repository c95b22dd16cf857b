// The scanner alone as WebAssembly, for the benchmarks: never part of the package. scanner.ts calls it.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <string_view>

#include "plan.hpp"
#include "scan.hpp"
#include "waxseal/waxseal.hpp"

#define BENCH_EXPORT(name) extern "C" __attribute__((export_name(#name), used))

namespace {

constexpr std::size_t room = 2u << 20;
char* text = nullptr;
std::optional<waxseal::dialect> loaded;
std::unique_ptr<waxseal::scanner> scan;

}  // namespace

/// Where dialect and bodies are written; it ends in zeros.
BENCH_EXPORT(bench_text) char* bench_text() {
  if (!text) text = static_cast<char*>(std::calloc(1, room + waxseal::scan_padding));
  return text;
}

/// @return whether the dialect could be loaded
BENCH_EXPORT(bench_load) int bench_load(std::uint32_t length) {
  auto made = waxseal::dialect::load({text, length}, "dialect");
  if (!made) return 0;
  loaded = *made;
  scan = std::make_unique<waxseal::scanner>(42);
  return 1;
}

/// Scans the body. @return status and, above it, whether its event is known
BENCH_EXPORT(bench_scan) std::uint32_t bench_scan(std::uint32_t length, int check) {
  std::memset(text + length, 0, waxseal::scan_padding);
  const waxseal::reading found = scan->scan(loaded->compiled().body, {text, length}, "", check != 0, true);
  return static_cast<std::uint32_t>(found.code) | (found.event >= 0 ? 256u : 0u);
}
