// Feeds any octets to the reader of DNS answers, and checks its promises about the result.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "actors/dns/dns_message.hpp"

namespace {

void check(bool good) {
  if (!good)
    std::abort();
}

/// Returns whether the text can't forge a line of the log.
bool printable(const std::string& x) {
  return std::all_of(x.begin(), x.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

void read(std::span<const uint8_t> message, const fedhub::dns_question& question) {
  auto result = fedhub::read_dns_answer(message, question);
  using enum fedhub::dns_type;
  check(result.positive()
        == !(result.services.empty() && result.addresses.empty() && result.associations.empty()));
  check(result.services.empty() || question.type == srv);
  check(result.addresses.empty() || question.type == a || question.type == aaaa);
  check(result.associations.empty() || question.type == tlsa);
  check(result.what != fedhub::dns_answer::kind::failed || !result.secure);
  check(result.canonical_name.empty()
        || (result.positive() && result.canonical_name != question.name));
  check(printable(result.canonical_name));
  check(!result.positive() || result.ttl.has_value());
  check(!result.ttl || (result.ttl->count() >= 0 && result.ttl->count() <= 0xffffffff));
  check(result.positive() == result.detail.empty());
  for (const auto& address : result.addresses)
    check(address.family() == (question.type == fedhub::dns_type::a ? AF_INET : AF_INET6));
  for (const auto& service : result.services)
    check(printable(service.target));
  for (const auto& association : result.associations)
    check(association.data.size() <= message.size());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::span<const uint8_t> message{data, size};
  for (auto type :
       {fedhub::dns_type::a, fedhub::dns_type::aaaa, fedhub::dns_type::srv, fedhub::dns_type::tlsa})
    for (const char* name : {"a.b", "a"})
      read(message, {name, type});
  return 0;
}
