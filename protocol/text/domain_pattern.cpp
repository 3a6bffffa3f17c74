#include "protocol/text/domain_pattern.hpp"

namespace fedhub {

std::optional<domain_pattern> domain_pattern::parse(std::string_view text) {
  domain_pattern pattern;
  if (text == "*") {
    pattern.wildcard_ = true;
    return pattern;
  }
  pattern.wildcard_ = text.starts_with("*.");
  const auto base = domain_name::parse(pattern.wildcard_ ? text.substr(2) : text);
  if (!base || (pattern.wildcard_ && base->is_ip_literal()))
    return {};
  pattern.base_ = *base;
  return pattern;
}

bool domain_pattern::matches(const domain_name& domain) const {
  if (domain.empty())
    return false;
  if (!wildcard_)
    return domain == base_;
  if (base_.empty())
    return true;
  const std::string_view name = domain.str();
  const std::string_view base = base_.str();
  return name.size() > base.size() + 1 && name.ends_with(base)
         && name[name.size() - base.size() - 1] == '.';
}

domain_pattern domain_pattern::transitional() const {
  auto mapped = *this;
  mapped.base_ = base_.transitional();
  return mapped;
}

bool domain_pattern::matches_either(const domain_name& domain) const {
  return matches(domain) || transitional().matches(domain.transitional());
}

std::string domain_pattern::str() const {
  if (!wildcard_)
    return base_.str();
  return base_.empty() ? "*" : "*." + base_.str();
}

} // namespace fedhub
