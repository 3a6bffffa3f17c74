#include "actors/admin/published_service.hpp"

#include <gmock/gmock.h>

#include "actors/tls/self_signed.hpp"
#include "tests/unit/actors/net/transport_scene.hpp"

namespace fedhub {
namespace {

using namespace std::chrono_literals;
using admin::step_result;
using testing::HasSubstr;

domain_name domain(std::string_view text) { return domain_name::parse(text).value(); }
ip_address ip(std::string_view text) { return ip_address::parse(text).value(); }

struct published {
  std::string address;
  uint16_t port = 5269;
  bool direct_tls = false;
};

resolution seen(const std::vector<published>& all) {
  resolution result;
  result.domain = domain("corp.example");
  for (const auto& one : all)
    result.targets.push_back({.host = "h.example",
                              .port = one.port,
                              .addresses = {*socket_address::parse(one.address, one.port)},
                              .direct_tls = one.direct_tls});
  return result;
}

TEST(PublishedAddresses, are_judged_by_where_they_lead) {
  const own_place place{{{false, ip("::"), 5269}, {true, ip("9.9.9.1"), 5270}},
                        {ip("9.9.9.1"), ip("9.9.9.2"), ip("2620::1")},
                        false};
  struct row {
    std::vector<published> all;
    step_result result;
    std::string detail;
  };
  const row rows[] = {
    {{{"9.9.9.1"}}, step_result::ok, "9.9.9.1:5269 leads to listen.s2s ([::]:5269)"},
    {{{"2620::1"}}, step_result::ok, "[2620::1]:5269 leads to listen.s2s"},
    {{{"9.9.9.1", 5270, true}}, step_result::ok, "leads to listen.s2s_direct_tls (9.9.9.1:5270)"},
    {{{"9.9.9.1", 5270}}, step_result::fail, "is this machine, but listen.s2s has no such port"},
    {{{"9.9.9.2", 5270, true}}, step_result::fail, "listen.s2s_direct_tls has no such port"},
    {{{"9.9.9.1", 5222}}, step_result::fail, "no such port"},
    {{{"8.8.8.8"}}, step_result::warn, "is not an address of this machine"},
    {{{"10.0.0.1"}}, step_result::fail, "10.0.0.1:5269 is not a public address"},
    {{{"127.0.0.1"}}, step_result::fail, "is not a public address"},
    {{{"9.9.9.1"}, {"10.0.0.1"}}, step_result::warn, "leads to listen.s2s ([::]:5269); 10.0.0.1"},
    {{{"9.9.9.1"}, {"8.8.8.8"}}, step_result::warn, "8.8.8.8:5269 is not an address"},
    {{{"10.0.0.1"}, {"9.9.9.1", 1}}, step_result::fail, "no such port"},
    {{}, step_result::skipped, "no address is published"},
  };
  for (const auto& expected : rows) {
    const auto step = judge_addresses(seen(expected.all), place);
    EXPECT_EQ(step.result, expected.result) << step.detail;
    EXPECT_THAT(step.detail, HasSubstr(expected.detail));
    const bool faulty = step.result == step_result::warn || step.result == step_result::fail;
    EXPECT_EQ(!step.remedy.empty(), faulty) << step.detail;
  }
}

TEST(PublishedAddresses, may_be_private_where_the_configuration_allows_it) {
  const own_place place{{{false, ip("127.0.0.1"), 5269}}, {ip("10.0.0.1")}, true};
  EXPECT_EQ(judge_addresses(seen({{"127.0.0.1"}}), place).result, step_result::ok);
  EXPECT_EQ(judge_addresses(seen({{"127.0.0.2"}}), place).result, step_result::fail);
  EXPECT_EQ(judge_addresses(seen({{"10.0.0.1"}}), place).result, step_result::fail);
  const own_place all_v4{{{false, ip("0.0.0.0"), 5269}}, {ip("fd00::1")}, true};
  EXPECT_EQ(judge_addresses(seen({{"127.0.0.2"}}), all_v4).result, step_result::ok);
  EXPECT_EQ(judge_addresses(seen({{"fd00::1"}}), all_v4).result, step_result::fail)
    << "0.0.0.0 accepts IPv4 only";
}

TEST(PublishedRecords, fail_with_the_cause_and_what_to_publish) {
  auto outcome = std::make_shared<resolution>(seen({}));
  outcome->why = failure::dns_not_found;
  outcome->detail = "corp.example has neither SRV nor address records";
  const auto step = judge_records({outcome, {}}, "192.0.2.53:53");
  EXPECT_EQ(step.result, step_result::fail);
  EXPECT_EQ(step.why, failure::dns_not_found);
  EXPECT_THAT(step.remedy, HasSubstr("_xmpp-server._tcp.corp.example"));
  EXPECT_EQ(step.source, "192.0.2.53:53");
  outcome->why = failure::dns_failed;
  EXPECT_EQ(judge_records({outcome, {}}, "s").remedy, "") << "the failure's own remedy holds";
  outcome->why = failure::none;
  EXPECT_EQ(judge_records({outcome, {}}, "s").result, step_result::ok);
}

class OwnCertificate : public test::transport_test {
protected:
  std::shared_ptr<const tls_store> store(bool configured) {
    conf::config config;
    config.hub.state_dir = place.path() / "state";
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    if (configured) {
      const auto folder = place.path() / "made";
      auto made =
        self_signed_certificate(folder, "corp", {*domain_pattern::parse("corp.example")}, now);
      EXPECT_TRUE(made) << made.error();
      config.tls.certificates.push_back({folder / "self-signed.crt", folder / "self-signed.key"});
    }
    auto loaded = tls_store::load(config, {*domain_pattern::parse("corp.example")});
    EXPECT_TRUE(loaded) << loaded.error();
    return loaded.value_or(nullptr);
  }

  test::folder place;
};

TEST_F(OwnCertificate, is_judged_by_name_and_time) {
  const auto tls = store(true);
  const auto end = tls->certificates().front().not_after;
  const auto judged = [&](std::string_view name, std::chrono::sys_seconds now) {
    return judge_certificate_of(*tls, domain(name), now);
  };
  EXPECT_EQ(judged("corp.example", end - 240h).result, step_result::ok);
  EXPECT_THAT(judged("corp.example", end - 240h).detail, HasSubstr("dNSName corp.example"));
  EXPECT_EQ(judged("corp.example", end - 24h).result, step_result::warn);
  EXPECT_EQ(judged("corp.example", end).result, step_result::fail);
  EXPECT_EQ(judged("corp.example", end).remedy, "Renew the certificate.");
  EXPECT_EQ(judged("other.example", end - 240h).result, step_result::fail);
  EXPECT_EQ(judged("other.example", end - 240h).why, failure::certificate_refused);
  EXPECT_THAT(judged("other.example", end - 240h).remedy, HasSubstr("other.example"));
}

TEST_F(OwnCertificate, is_compared_with_tlsa_records) {
  const auto tls = store(true);
  const auto now = tls->certificates().front().not_after - 240h;
  auto* own = SSL_CTX_get0_certificate(tls->certificates().front().server.get());
  const tlsa_endpoint at{"xmpp.corp.example", 5269};
  const auto judged = [&](tlsa_set records) {
    return judge_tlsa(*tls, domain("corp.example"), at, records, now);
  };
  std::string der(static_cast<size_t>(i2d_X509(own, nullptr)), '\0');
  auto* octets = reinterpret_cast<unsigned char*>(der.data());
  i2d_X509(own, &octets);
  const auto found = [](std::vector<tlsa_record> records) {
    return tlsa_set{tlsa_set::kind::found, std::move(records), "xmpp.corp.example", {}};
  };
  EXPECT_EQ(judged(found({{3, 0, 0, der}})).result, step_result::ok);
  EXPECT_THAT(judged(found({{3, 0, 0, der}})).detail, HasSubstr("3 0 0: matched"));
  const auto other = judged(found({{3, 1, 1, std::string(32, 'x')}}));
  EXPECT_EQ(other.result, step_result::fail);
  EXPECT_EQ(other.why, failure::certificate_refused);
  EXPECT_THAT(other.remedy, HasSubstr("3 1 1"));
  EXPECT_EQ(judged(found({{9, 9, 9, "x"}})).result, step_result::warn);
  EXPECT_EQ(judged({tlsa_set::kind::none, {}, {}, {}}).result, step_result::ok);
  EXPECT_EQ(judged({tlsa_set::kind::failed, {}, {}, "SERVFAIL"}).why, failure::dns_failed);
}

TEST_F(OwnCertificate, made_by_the_hub_itself_needs_a_look) {
  const auto tls = store(false);
  const auto step = judge_certificate_of(*tls, domain("corp.example"), {});
  EXPECT_EQ(step.result, step_result::warn);
  EXPECT_EQ(step.source, "self-signed");
  EXPECT_THAT(step.remedy, HasSubstr("[[tls.certificate]]"));
}

} // namespace
} // namespace fedhub
