#include "actors/tls/kept_certificates.hpp"

#include <gtest/gtest.h>

namespace fedhub {
namespace {

TEST(KeptCertificates, are_kept_once_and_as_long_as_somebody_has_them) {
  kept_certificates all;
  auto one = all.keep("one");
  auto again = all.keep("one");
  auto two = all.keep("two");
  EXPECT_EQ(one.get(), again.get());
  EXPECT_EQ(*two, "two");
  EXPECT_EQ(all.size(), 2U);
  one.reset();
  EXPECT_EQ(all.size(), 2U);
  again.reset();
  EXPECT_EQ(all.size(), 1U);
  EXPECT_EQ(*all.keep("one"), "one");
}

} // namespace
} // namespace fedhub
