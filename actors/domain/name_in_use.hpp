// The form of a domain's name that is used towards its servers.
#pragma once

#include <optional>

#include "actors/rules/name_forms.hpp"
#include "protocol/text/domain_name.hpp"

namespace fedhub {

/// Holds the domain's name, and the form by which its servers are addressed: U-labels first, then
/// A-labels, then the form of IDNA2003, which is another name. A value.
class name_in_use {
public:
  name_in_use() = default;
  explicit name_in_use(const domain_name& domain)
    : target_(domain.in_unicode()), in_use_(target_) {}

  const domain_name& target() const { return target_; }
  /// Returns the form in use; for nearly all domains `target`.
  const domain_name& in_use() const { return in_use_; }
  /// Returns whether servers are addressed by the domain's own name.
  bool own() const { return in_use_ == target_; }

  void use(name_forms::server_form form) {
    switch (form) {
    case name_forms::server_form::as_usual:
      in_use_ = target_ = target_.in_unicode();
      break;
    case name_forms::server_form::in_ascii:
      in_use_ = target_ = target_.in_ascii();
      break;
    case name_forms::server_form::transitional:
      in_use_ = target_.transitional();
      break;
    }
  }
  /// Returns the form to try if a server does not know the domain by the form in use; nothing if
  /// none is left. @param transitional the form of IDNA2003 may be used.
  std::optional<name_forms::server_form> next(bool transitional) const {
    if (in_use_.wire() != in_use_.str())
      return name_forms::server_form::in_ascii;
    if (own() && transitional)
      return name_forms::server_form::transitional;
    return std::nullopt;
  }

private:
  domain_name target_;
  domain_name in_use_;
};

} // namespace fedhub
