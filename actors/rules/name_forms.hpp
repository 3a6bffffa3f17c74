// The hub's knowledge about the forms of internationalised names.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>

#include "actors/dns/resolver.hpp"
#include "actors/runtime/lru_map.hpp"
#include "actors/stanzas/stanza.hpp"
#include "protocol/text/domain_name.hpp"

namespace fedhub {

/// The verdict on the two forms of a name that IDNA2003 and IDNA2008 map differently
/// (`domain_name::transitional`).
enum class form_verdict : uint8_t {
  unknown,      ///< DNS was not asked recently.
  transitional, ///< only the form of IDNA2003 has a server.
  own,          ///< only the name itself has a server.
  same,         ///< both have the same servers, or none.
  apart,        ///< both have servers, which differ.
  unclear,      ///< a search has failed.
};

/// Returns the verdict by what DNS or the configuration gives for a name and for its transitional
/// form. Never returns `unknown`.
///
/// `same` is weak: the owner of one form can make it lead to the other form's servers, and
/// elsewhere a moment later. So `same` never directs a stanza to another server, and a stanza that
/// it lets in is passed on under the proved name.
form_verdict compare_forms(const resolution& own, const resolution& transitional);

/// Remembers, for all actors of a hub, the verdicts and the forms by which servers know their
/// domains. Bounded: the entry noted first is forgotten first, and looked up again.
///
/// Thread safety: all of it.
class name_forms {
public:
  /// The time that a verdict of DNS holds.
  static constexpr std::chrono::seconds verdict_time{60};
  /// The time that `unclear` holds.
  static constexpr std::chrono::seconds unclear_time{5};
  /// The time for which a server that knows its domain by another form only is addressed by that
  /// form first.
  static constexpr std::chrono::seconds server_form_time{3600};

  /// @param domain a name that is not its own `transitional`.
  form_verdict verdict(const domain_name& domain, time_point now) const;
  void note(const domain_name& domain, form_verdict what, time_point until);

  /// The form by which a server knows its domain, once it has answered `host-unknown` to the forms
  /// before.
  enum class server_form : uint8_t {
    as_usual,     ///< U-labels, as far as is known.
    in_ascii,     ///< A-labels.
    transitional, ///< the form of IDNA2003.
  };
  server_form server_form_of(const domain_name& domain, time_point now) const;
  void note_server_form(const domain_name& domain, server_form form, time_point until);

private:
  static constexpr size_t most = 4096; ///< entries of each kind.

  template <class T>
  struct remembered {
    T what;
    time_point until;
  };
  template <class T>
  using memory = lru_map<domain_name, remembered<T>>; ///< the entry noted first is forgotten first.

  template <class T>
  T find(const memory<T>& in, const domain_name& domain, time_point now) const;
  template <class T>
  void put(memory<T>& to, const domain_name& domain, T what, time_point until);

  mutable std::mutex mutex_;
  memory<form_verdict> verdicts_{most};
  memory<server_form> server_forms_{most};
};

} // namespace fedhub
