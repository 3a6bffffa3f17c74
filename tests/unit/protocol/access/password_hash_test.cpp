#include "protocol/access/password_hash.hpp"

#include <gtest/gtest.h>

namespace fedhub {
namespace {

const std::string zero_salt = "AAAAAAAAAAAAAAAAAAAAAA";
const std::string zero_hash = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

TEST(PasswordHash, fits_its_password_and_no_other) {
  const auto hash = password_hash::of("secret", std::string(16, 's'), {10, 8, 1});
  EXPECT_TRUE(hash.fits("secret"));
  for (const auto* other : {"", "Secret", "secret ", "secre"})
    EXPECT_FALSE(hash.fits(other)) << other;
}

TEST(PasswordHash, survives_as_text) {
  const auto hash = password_hash::of("secret", std::string(16, 's'), {11, 4, 2});
  EXPECT_TRUE(hash.str().starts_with("$scrypt$ln=11,r=4,p=2$"));
  EXPECT_EQ(password_hash::parse(hash.str()), hash);
}

// RFC 7914 §12, the second example, cut to 32 octets.
TEST(PasswordHash, is_scrypt_as_the_rfc_has_it) {
  const auto hash = password_hash::of("password", "NaCl", {10, 8, 16});
  EXPECT_EQ(hash.str(), "$scrypt$ln=10,r=8,p=16$TmFDbA$"
                        "/bq+HJ00cgB4VucZDQHp/nxq18vII3gw53N2Y0s3MWI");
}

TEST(PasswordHash, is_not_read_from_anything_else) {
  const auto of = [](const std::string& cost, const std::string& salt = zero_salt,
                     const std::string& hash = zero_hash) {
    return "$scrypt$" + cost + '$' + salt + '$' + hash;
  };
  ASSERT_TRUE(password_hash::parse(of("ln=15,r=8,p=3")));
  const std::string bad[] = {
    "",
    "secret",
    "$scrypt$",
    of("ln=9,r=8,p=1"),
    of("ln=19,r=1,p=1"),
    of("ln=18,r=8,p=1"),  // 256 MiB
    of("ln=17,r=8,p=16"), // some seconds
    of("ln=15,r=0,p=3"),
    of("ln=15,r=8,p=17"),
    of("ln=015,r=8,p=3"),
    of("ln=15,r=8"),
    of("r=8,ln=15,p=3"),
    of("ln=15,r=8,p=3,x=1"),
    of("ln=15,r=8,p=3", "AAAA"),
    of("ln=15,r=8,p=3", zero_salt + "=="),
    of("ln=15,r=8,p=3", zero_salt, "AAAA"),
    of("ln=15,r=8,p=3") + "A",
    of("ln=15,r=8,p=3") + " ",
    "$bcrypt$ln=15,r=8,p=3$" + zero_salt + '$' + zero_hash,
  };
  for (const auto& text : bad)
    EXPECT_FALSE(password_hash::parse(text)) << text;
}

} // namespace
} // namespace fedhub
