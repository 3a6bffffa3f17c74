// The order of domains in a list, and the place where a page begins.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/admin/domain_row.hpp"

namespace fedhub {

/// Orders rows by one field, and rows with equal values by name. Rows without a value come last, in
/// either direction.
class domain_order {
public:
  /// @param sort a field's name, with "-" before it for the greatest first. Empty: by name.
  /// @returns nothing if there is no such order.
  static std::optional<domain_order> parse(std::string_view sort);
  /// Returns the fields' names.
  static const std::vector<std::string_view>& fields();

  /// The place of a row.
  struct place {
    int64_t key = 0;
    std::string_view name;
    friend bool operator==(const place&, const place&) = default;
    friend auto operator<=>(const place&, const place&) = default;
  };
  place place_of(const admin::domain_row& row) const { return {key_of(row), row.name}; }

  /// Returns the text of a place, for `after`.
  static std::string text_of(const place& at);
  /// Reads it. @returns nothing if it is malformed. The result refers to `text`.
  static std::optional<place> parse_place(std::string_view text);

private:
  using reader = std::optional<int64_t> (*)(const admin::domain_row&);
  domain_order(reader read, bool reversed) : read_{read}, reversed_{reversed} {}
  int64_t key_of(const admin::domain_row& row) const;

  reader read_; ///< null: by name alone.
  bool reversed_;
};

} // namespace fedhub
