// The one main of the core's tests.
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
