#include "protocol/access/access_token.hpp"

#include <gtest/gtest.h>

namespace fedhub {
namespace {

TEST(AccessToken, has_as_many_random_octets_as_asked_for) {
  EXPECT_EQ(new_token(16).size(), 32u);
  EXPECT_NE(new_token(16), new_token(16));
}

TEST(AccessToken, is_known_by_its_sha_256) {
  EXPECT_EQ(parse_digest("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            digest_of("abc"));
  EXPECT_EQ(parse_digest("BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD"),
            digest_of("abc"));
  for (const auto* bad :
       {"", "ba", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015a",
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015adad",
        "-a7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "xa7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"})
    EXPECT_FALSE(parse_digest(bad)) << bad;
}

} // namespace
} // namespace fedhub
