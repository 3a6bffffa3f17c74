// The PKI of the certificate tests, and the verdict on one of its certificates.
#pragma once

#include <array>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "protocol/certificate/peer_certificate.hpp"
#include "tests/unit/protocol/certificate/certificate_maker.hpp"

namespace fedhub {

inline std::ostream& operator<<(std::ostream& out, path_status x) { return out << to_string(x); }
inline std::ostream& operator<<(std::ostream& out, name_type x) { return out << to_string(x); }
inline std::ostream& operator<<(std::ostream& out, eku_class x) { return out << to_string(x); }

} // namespace fedhub

namespace fedhub::test {

inline domain_name domain(std::string_view text) { return domain_name::parse(text).value(); }

inline constexpr std::array all_policies{eku_policy::server, eku_policy::client, eku_policy::any};

/// One root that the hub trusts, an intermediate below it, and a root that it does not know.
struct pki {
  identity root = make_ca("root");
  identity intermediate = make_ca("intermediate", &root);
  identity unknown_root = make_ca("unknown root");

  static const pki& shared() {
    static const pki one;
    return one;
  }
};

/// Everything on which a verdict depends. By default an initiating peer shows only `leaf`.
struct presentation {
  const identity* leaf = nullptr;
  std::vector<const identity*> sent = {};
  std::vector<const identity*> trusted = {&pki::shared().root};
  std::vector<std::string> crls = {};
  crl_rule crl_demand = crl_rule::where_known;
  std::chrono::sys_seconds now = today;
  peer_role peer = peer_role::initiating;
};

inline certificate_verdict judge(const presentation& presentation, eku_policy policy,
                                 std::vector<domain_name> domains = {}) {
  trust_store trust;
  for (const auto* anchor : presentation.trusted)
    EXPECT_EQ(trust.add_anchors(to_pem(*anchor->certificate)).value_or(0), 1);
  for (const auto& crl : presentation.crls)
    EXPECT_EQ(trust.add_crls(crl).value_or(0), 1);
  struct stack_deleter {
    void operator()(STACK_OF(X509) * all) const { sk_X509_free(all); }
  };
  const std::unique_ptr<STACK_OF(X509), stack_deleter> sent{sk_X509_new_null()};
  for (const auto* other : presentation.sent)
    sk_X509_push(sent.get(), other->certificate.get());
  return judge_certificate(
    {.leaf = presentation.leaf != nullptr ? presentation.leaf->certificate.get() : nullptr,
     .sent = sent.get(),
     .trust = trust,
     .now = presentation.now,
     .peer = presentation.peer,
     .accept_eku = policy,
     .crls = presentation.crl_demand},
    domains);
}

/// The statuses under `accept_eku` = server, client, any.
using statuses = std::array<path_status, 3>;

inline statuses under_all_policies(const presentation& presentation) {
  statuses out{};
  for (size_t i = 0; i < out.size(); ++i)
    out[i] = judge(presentation, all_policies[i]).path.status;
  return out;
}

inline statuses always(path_status x) { return {x, x, x}; }

} // namespace fedhub::test
