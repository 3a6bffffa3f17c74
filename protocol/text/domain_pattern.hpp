// Patterns of domains, as the configuration and certificates have them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "protocol/text/domain_name.hpp"

namespace fedhub {

/// A pattern: "partner.example", "*.partner.example" (any depth below it, not the domain itself) or
/// "*" (all domains).
class domain_pattern {
public:
  /// Parses a pattern.
  /// @returns nothing if the part without "*." is not a domain, or a wildcard stands before an IP
  ///          literal.
  static std::optional<domain_pattern> parse(std::string_view text);

  bool matches(const domain_name& domain) const;
  /// Returns whether the pattern matches the domain, as both stand or as IDNA2003 maps both.
  bool matches_either(const domain_name& domain) const;
  /// Returns the pattern with `domain_name::transitional` of its base.
  domain_pattern transitional() const;
  bool wildcard() const { return wildcard_; }
  /// Returns the part after "*."; the whole text for an exact pattern; empty for "*".
  const domain_name& base() const { return base_; }
  std::string str() const;

  friend bool operator==(const domain_pattern&, const domain_pattern&) = default;

private:
  domain_name base_;
  bool wildcard_ = false;
};

} // namespace fedhub
