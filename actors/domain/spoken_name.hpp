// The form of a domain's name that is used towards its servers.
#pragma once

#include <optional>

#include "actors/rules/name_forms.hpp"
#include "protocol/text/domain_name.hpp"

namespace fedhub {

/// Holds the domain's name, and the form by which its servers are addressed: U-labels first, then
/// A-labels, then the form of IDNA2003, which is another name. A value.
class spoken_name {
public:
  spoken_name() = default;
  explicit spoken_name(const domain_name& domain)
    : target_(domain.in_unicode()), spoken_(target_) {}

  const domain_name& target() const { return target_; }
  /// Returns the form in use; for nearly all domains `target`.
  const domain_name& spoken() const { return spoken_; }
  /// Returns whether servers are addressed by the domain's own name.
  bool own() const { return spoken_ == target_; }

  void speak(name_forms::told form) {
    switch (form) {
    case name_forms::told::as_usual:
      spoken_ = target_ = target_.in_unicode();
      break;
    case name_forms::told::in_ascii:
      spoken_ = target_ = target_.in_ascii();
      break;
    case name_forms::told::transitional:
      spoken_ = target_.transitional();
      break;
    }
  }
  /// Returns the form to try if a server does not know the domain by the form in use; nothing if
  /// none is left. @param transitional the form of IDNA2003 may be used.
  std::optional<name_forms::told> next(bool transitional) const {
    if (spoken_.wire() != spoken_.str())
      return name_forms::told::in_ascii;
    if (own() && transitional)
      return name_forms::told::transitional;
    return std::nullopt;
  }

private:
  domain_name target_;
  domain_name spoken_;
};

} // namespace fedhub
