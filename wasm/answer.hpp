// The result struct of the ABI, and how an event is told in it. Used by abi.cpp, read by js/core.ts.
#pragma once

#include "arena.hpp"
#include "waxseal/event.hpp"

namespace waxseal::abi {

/// What prepare, judge and verify say. Little-endian, as WebAssembly is.
struct answer {
  u32 status;
  u32 flags;            ///< content in bits 0-1, then the bits of `flag`
  std::int32_t index;   ///< of the event in its dialect; -1: unknown
  u32 secret;
  u32 schema;           ///< status of the schema's verdict
  u32 timestamp_low, timestamp_high;
  span type;            ///< of an unknown event; a known one is told by `index`
  span alias, id, version, data, at, challenge, dedupe;
};
static_assert(sizeof(answer) == 92);

enum flag : u32 {
  authenticated = 4, handshake = 8, big_integers = 16, timestamp = 32, dedupe = 64, dedupe_signed = 128
};

inline void tell(const event& seen, answer& out, arena& texts) {
  out.flags = static_cast<u32>(seen.content);
  const auto raise = [&](bool when, flag which) { out.flags |= when ? u32{which} : 0; };
  raise(seen.authenticity == authenticity::authenticated, authenticated);
  raise(seen.handshake, handshake);
  raise(seen.big_integers, big_integers);
  raise(seen.timestamp.has_value(), timestamp);
  raise(seen.dedupe.has_value(), dedupe);
  raise(seen.dedupe && seen.dedupe->signed_key, dedupe_signed);
  out.index = seen.index;
  out.secret = seen.secret;
  out.schema = static_cast<u32>(seen.schema.code);
  const auto seconds = static_cast<u64>(seen.timestamp.value_or(0));
  out.timestamp_low = static_cast<u32>(seconds);
  out.timestamp_high = static_cast<u32>(seconds >> 32);
  if (!seen.known()) out.type = texts.locate(seen.type);
  out.alias = texts.locate(seen.alias);
  out.id = texts.locate(seen.id);
  out.version = texts.locate(seen.version);
  if (seen.content == content::json) out.data = texts.locate(seen.data);
  out.at = texts.locate(seen.schema.at);
  out.challenge = texts.locate(seen.challenge);
  if (seen.dedupe) out.dedupe = texts.locate(seen.dedupe->key);
}

}  // namespace waxseal::abi
