#include "actors/rules/name_forms.hpp"

#include <gtest/gtest.h>

namespace fedhub {
namespace {

using namespace std::chrono_literals;

domain_name domain(std::string_view text) { return domain_name::parse(text).value(); }

resolution failed(failure why) {
  resolution resolution;
  resolution.why = why;
  return resolution;
}

/// Returns a resolution with one server at each of these addresses.
resolution at(std::initializer_list<const char*> addresses, uint16_t port = 5269,
              bool direct_tls = false) {
  resolution resolution;
  for (const auto* address : addresses) {
    resolved_target target;
    target.host = "xmpp.example";
    target.port = port;
    target.direct_tls = direct_tls;
    target.addresses = {socket_address::parse(address, port).value()};
    resolution.targets.push_back(std::move(target));
  }
  return resolution;
}

TEST(NameForms, are_one_domain_if_one_has_no_server_or_both_have_the_same) {
  using enum form_verdict;
  auto none = failed(failure::dns_not_found);
  none.method = resolve_method::address; // there is no SRV record
  auto dangling = failed(failure::dns_not_found);
  dangling.method = resolve_method::srv;
  const auto declined = failed(failure::dns_no_service);
  const struct {
    const char* what;
    resolution own, other;
    form_verdict verdict;
  } cases[] = {
    {"neither", none, none, same},
    {"declined", declined, at({"192.0.2.1"}), apart},
    {"dangling", dangling, at({"192.0.2.1"}), apart},
    {"declined, and the other has none", declined, none, own},
    {"the other's only", none, at({"192.0.2.1"}), transitional},
    {"its own only", at({"192.0.2.1"}), none, own},
    {"its own, the other declined", at({"192.0.2.1"}), declined, apart},
    {"its own, the other dangling", at({"192.0.2.1"}), dangling, apart},
    {"the same", at({"192.0.2.1"}), at({"192.0.2.1"}), same},
    {"the same in another order", at({"192.0.2.1", "2001:db8::1"}),
     at({"2001:db8::1", "192.0.2.1"}), same},
    {"another address", at({"192.0.2.1"}), at({"192.0.2.2"}), apart},
    {"one of several", at({"192.0.2.1", "192.0.2.2"}), at({"192.0.2.1"}), apart},
    {"another port", at({"192.0.2.1"}), at({"192.0.2.1"}, 5270), apart},
    {"another kind", at({"192.0.2.1"}), at({"192.0.2.1"}, 5269, true), apart},
    {"a failure", failed(failure::dns_failed), at({"192.0.2.1"}), unclear},
    {"a failure of the other", at({"192.0.2.1"}), failed(failure::dns_timeout), unclear},
    {"refused addresses", failed(failure::address_refused), at({"192.0.2.1"}), unclear},
  };
  for (const auto& c : cases)
    EXPECT_EQ(compare_forms(c.own, c.other), c.verdict) << c.what;
}

TEST(NameForms, are_remembered_for_their_time) {
  name_forms forms;
  const time_point start{};
  const auto name = domain("straße.example");
  EXPECT_EQ(forms.verdict(name, start), form_verdict::unknown);
  forms.note(name, form_verdict::own, start + 10s);
  EXPECT_EQ(forms.verdict(name, start + 9s), form_verdict::own);
  EXPECT_EQ(forms.verdict(name, start + 10s), form_verdict::unknown);
  using server_form = name_forms::server_form;
  EXPECT_EQ(forms.server_form_of(name, start), server_form::as_usual);
  forms.note_server_form(name, server_form::in_ascii, start + 10s);
  EXPECT_EQ(forms.server_form_of(name, start + 9s), server_form::in_ascii);
  EXPECT_EQ(forms.server_form_of(name, start + 10s), server_form::as_usual);
  forms.note_server_form(name, server_form::transitional, start + 20s);
  EXPECT_EQ(forms.server_form_of(name, start + 10s), server_form::transitional);
}

TEST(NameForms, forgets_the_oldest_when_there_are_too_many) {
  name_forms forms;
  const time_point start{};
  const auto number = [](int i) { return domain("straße-" + std::to_string(i) + ".example"); };
  for (int i = 0; i < 5000; ++i)
    forms.note(number(i), form_verdict::own, start + 10s + std::chrono::milliseconds{i});
  EXPECT_EQ(forms.verdict(number(0), start), form_verdict::unknown);
  EXPECT_EQ(forms.verdict(number(4999), start), form_verdict::own);
  int known = 0;
  for (int i = 0; i < 5000; ++i)
    known += forms.verdict(number(i), start) == form_verdict::own;
  EXPECT_EQ(known, 4096);
}

} // namespace
} // namespace fedhub
