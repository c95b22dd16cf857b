// The map of the library. One verb and one noun to start from:
//
//   auto github = waxseal::find_dialect("github");
//   auto hook = waxseal::verifier::open(*github, secrets);
//   auto event = hook->verify({.headers = headers, .body = body}, now);
#pragma once

#include "waxseal/address.hpp"   // check_destination, is_public: what may be sent to
#include "waxseal/delivery.hpp"  // next_attempt: what follows an attempt; rate windows
#include "waxseal/dialect.hpp"   // dialect: how one system signs, shapes and delivers
#include "waxseal/envelope.hpp"  // wrap: the body around an event's data
#include "waxseal/event.hpp"     // event: what a verified webhook says
#include "waxseal/explain.hpp"   // explain: why a webhook was refused
#include "waxseal/outbox.hpp"    // admit, conclude, line_of: what an endpoint's queue does
#include "waxseal/routing.hpp"   // why_skipped: which endpoints get a message
#include "waxseal/status.hpp"    // status: the closed table of refusals; result
#include "waxseal/verifier.hpp"  // verifier: verify, prepare and judge, sign
// waxseal/nlohmann.hpp: an event's data as nlohmann::json; include it yourself
