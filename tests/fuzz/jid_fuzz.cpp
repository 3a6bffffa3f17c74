// Addresses and domains from any peer: they cause no fault, and accepted ones keep the promises.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "protocol/text/domain_name.hpp"
#include "protocol/text/domain_pattern.hpp"
#include "protocol/text/jid.hpp"
#include "protocol/text/xml_escape.hpp"

namespace {

void require(bool holds) {
  if (!holds)
    std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace fedhub;
  const std::string_view text{reinterpret_cast<const char*>(data), size};

  if (const auto domain = domain_name::parse(text)) {
    require(!domain->empty() && domain->str().size() <= 255);
    require(domain_name::parse(domain->str()) == domain);
    require(domain_pattern::parse(domain->str())->matches(*domain));
    require(domain_name::parse(domain->wire()) == domain);
    require(domain_name::parse_as_written(text)->in_unicode().wire() == domain->wire());
    const auto form = domain->transitional();
    require(form.transitional() == form && domain->deviates() == (form != *domain));
    require(same_under_either(*domain, form));
    for (char c : domain->str())
      require(c > ' ' && c < 0x7F && !(c >= 'A' && c <= 'Z'));
  }
  if (const auto pattern = domain_pattern::parse(text))
    require(domain_pattern::parse(pattern->str()) == pattern);

  if (const auto jid = split_jid(text)) {
    std::string again{jid->local};
    if (!again.empty())
      again += '@';
    again += jid->domain;
    require(again == jid->bare);
    if (!jid->resource.empty())
      again.append("/").append(jid->resource);
    require(again == text);
    require(jid->domain.size() <= 1023 && jid->local.size() <= 1023
            && jid->resource.size() <= 1023);
  }
  require(unescape(escape(text)) == text);
  unescape(text);
  return 0;
}
