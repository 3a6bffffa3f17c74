// The parameters of a request to the API.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "actors/admin/api_call.hpp"
#include "actors/admin/order_audit.hpp"
#include "metrics/http/http_message.hpp"
#include "protocol/admin/name_match.hpp"

namespace fedhub {

/// Returns a caller's text in quotes, cut to a length that a problem may have.
std::string in_quotes(std::string_view text);

/// Returns the names with commas between them.
std::string listed(const std::vector<std::string_view>& names);

/// Reads a path's segment as an id, above 0. @param what it is the id of, for the problem.
std::variant<uint64_t, admin::problem_document> read_id(std::string_view text,
                                                        std::string_view what);

/// The parameters of one request, each of which is taken once. Notes the first problem.
class api_parameters {
public:
  /// @param request outlives the parameters.
  explicit api_parameters(const http_request& request) : request_{&request}, left_{request.query} {}

  /// Returns the request that has these parameters.
  const http_request& request() const { return *request_; }

  /// Takes the parameter. @returns nothing if it is not there.
  std::optional<std::string> take(std::string_view name);

  /// Takes a word. Notes a problem if it is none of `words`.
  template <class Value, size_t N>
  std::optional<Value> take_word(std::string_view name, const Value (&words)[N]) {
    const auto text = take(name);
    if (!text)
      return {};
    std::vector<std::string_view> allowed;
    for (const auto word : words) {
      if (to_string(word) == *text)
        return word;
      allowed.push_back(to_string(word));
    }
    refuse(std::string{name} + " is " + in_quotes(*text) + "; allowed: " + listed(allowed));
    return {};
  }

  /// Takes `match`. @returns the pattern that matches all names if it is not there.
  admin::name_match take_match();

  /// Takes `limit` and `after`. The caller judges `after`.
  page_request take_page();

  /// Notes a problem, unless there was one before.
  void refuse(std::string why);

  /// Returns `call`, unless there was a problem or a parameter is left.
  api_call finish(api_call call);

private:
  const http_request* request_;
  http_fields left_;
  std::string problem_; ///< the first one; empty: none.
};

} // namespace fedhub
