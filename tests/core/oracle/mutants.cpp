// Writes the corpus and COUNT mutants for the tests of the wasm (tests/wasm/mutants.test.ts): for each
// u32 length (little-endian), u8 what nlohmann::json says (0 refused, 1 accepted, 2 it cannot tell),
// and the bytes.
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "../mutants.hpp"

int main(int count, char** words) {
  if (count != 2) return 2;
  test::for_each_mutant(static_cast<unsigned>(std::atoi(words[1])),
                        [](const std::string& text, test::answer verdict) {
                          const auto length = static_cast<std::uint32_t>(text.size());
                          for (unsigned shift = 0; shift < 32; shift += 8) std::putchar(static_cast<int>(length >> shift & 255));
                          std::putchar(static_cast<int>(verdict));
                          std::fwrite(text.data(), 1, text.size(), stdout);
                        });
}
