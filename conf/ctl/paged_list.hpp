// A list of the API, page by page.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "conf/ctl/api_request.hpp"
#include "conf/ctl/json_answer.hpp"

namespace fedhub::ctl {

/// Rows that one command shows at most, and the octets of all its pages. The hub may have more, and
/// a server that is none may never end its list.
inline constexpr size_t most_rows = 100'000;
inline constexpr size_t most_list_octets = 64u << 20;

/// Collects the rows of a list until there are as many as wanted, or no more.
class paged_list {
public:
  /// @param first the request without `limit` and `after`.
  /// @param wanted rows, at least 1; values over `most_rows` count as `most_rows`.
  /// @param with_limit whether to ask for pages that fit; otherwise the hub decides how long they
  /// are.
  paged_list(api_request first, size_t wanted, bool with_limit);

  /// Returns the request for the next page; nothing if the list is complete or long enough.
  std::optional<api_request> next_request() const;

  /// Takes the answer to `next_request`: `{"items", "total", "next"}`, or an array that is the
  /// whole list. Rows beyond those wanted are dropped.
  /// @param octets of the answer. @returns whether `page` is a list at all.
  bool take(const json& page, size_t octets);

  const std::vector<json>& rows() const { return rows_; }
  /// Returns "12 of 340" if the hub has more rows than there are here, or "12, and there are more"
  /// if it does not say how many; else nothing.
  std::string foot() const;

private:
  api_request request_; ///< of the next page.
  size_t wanted_;
  std::vector<json> rows_;
  std::optional<size_t> total_;
  size_t octets_ = 0;
  bool more_ = true; ///< the hub has more pages.
};

} // namespace fedhub::ctl
