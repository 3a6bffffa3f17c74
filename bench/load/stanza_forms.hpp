// The stanzas to send: templates, made once, into which numbers are written.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "bench/load/options.hpp"
#include "bench/load/stamp.hpp"

namespace fedhub::load {

/// The direction of a stanza.
enum class heading : uint8_t {
  to_node,   ///< from a remote domain.
  from_node, ///< to a remote domain.
  question,  ///< iq get to the node.
  answer,    ///< the node's result: small, whatever size is configured.
};

/// The stanzas of one run in one direction. Lane K is the domain `rK.load.example`, so a stanza is
/// a copy of its form with two numbers replaced. The forms alternate by sequence number.
class stanza_forms {
public:
  /// Makes the forms. @param size octets of each stanza; none: the mean is about `mean_size`.
  /// @returns an error as text for people if `size` has no room for the domains.
  static tl::expected<stanza_forms, std::string> make(heading way, const std::string& node_domain,
                                                      stanza_mix mix, std::optional<size_t> size);

  /// Writes the stanza with stamp `stamp` into room for `longest()` octets.
  /// @returns the end.
  char* write(char* out, const stamp& stamp) const;

  size_t longest() const { return longest_; }

  /// Returns the class of a stanza, less than `classes()`. Stanzas of one class differ only in
  /// their numbers.
  size_t class_of(const stamp& x) const {
    return digits_of(x.lane) * variants_ + x.sequence % variants_;
  }
  size_t classes() const { return forms_.size(); }

private:
  struct form {
    std::string text;
    uint32_t lane_at = 0;
    uint32_t stamp_at = 0;
  };

  static constexpr unsigned most_digits = 5; ///< of a lane: 65535.
  /// Returns the number of decimal digits less one.
  static unsigned digits_of(uint16_t lane) {
    return (lane > 9) + (lane > 99) + (lane > 999) + (lane > 9999);
  }

  size_t variants_ = 0;
  size_t longest_ = 0;
  std::vector<form> forms_; ///< ordered by digits, then by variant.
};

} // namespace fedhub::load
