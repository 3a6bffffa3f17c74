#include "actors/tls/intermediate_cache.hpp"

#include <gtest/gtest.h>

#include "tests/unit/protocol/certificate/certificate_maker.hpp"

namespace fedhub {
namespace {

using namespace test;

certificate_stack chain_of(std::initializer_list<const identity*> all) {
  certificate_stack result{sk_X509_new_null()};
  for (const auto* entry : all) {
    X509_up_ref(entry->certificate.get());
    sk_X509_push(result.get(), entry->certificate.get());
  }
  return result;
}

class IntermediateCache : public testing::Test {
protected:
  const identity a = make_ca("a"), b = make_ca("b"), c = make_ca("c");
};

TEST_F(IntermediateCache, finds_a_chain_by_its_fingerprints) {
  intermediate_cache cache;
  const auto fingerprints = cache.keep(chain_of({&a, &b}).get());
  ASSERT_TRUE(fingerprints);
  EXPECT_EQ(fingerprints->size(), 64u);
  const auto found = cache.find(*fingerprints);
  ASSERT_TRUE(found);
  ASSERT_EQ(sk_X509_num(found->get()), 2);
  EXPECT_EQ(X509_cmp(sk_X509_value(found->get(), 0), a.certificate.get()), 0);
  EXPECT_EQ(X509_cmp(sk_X509_value(found->get(), 1), b.certificate.get()), 0);
}

TEST_F(IntermediateCache, knows_the_empty_chain) {
  intermediate_cache cache;
  EXPECT_EQ(cache.keep(nullptr), "");
  EXPECT_EQ(cache.keep(chain_of({}).get()), "");
  ASSERT_TRUE(cache.find(""));
  EXPECT_EQ(sk_X509_num(cache.find("")->get()), 0);
}

TEST_F(IntermediateCache, finds_a_chain_whole_or_not_at_all) {
  intermediate_cache cache;
  const auto fingerprints = cache.keep(chain_of({&a, &b}).get()).value_or("");
  EXPECT_FALSE(cache.find(fingerprints + std::string(32, 'x')));
  EXPECT_FALSE(cache.find("-"));
  EXPECT_FALSE(cache.find(fingerprints.substr(1)));
}

TEST_F(IntermediateCache, drops_what_was_not_used_for_longest) {
  intermediate_cache cache{2};
  const auto of_a = cache.keep(chain_of({&a}).get()).value_or("");
  const auto of_b = cache.keep(chain_of({&b}).get()).value_or("");
  EXPECT_TRUE(cache.find(of_a));
  const auto of_c = cache.keep(chain_of({&c}).get()).value_or("");
  EXPECT_FALSE(cache.find(of_b));
  EXPECT_TRUE(cache.find(of_a));
  EXPECT_TRUE(cache.find(of_c));
}

TEST_F(IntermediateCache, takes_no_chain_that_is_too_long_or_too_large) {
  intermediate_cache cache;
  EXPECT_TRUE(cache.keep(chain_of({&a, &a, &a, &a, &a, &a, &a, &a}).get()));
  EXPECT_FALSE(cache.keep(chain_of({&a, &a, &a, &a, &a, &a, &a, &a, &a}).get()));
  std::vector<alt_name> many;
  for (int i = 0; i < 400; ++i)
    many.push_back(dns("a-rather-long-name-" + std::to_string(i) + ".example"));
  const auto large = make_identity({.names = many});
  EXPECT_FALSE(cache.keep(chain_of({&large}).get()));
}

} // namespace
} // namespace fedhub
