// Feeds any octets to the reader of DNS answers, and checks what it promises about its result.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "actors/dns_message.hpp"

namespace {

void check(bool good) {
  if (!good)
    std::abort();
}

void read(std::span<const uint8_t> message, const fedhub::dns_question& question) {
  auto x = fedhub::read_dns_answer(message, question);
  bool services = question.type == fedhub::dns_type::srv;
  check(x.positive() == !(x.services.empty() && x.addresses.empty()));
  check(services ? x.addresses.empty() : x.services.empty());
  check(!x.positive() || x.ttl.has_value());
  check(!x.ttl || (x.ttl->count() >= 0 && x.ttl->count() <= 0xffffffff));
  check(x.positive() == x.detail.empty());
  for (const auto& address : x.addresses)
    check(address.family() == (question.type == fedhub::dns_type::a ? AF_INET : AF_INET6));
  for (const auto& service : x.services) // nothing that could forge a line of the log
    check(std::all_of(service.target.begin(), service.target.end(),
                      [](char c) { return c > ' ' && c < 0x7f; }));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::span<const uint8_t> message{data, size};
  for (auto type : {fedhub::dns_type::a, fedhub::dns_type::aaaa, fedhub::dns_type::srv})
    for (const char* name : {"a.b", "a"})
      read(message, {name, type});
  return 0;
}
