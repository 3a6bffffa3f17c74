#include "conf/ctl/hub_url.hpp"

#include <gtest/gtest.h>

namespace fedhub::ctl {
namespace {

TEST(HubUrl, sends_a_token_by_tls_or_to_loopback_only) {
  struct row {
    const char* url;
    std::string_view base;
    bool may_carry_token;
  };
  const row table[] = {
    {"https://hub.example", "https://hub.example", true},
    {"https://hub.example:8443/", "https://hub.example:8443", true},
    {"HTTPS://hub.example/fedhub/", "https://hub.example/fedhub", true},
    {"http://127.0.0.1:8080", "http://127.0.0.1:8080", true},
    {"http://127.1.2.3", "http://127.1.2.3", true},
    {"http://127.1", "http://127.0.0.1", true},
    {"http://[::1]:8080", "http://[::1]:8080", true},
    {"http://localhost:80", "http://localhost:80", true},
    {"http://hub.example", "http://hub.example", false},
    {"http://192.0.2.1", "http://192.0.2.1", false},
    {"http://127.0.0.1.example", "http://127.0.0.1.example", false},
    {"http://127.example", "http://127.example", false},
    {"http://localhost.example", "http://localhost.example", false},
    {"http://[::2]", "http://[::2]", false},
    {"http://0.0.0.0", "http://0.0.0.0", false},
  };
  for (const auto& [text, base, may_carry_token] : table) {
    const auto url = hub_url::parse(text);
    ASSERT_TRUE(url) << text << ": " << url.error();
    EXPECT_EQ(url->base, base) << text;
    EXPECT_EQ(url->may_carry_token(), may_carry_token) << text;
  }
}

TEST(HubUrl, takes_nothing_but_a_base_of_the_api) {
  for (const auto* text :
       {"", "hub.example", "ftp://hub.example", "file:///etc/passwd", "unix:/run/x", "https://",
        "https://user@hub.example", "https://a:b@hub.example", "https://hub.example/?a=b",
        "https://hub.example/#a", "https://hub example", "https://hub.example:99999"})
    EXPECT_FALSE(hub_url::parse(text)) << text;
}

} // namespace
} // namespace fedhub::ctl
