#include "actors/tls/session_cache.hpp"

#include <gtest/gtest.h>

#include "protocol/text/domain_name.hpp"

namespace fedhub {
namespace {

using namespace std::chrono_literals;

const std::chrono::sys_seconds now{1000000s};

domain_pair pair_to(const std::string& target) {
  return {*domain_name::parse("corp.example"), *domain_name::parse(target)};
}

/// Returns a session that can be encoded. @param name distinguishes it from others.
ssl_session_ptr session(int version, std::chrono::seconds life = 100s, char name = 'a') {
  ssl_session_ptr ssl_session{SSL_SESSION_new()};
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context{SSL_CTX_new(TLS_method()),
                                                                  &SSL_CTX_free};
  SSL_SESSION_set_cipher(ssl_session.get(),
                         sk_SSL_CIPHER_value(SSL_CTX_get_ciphers(context.get()), 0));
  SSL_SESSION_set1_hostname(ssl_session.get(), std::string(1, name).c_str());
  SSL_SESSION_set_protocol_version(ssl_session.get(), version);
  SSL_SESSION_set_time(ssl_session.get(), now.time_since_epoch().count());
  SSL_SESSION_set_timeout(ssl_session.get(), life.count());
  return ssl_session;
}

std::string name_of(const ssl_session_ptr& x) {
  return x ? SSL_SESSION_get0_hostname(x.get()) : "none";
}

TEST(SessionCache, gives_a_ticket_of_tls_1_3_once) {
  session_cache cache;
  cache.put(pair_to("a.example"), *session(TLS1_3_VERSION, 100s, 'x'));
  EXPECT_EQ(name_of(cache.take(pair_to("a.example"), now)), "x");
  EXPECT_EQ(cache.take(pair_to("a.example"), now), nullptr);
  EXPECT_EQ(cache.size(), 0u);
}

TEST(SessionCache, gives_a_session_of_tls_1_2_again_and_again) {
  session_cache cache;
  cache.put(pair_to("a.example"), *session(TLS1_2_VERSION));
  const auto once = cache.take(pair_to("a.example"), now);
  const auto twice = cache.take(pair_to("a.example"), now);
  EXPECT_NE(once, nullptr);
  EXPECT_EQ(once.get(), twice.get()); // not the same object, since OpenSSL may invalidate it
}

TEST(SessionCache, has_one_session_for_each_pair_the_last) {
  session_cache cache;
  cache.put(pair_to("a.example"), *session(TLS1_3_VERSION));
  cache.put(pair_to("a.example"), *session(TLS1_3_VERSION, 100s, 'b'));
  EXPECT_EQ(cache.size(), 1u);
  EXPECT_EQ(name_of(cache.take(pair_to("a.example"), now)), "b");
  const domain_pair reverse{*domain_name::parse("a.example"), *domain_name::parse("corp.example")};
  cache.put(pair_to("a.example"), *session(TLS1_3_VERSION));
  EXPECT_EQ(cache.take(reverse, now), nullptr);
}

TEST(SessionCache, forgets_what_has_expired) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    session_cache cache;
    cache.put(pair_to("a.example"), *session(version, 100s));
    EXPECT_EQ(cache.take(pair_to("a.example"), now + 100s), nullptr);
    EXPECT_EQ(cache.size(), 0u);
    cache.put(pair_to("a.example"), *session(version, 100s));
    EXPECT_NE(cache.take(pair_to("a.example"), now + 99s), nullptr);
  }
}

TEST(SessionCache, drops_what_has_expired_when_told) {
  session_cache cache;
  cache.put(pair_to("a.example"), *session(TLS1_2_VERSION, 100s));
  cache.put(pair_to("b.example"), *session(TLS1_3_VERSION, 100s));
  cache.put(pair_to("c.example"), *session(TLS1_3_VERSION, 101s));
  cache.expire(now + 99s);
  EXPECT_EQ(cache.size(), 3u);
  cache.expire(now + 100s);
  EXPECT_EQ(cache.size(), 1u);
  EXPECT_EQ(cache.take(pair_to("a.example"), now), nullptr);
  EXPECT_NE(cache.take(pair_to("c.example"), now), nullptr);
}

TEST(SessionCache, drops_the_oldest_where_there_are_too_many) {
  session_cache cache{2};
  for (const auto* target : {"a.example", "b.example", "a.example", "c.example"})
    cache.put(pair_to(target), *session(TLS1_3_VERSION));
  EXPECT_EQ(cache.size(), 2u);
  EXPECT_EQ(cache.take(pair_to("b.example"), now), nullptr);
  EXPECT_NE(cache.take(pair_to("a.example"), now), nullptr); // it was put in again
  EXPECT_NE(cache.take(pair_to("c.example"), now), nullptr);
}

} // namespace
} // namespace fedhub
