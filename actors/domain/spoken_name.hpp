// The form of a domain's name that its servers are told.
#pragma once

#include <optional>

#include "actors/rules/name_forms.hpp"
#include "protocol/text/domain_name.hpp"

namespace fedhub {

/// The domain's name, and the form that its servers are told: U-labels first, then A-labels, then
/// the form of IDNA2003, which is another name. A value.
class spoken_name {
public:
  spoken_name() = default;
  explicit spoken_name(const domain_name& x) : target_(x.in_unicode()), spoken_(target_) {}

  const domain_name& target() const { return target_; }
  /// Mostly `target`.
  const domain_name& spoken() const { return spoken_; }
  /// Tells whether servers are told the domain's own name.
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
  /// Returns the form for a server that does not know the domain by this one; nothing if there is
  /// no other. @param transitional servers may be told the form of IDNA2003.
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
