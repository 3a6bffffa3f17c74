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
  auto x = fedhub::read_dns_answer(message, question);
  using enum fedhub::dns_type;
  check(x.positive() == !(x.services.empty() && x.addresses.empty() && x.associations.empty()));
  check(x.services.empty() || question.type == srv);
  check(x.addresses.empty() || question.type == a || question.type == aaaa);
  check(x.associations.empty() || question.type == tlsa);
  check(x.what != fedhub::dns_answer::kind::failed || !x.secure);
  check(x.canonical_name.empty() || (x.positive() && x.canonical_name != question.name));
  check(printable(x.canonical_name));
  check(!x.positive() || x.ttl.has_value());
  check(!x.ttl || (x.ttl->count() >= 0 && x.ttl->count() <= 0xffffffff));
  check(x.positive() == x.detail.empty());
  for (const auto& address : x.addresses)
    check(address.family() == (question.type == fedhub::dns_type::a ? AF_INET : AF_INET6));
  for (const auto& service : x.services)
    check(printable(service.target));
  for (const auto& association : x.associations)
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
